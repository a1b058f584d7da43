"""Experiments whose stored runs a page shows, and the code that rebuilds them. Lessons 01, 02, 03, 05 and 09."""
