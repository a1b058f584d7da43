"""The parameters of an image of the cast: small frozen records of numbers, each with its unit and range.

A `Person` is identity and nothing else; a `Scene` is everything that is not identity. The same scene with another
person is therefore *the image that a perfect swap would give*. Lessons 00 and 01 introduce the records.

Side convention: left and right are the person's own; the person's left is at the right of the image (x > 0). Lengths
are in units of 10 cm unless a field says otherwise; "offset" fields are deviations from a neutral adult face in units
of about one standard deviation. `describe(record)` gives the range and meaning of every field.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

import numpy as np


def number(default: float, low: float, high: float, what: str):
    """A field with its range and meaning; `describe` lists them and every record checks them.

    Args:
        default: Value when left out.
        low, high: Range, both included.
        what: Meaning, with the unit.
    Returns:
        A dataclass field.
    """
    return field(default=float(default), metadata={"low": low, "high": high, "what": what})


def offset(what: str):
    """A field that deviates from a neutral adult face by at most 1.6 standard deviations.

    Args:
        what: Meaning.
    Returns:
        A dataclass field.
    """
    return number(0, -1.6, 1.6, f"offset: {what}")


class _Record:
    """Shared checks: every field is a finite number inside its range."""

    def __post_init__(self):
        for f in fields(self):
            value, low, high = getattr(self, f.name), f.metadata["low"], f.metadata["high"]
            try:
                value = float(value)
            except (TypeError, ValueError):
                value = math.nan
            slack = 1e-6 * max(1.0, abs(low), abs(high))
            if not low - slack <= value <= high + slack:
                raise ValueError(f"{type(self).__name__}.{f.name} = {getattr(self, f.name)!r}: expected a number in "
                                 f"[{low:g}, {high:g}] ({f.metadata['what']}); pass a value inside that range.")
            object.__setattr__(self, f.name, value)


@dataclass(frozen=True)
class Person(_Record):
    """Identity: the shape of head and features, skin, hair and what is worn. Nothing that changes within a second.

    Args:
        face_w, face_l, jaw_w, chin_w, chin_z, cheek, cheekbone, forehead, brow_ridge, ear, neck: Shape of the head.
        eye_sep, eye_size, eye_open, eye_tilt, eye_crease, brow_y, brow_th, brow_arch: Shape of eyes and eyebrows.
        nose_l, nose_w, nose_z, nose_hump, nose_up, mouth_w, lip_u, lip_l: Shape of nose and mouth.
        asym_bend, asym_tilt, asym_eye, asym_brow, asym_smile: Asymmetry.
        age, skin, ruddy, freckle, stubble, beard, lipstick, seed: Age and skin, and the seed of its texture.
        hair_r, hair_g, hair_b, iris_r, iris_g, iris_b, cloth_r, cloth_g, cloth_b: Linear reflectances.
        hair_side, hair_top, hair_line, hair_open, hair_fringe, hair_long, hair_curl: Shape of the hair.
        hair_bun, hair_part, hair_quiff, hair_fade: Hair style.
        glasses: 0 none, 1 worn.
    """

    face_w: float = offset("width of the face")
    face_l: float = offset("length of the lower face")
    jaw_w: float = offset("width of the jaw")
    chin_w: float = offset("width of the chin")
    chin_z: float = offset("how far the chin stands out")
    cheek: float = offset("fullness of the cheeks")
    cheekbone: float = offset("height of the cheekbones")
    forehead: float = offset("height of the forehead")
    brow_ridge: float = offset("how far the brow ridge stands out")
    eye_sep: float = offset("distance between the eyes")
    eye_size: float = offset("size of the eyes")
    eye_open: float = offset("how wide the eyes are open at rest")
    eye_tilt: float = offset("slant of the eyes, positive: outer corners up")
    eye_crease: float = number(0.5, -0.5, 1.6, "height of the lid crease above the eye")
    brow_y: float = offset("height of the eyebrows")
    brow_th: float = offset("thickness of the eyebrows")
    brow_arch: float = offset("arch of the eyebrows")
    nose_l: float = offset("length of the nose")
    nose_w: float = offset("width of the nose")
    nose_z: float = offset("how far the nose stands out")
    nose_hump: float = offset("hump of the nose's bridge")
    nose_up: float = offset("upturn of the nose's tip")
    mouth_w: float = offset("width of the mouth")
    lip_u: float = offset("height of the upper lip")
    lip_l: float = offset("height of the lower lip")
    ear: float = offset("size of the ears")
    neck: float = offset("width of neck and shoulders")
    asym_bend: float = offset("asymmetry: nose and chin bend to the person's left")
    asym_tilt: float = offset("asymmetry: the person's left half sits higher")
    asym_eye: float = offset("asymmetry: the person's left eye is wider open")
    asym_brow: float = offset("asymmetry: the person's left eyebrow is higher")
    asym_smile: float = offset("asymmetry: the person's left corner of the mouth goes higher in a smile")
    age: float = number(0.3, 0, 1, "age, 0 is 20 years and 1 is 80 years: wrinkles and folds")
    skin: float = number(0.3, 0, 1, "skin tone, 0 is the lightest and 1 the darkest")
    ruddy: float = number(0.5, -0.3, 1.4, "redness of cheeks, nose and ears")
    freckle: float = number(0, 0, 1, "freckles")
    stubble: float = number(0, 0, 1, "stubble")
    beard: float = number(0, 0, 1, "beard")
    lipstick: float = number(0, 0, 1, "lipstick")
    glasses: float = number(0, 0, 1, "glasses: 0 none, 1 worn")
    hair_r: float = number(0.05, 0, 1, "hair colour, red, linear reflectance")
    hair_g: float = number(0.023, 0, 1, "hair colour, green, linear reflectance")
    hair_b: float = number(0.010, 0, 1, "hair colour, blue, linear reflectance")
    iris_r: float = number(0.1, 0, 1, "eye colour, red, linear reflectance")
    iris_g: float = number(0.2, 0, 1, "eye colour, green, linear reflectance")
    iris_b: float = number(0.3, 0, 1, "eye colour, blue, linear reflectance")
    hair_side: float = number(0.06, -0.3, 0.5, "thickness of the hair at the sides")
    hair_top: float = number(0.10, -0.4, 0.6, "thickness of the hair on top")
    hair_line: float = number(0.60, 0.4, 0.9, "height of the hairline above the eyes")
    hair_open: float = number(0.68, 0.5, 0.8, "half width of the face left free by the hair")
    hair_fringe: float = number(0, 0, 1, "length of the fringe")
    hair_long: float = number(0, 0, 1, "length of the hair below the ears")
    hair_curl: float = number(0, 0, 1, "curl of the hair")
    hair_bun: float = number(0, 0, 1, "size of a bun on top")
    hair_part: float = number(0, -1.6, 1.6, "parting, positive: on the person's left")
    hair_quiff: float = number(0, 0, 1, "quiff above the forehead")
    hair_fade: float = number(0, 0, 1, "how gradually the hair begins: 1 is a cut that fades into the skin")
    cloth_r: float = number(0.1, 0, 1, "clothes' colour, red, linear reflectance")
    cloth_g: float = number(0.15, 0, 1, "clothes' colour, green, linear reflectance")
    cloth_b: float = number(0.3, 0, 1, "clothes' colour, blue, linear reflectance")
    seed: float = number(0, 0, 60, "seed of the fine texture of skin and hair")


@dataclass(frozen=True)
class Expression(_Record):
    """What the face does; all zero is a neutral face with open eyes that look at the camera.

    Args:
        jaw, smile, pucker, teeth: The mouth, 0 to 1.
        brow, frown, blink_left, blink_right, gaze_x, gaze_y: Eyebrows, lids and gaze.
        flush: Blood in the skin, driven by a clip's pulse.
    """

    jaw: float = number(0, 0, 1, "opening of the jaw")
    smile: float = number(0, 0, 1, "smile")
    pucker: float = number(0, 0, 1, "lips pushed forward and together")
    brow: float = number(0, -0.3, 1, "raised eyebrows")
    frown: float = number(0, 0, 1, "lowered, drawn-together eyebrows")
    blink_left: float = number(0, 0, 1, "closing of the person's left eye")
    blink_right: float = number(0, 0, 1, "closing of the person's right eye")
    gaze_x: float = number(0, -1, 1, "gaze, positive: to the person's left; 1 is 0.45 rad")
    gaze_y: float = number(0, -1, 1, "gaze, positive: up; 1 is 0.35 rad")
    teeth: float = number(0, 0, 1, "lips drawn back from the teeth")
    flush: float = number(0, -1, 1, "blood in the skin: 1 darkens green by 1 %; a clip's pulse drives it")


@dataclass(frozen=True)
class Pose(_Record):
    """How the head is rotated, in radians; zero is frontal. Rotation: roll * yaw * pitch about the top of the neck.

    Args:
        yaw: Positive: nose towards the right of the image.
        pitch: Positive: nose down.
        roll: Positive: counter-clockwise in the image.
    """

    yaw: float = number(0, -1.3, 1.3, "turn, radians, positive: nose towards the right of the image")
    pitch: float = number(0, -0.7, 0.7, "nod, radians, positive: nose down")
    roll: float = number(0, -0.8, 0.8, "tilt, radians, positive: counter-clockwise in the image")


@dataclass(frozen=True)
class Lighting(_Record):
    """One key light, a weaker fill from the other side, and a coloured sky.

    Args:
        azimuth, elevation: Direction of the key light, radians.
        intensity, warmth: Strength and colour of the key light.
        fill, ambient: Strength of the fill light and of the sky.
        sky_r, sky_g, sky_b: Colour of the sky.
    """

    azimuth: float = number(0.6, -3.15, 3.15, "key light's direction, radians, positive: from the right of the image")
    elevation: float = number(0.6, -1.5, 1.5, "key light's height above the eyes, radians")
    intensity: float = number(1, 0, 3, "key light's strength, 1 is a normal exposure")
    warmth: float = number(0.2, -1, 1, "key light's colour: -1 bluish, 1 orange")
    fill: float = number(0.35, 0, 2, "fill light's strength")
    ambient: float = number(0.5, 0, 2, "sky's strength")
    sky_r: float = number(0.75, 0, 1, "sky's colour, red")
    sky_g: float = number(0.85, 0, 1, "sky's colour, green")
    sky_b: float = number(1, 0, 1, "sky's colour, blue")


@dataclass(frozen=True)
class Camera(_Record):
    """Where the head appears in the image.

    Args:
        scale: Zoom.
        x, y: Shift to the right and upwards, in half sides of the image.
    """

    scale: float = number(1, 0.4, 2.5, "zoom, 1 shows head and collar")
    x: float = number(0, -1, 1, "shift to the right, in half widths of the image")
    y: float = number(0, -1, 1, "shift upwards, in half heights of the image")


@dataclass(frozen=True)
class Background(_Record):
    """What is behind the head.

    Args:
        kind: Gradient, lamps or room.
        r, g, b, r2, g2, b2: Two linear colours.
        seed: Seed of the pattern.
    """

    kind: float = number(0, 0, 1, "below 1/3 a soft gradient, below 2/3 lamps out of focus, above a room with windows")
    r: float = number(0.3, 0, 1, "first colour, red, linear")
    g: float = number(0.35, 0, 1, "first colour, green, linear")
    b: float = number(0.4, 0, 1, "first colour, blue, linear")
    r2: float = number(0.1, 0, 1, "second colour, red, linear")
    g2: float = number(0.12, 0, 1, "second colour, green, linear")
    b2: float = number(0.15, 0, 1, "second colour, blue, linear")
    seed: float = number(0, 0, 60, "seed of its pattern")


@dataclass(frozen=True)
class Scene:
    """Everything in an image that is not identity.

    Args:
        expression, pose, lighting, camera, background: One record each.
    """

    expression: Expression = Expression()
    pose: Pose = Pose()
    lighting: Lighting = Lighting()
    camera: Camera = Camera()
    background: Background = Background()

    def __post_init__(self):
        for f, record in zip(fields(self), SCENE_RECORDS, strict=True):
            if not isinstance(getattr(self, f.name), record):
                raise ValueError(f"Scene.{f.name} is {getattr(self, f.name)!r}: expected a cast.{record.__name__}, "
                                 f"for example cast.{record.__name__}().")


SCENE_RECORDS = (Expression, Pose, Lighting, Camera, Background)
RECORDS = (Person, *SCENE_RECORDS)
NAMES = [f"{record.__name__.lower()}.{f.name}" for record in RECORDS for f in fields(record)]


def to_vector(person: Person, scene: Scene) -> np.ndarray:
    """Person and scene as one flat vector, in the order of `NAMES`; `from_vector` is its inverse.

    Args:
        person: A Person.
        scene: A Scene.
    Returns:
        f32 [len(NAMES)].
    """
    records = (person, *(getattr(scene, f.name) for f in fields(Scene)))
    return np.array([getattr(record, f.name) for record in records for f in fields(record)], np.float32)


def from_vector(vector) -> tuple[Person, Scene]:
    """The records of a flat vector.

    Args:
        vector: [len(NAMES)], in the order of `NAMES`.
    Returns:
        (Person, Scene).
    Raises:
        ValueError: For a wrong length or a value out of range.
    """
    values = np.asarray(vector, np.float64)
    if values.shape != (len(NAMES),):
        raise ValueError(f"the vector has shape {values.shape}: expected ({len(NAMES)},), one number for each name in "
                         "cast.NAMES.")
    numbers = iter(values.tolist())
    records = [record(**{f.name: next(numbers) for f in fields(record)}) for record in RECORDS]
    return records[0], Scene(*records[1:])


def describe(record) -> list[tuple[str, float, float, str]]:
    """Name, range and meaning of every field, from which sliders are built.

    Args:
        record: A record or record class.
    Returns:
        List of (name, low, high, meaning).
    """
    return [(f.name, f.metadata["low"], f.metadata["high"], f.metadata["what"]) for f in fields(record)]
