"""A recording and its consent, stored together or not at all. Lesson 16."""
import datetime
import secrets
import shutil
from pathlib import Path

from course_lib import media, provenance

LARGEST = 2 << 30  # bytes of a recording
LONGEST = 730  # days for which a consent is written


def consent_text(subject, purpose, days, today=None):
    """A filled-in consent.toml.

    Args:
        subject: who is shown and agreed.
        purpose: to what.
        days: how long it holds, 1 to 730.
        today: datetime.date, by default the present day.
    Returns:
        Its text.
    Raises:
        ValueError: for an empty subject or purpose, one of several lines, or other days.
    Lesson 16.
    """
    today = today or datetime.date.today()
    for name, value in (("subject", subject), ("purpose", purpose)):
        if not value.strip() or any(ord(c) < 32 for c in value):
            raise ValueError(f"{name} is {value!r}; write who is shown, and what they agreed to, in one line each")
    if not 1 <= days <= LONGEST:
        raise ValueError(f"the consent would be valid for {days} days; expected 1 to {LONGEST}")
    subject, purpose = (v.strip().replace("\\", "\\\\").replace('"', '\\"') for v in (subject, purpose))
    return (f'subject = "{subject}"\npurpose = "{purpose}"\ndate = {today}\n'
            f"expiry = {today + datetime.timedelta(days)}\n")


def store(folder, name, content, subject, purpose, days=90):
    """Writes a video and its consent.toml into a new folder; where one of them cannot be, nothing is left.

    Args:
        folder: Path; it must not exist yet, since a consent is for the recordings of one person.
        name: of the video's file; folders in it are dropped.
        content: bytes of the video.
        subject, purpose, days: as for consent_text.
    Returns:
        Path of the video.
    Raises:
        ValueError: for an unfit consent, a file that is no video, or one that is too large.
        FileExistsError: when the folder exists.
    Lesson 16.
    """
    folder, name = Path(folder), Path(str(name).replace("\\", "/")).name
    text = consent_text(subject, purpose, days)
    if not 0 < len(content) <= LARGEST:
        raise ValueError(f"{name} has {len(content)} bytes; expected a video of at most {LARGEST >> 30} GB")
    if folder.exists():
        raise FileExistsError(f"{folder} exists: one folder holds the recordings of one person; give another name")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir()
        (part / provenance.consent.FILE).write_text(text, encoding="utf-8")
        (part / name).write_bytes(content)
        provenance.consent.require(part)
        try:
            media.read_video(part / name)
        except ValueError as error:
            raise ValueError(f"{name} cannot be used: {str(error).replace(str(part), str(folder))}") from None
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder / name
