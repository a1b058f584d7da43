"""Files: images, video and sound. What is written is labelled, watermarked and described by a manifest. Lesson 01."""

from .images import grace_hopper, read_image, write_image
from .join import join_videos
from .video import read_audio, read_video
from .video_writer import write_video

__all__ = ["grace_hopper", "join_videos", "read_audio", "read_image", "read_video", "write_image", "write_video"]
