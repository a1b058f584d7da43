"""Short clips of many people, rendered once and kept. Lesson 12."""


from course_lib import cast
from course_lib.data.cache import render_cached


def short_clips(seeds, frames=8, size=48, fps=25.0):
    """One short clip of each of many random people, moving and speaking.

    Args:
        seeds: Integers; each is a person, a scene and a motion of its own.
        frames: In each clip.
        size: Side, pixels.
        fps: Frames per second.
    Returns:
        (f32 [N, frames, size, size, 3], landmarks f32 [N, frames, 68, 2]).
    Lesson 12.
    """
    persons, scenes = [], []
    for seed in seeds:
        person = cast.random_person(int(seed))
        clip = cast.clip(person, frames / fps, fps, seed=int(seed))
        persons += [person] * len(clip)
        scenes += clip.scenes
    rendered = render_cached(persons, scenes, size=size)
    shape = (len(seeds), frames)
    return rendered.rgb.reshape(*shape, *rendered.rgb.shape[1:]), rendered.landmarks.reshape(*shape, 68, 2)
