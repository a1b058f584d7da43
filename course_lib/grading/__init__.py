"""Grades submissions that nobody vouches for: batch.grade. Answers are checked by exercises; points are given here."""
