"""Provenance of files: consent before reading; label, watermark and manifest when writing. Lesson 14."""

from . import consent, label, manifest, stamp, watermark

__all__ = ["consent", "label", "manifest", "stamp", "watermark"]
