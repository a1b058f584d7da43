"""Rendered sets: pairs and portraits of the cast, made once and kept in one cache on the disk. Lesson 02.

The sets stand in modules of their own: data.pairs, data.portraits, data.large_portraits.
"""

from .cache import cached, cached_chunks, render_cached

__all__ = ["cached", "cached_chunks", "render_cached"]
