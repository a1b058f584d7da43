"""Evidence of manipulation, one file for each kind. Lessons 06 and 11."""
