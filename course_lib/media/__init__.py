"""Files: pictures, video and sound; consent on the way in, label, mark and manifest on the way out. Lesson 01."""

from . import consent, label, manifest, mark, provenance
from .film import write_video
from .images import grace_hopper, read_image, write_image
from .join import join_videos
from .kinds import is_video
from .video import read_audio, read_video

__all__ = ["consent", "grace_hopper", "is_video", "join_videos", "label", "manifest", "mark", "provenance",
           "read_audio", "read_image", "read_video", "write_image", "write_video"]
