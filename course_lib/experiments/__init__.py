"""Experiments whose stored runs a page shows, and the code that rebuilds them. Lessons 01 to 15."""
