"""What says where a file comes from: consent on the way in; label, watermark and manifest on the way out. Lesson 14."""

from . import consent, label, manifest, stamp, watermark

__all__ = ["consent", "label", "manifest", "stamp", "watermark"]
