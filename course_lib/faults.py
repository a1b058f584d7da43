"""Errors of the system as a sentence for people, without numbers and names of classes. Lesson 00."""


def in_words(error):
    """What an exception says, on one line where it is the system's.

    Args:
        error: An exception. The course's own say what to do, and stay as they are.
    Returns:
        Text, never empty: for an OSError the file and what was wrong, for other silent ones a short description.
    """
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    return str(error) or f"it stopped without giving a reason ({type(error).__name__})"
