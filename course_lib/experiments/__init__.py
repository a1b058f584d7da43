"""Experiments whose stored runs a page shows, and the code that rebuilds them. Lessons 02, 03, 05, 09 and 11."""
