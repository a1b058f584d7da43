"""Grades submissions that nobody vouches for: batch.grade. The room exercises checks; here points are given."""
