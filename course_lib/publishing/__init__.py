"""For readers and classes: rehearsed lessons, slides, the book, timings and the README's pictures. Lesson 00."""
