"""Checks a learner's answer and says what is wrong with it."""

from .framework import EXERCISES, NotAttempted, Wrong, check

__all__ = ["EXERCISES", "NotAttempted", "Wrong", "check"]
