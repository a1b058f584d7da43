"""A minute of one person's footage, and the conditioning images of Deep Video Portraits, 64 x 64. Lesson 07."""
from dataclasses import dataclass, replace

import numpy as np

from course_lib.cast import LABELS, Background, Lighting, Pose, Scene, from_vector, people, render, to_vector
from course_lib.data.cache import cached_chunks
from course_lib.data.clips import LIMITS, lively_scenes
from course_lib.profile import cache_dir

TARGET = "Ines"  # of the cast, whom the networks are trained on
SIDE, RATE, FRAMES = 64, 25.0, 50  # pixels; frames a second; frames of a clip
HELD_OUT = 5000  # clips from this number on are never trained on
CHUNK, VERSION, SEED = 1, 1, 770_000
CHANNELS = 9  # of the conditioning image of one frame
ROOM = Scene(lighting=Lighting(azimuth=0.7, elevation=0.5),
             background=Background(kind=0.8, r=0.25, g=0.3, b=0.34, r2=0.12, g2=0.1, b2=0.09, seed=11))
# Standard deviation of the tracked parameters, independent in every frame.
TRACKING = {("pose", "yaw"): 0.02, ("pose", "pitch"): 0.02, ("pose", "roll"): 0.01, ("expression", "jaw"): 0.05,
            ("expression", "smile"): 0.08, ("expression", "pucker"): 0.08, ("expression", "gaze_x"): 0.1,
            ("expression", "gaze_y"): 0.1, ("camera", "x"): 0.006, ("camera", "y"): 0.006, ("camera", "scale"): 0.006}
PARTS = {"skin": (0.9, 0.6, 0.3), "eyes": (1.0, 1.0, 1.0), "mouth": (0.3, 0.1, 0.5), "lips": (0.9, 0.1, 0.3)}


@dataclass
class Footage:
    """N clips of the target, T frames each, with the conditioning image of every frame.

    Args:
        images: uint8 [N, T, 64, 64, 3].
        conditions: uint8 [N, T, 64, 64, CHANNELS], of the parameters as they were tracked.
        person: bool [N, T, 64, 64], where the person is.
        vectors, tracked: f32 [N, T, P], person and scene (cast.from_vector) as they are, and as they were tracked.
    Lesson 07.
    """

    images: np.ndarray
    conditions: np.ndarray
    person: np.ndarray
    vectors: np.ndarray
    tracked: np.ndarray

    def __len__(self):
        return len(self.images)

    def scenes(self, clip, tracked=False):
        """The scenes of a clip.

        Args:
            clip: integer.
            tracked: whether as they were tracked; otherwise as they are.
        Returns:
            List of T Scene.
        """
        return [from_vector(v)[1] for v in (self.tracked if tracked else self.vectors)[clip]]


def conditioning_images(frames):
    """What the network is told of each frame: normals, parts and gaze of the face, and nothing of hair or clothes.

    Three channels each: the surface's normal, from [-1, 1] to [0, 1]; a colour for the part (skin, eyes, mouth,
    lips); and the gaze map, which inside the eyes is 1, gaze_x and gaze_y, again from [-1, 1] to [0, 1]. All are 0
    where the face model has nothing to say. There are no teeth: a mouth is a hole.

    Args:
        frames: cast.Frames of N.
    Returns:
        f32 [N, H, W, CHANNELS] in [0, 1].
    References:
        Kim et al. 2018, Deep Video Portraits, section 4, with a diffuse rendering instead of the normals and a
        correspondence image instead of the parts.
    Lesson 07.
    """
    face = frames.mask(*PARTS)[..., None]
    parts = sum(frames.mask(name)[..., None] * np.float32(colour) for name, colour in PARTS.items())
    gaze = np.float32([[1, (s.expression.gaze_x + 1) / 2, (s.expression.gaze_y + 1) / 2] for s in frames.scenes])
    eyes = (frames.labels == LABELS["eyes"])[..., None] * gaze[:, None, None]
    return np.concatenate([face * (frames.normals + 1) / 2, parts, eyes], -1).astype(np.float32)


def tracked(scene, rng, errors=None):
    """A scene as face tracking finds it: each parameter with an error of its own in every frame.

    Args:
        scene: the true Scene.
        rng: numpy Generator.
        errors: dict of (record, field) -> standard deviation; TRACKING when left out.
    Returns:
        Scene.
    Lesson 07.
    """
    found = {}
    for (record, name), spread in (TRACKING if errors is None else errors).items():
        low, high = LIMITS[record, name]
        value = getattr(getattr(scene, record), name) + rng.normal(0, spread)
        found.setdefault(record, {})[name] = float(np.clip(value, low, high))
    return replace(scene, **{record: replace(getattr(scene, record), **values) for record, values in found.items()})


def portrait_scenes(number, frames=FRAMES):
    """The scenes of a clip: the target's room and light, and somebody's motion.

    Args:
        number: of the clip, which is the seed of the motion.
        frames: how many.
    Returns:
        List of Scene.
    Lesson 07.
    """
    rng = np.random.default_rng([SEED, number])
    base = replace(ROOM, pose=Pose(yaw=rng.uniform(-0.4, 0.4), pitch=rng.uniform(-0.15, 0.15)))
    return [replace(scene, lighting=ROOM.lighting) for scene in
            lively_scenes(people()[TARGET], SEED + number, frames, RATE, base)]


def portrait_footage(count, first=0, quiet=False):
    """Clips first to first + count of the target; from HELD_OUT on they are for measuring.

    Rendered once, some 20 seconds of one core for a clip, and cached.

    Args:
        count, first: at least 1 and 0.
        quiet: whether to print no progress.
    Returns:
        Footage.
    Raises:
        ValueError: for another count or first.
    Lesson 07.
    """
    if count < 1 or first < 0:
        raise ValueError(f"portrait_footage wants count >= 1 and first >= 0; got {count}, {first}")
    folder = cache_dir() / "portrait_footage" / f"v{VERSION}"
    return Footage(**cached_chunks(folder, first, count, CHUNK, _render_chunk, quiet, "clips"))


def _render_chunk(numbers):
    person = people()[TARGET]
    scenes = [scene for k in numbers for scene in portrait_scenes(k)]
    errors = np.random.default_rng([SEED, numbers[0], 1])
    found = [tracked(scene, errors) for scene in scenes]
    true, conditions = render(person, scenes, SIDE, 2), conditioning_images(render(person, found, SIDE))
    arrays = {"images": (true.rgb * 255 + 0.5).astype(np.uint8), "person": true.alpha > 0.5,
              "conditions": (conditions * 255 + 0.5).astype(np.uint8),
              "vectors": np.stack([to_vector(person, s) for s in scenes]),
              "tracked": np.stack([to_vector(person, s) for s in found])}
    return {name: a.reshape(len(numbers), FRAMES, *a.shape[1:]) for name, a in arrays.items()}
