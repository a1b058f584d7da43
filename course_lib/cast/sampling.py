"""Random people and scenes by seed, with attributes that correlate in people drawn jointly."""

from dataclasses import fields

import numpy as np

from course_lib.cast.looks import look
from course_lib.cast.parameters import Background, Camera, Expression, Lighting, Person, Pose, Scene

# fields that are drawn around zero or their default, with their spread
_SPREAD = {
    f.name: (0.85 if f.metadata["high"] == 1.6 and f.metadata["low"] == -1.6 else 0.3)
    for f in fields(Person)
    if f.metadata["what"].startswith("offset") or f.name in ("eye_crease", "ruddy")
}
_DIMORPHISM = dict(
    jaw_w=0.5,
    chin_w=0.5,
    brow_ridge=0.6,
    brow_th=0.5,
    neck=0.7,
    lip_u=-0.4,
    lip_l=-0.3,
    eye_size=-0.5,
    eye_open=-0.4,
    brow_y=-0.4,
)


def random_person(seed) -> Person:
    """A random person; the same seed gives the same person.

    Attributes that correlate in people are drawn jointly: skin with hair and eyes, age with grey hair, thin lips and a
    receding hairline, build with beard and style.

    Args:
        seed: Integer or numpy Generator.
    Returns:
        A Person.
    """
    rng = np.random.default_rng(seed)
    p = {n: rng.normal(getattr(Person, n), s) for n, s in _SPREAD.items()}
    skin, age, build = rng.uniform(0, 1), rng.beta(1.4, 1.8), rng.normal(0, 1)
    broad = float(np.tanh(2.0 * build))  # -1 gracile, 1 robust, most people near one end
    for name, d in _DIMORPHISM.items():
        p[name] = 0.85 * p[name] + d * broad
    p["lip_u"], p["lip_l"], p["cheek"] = (
        p["lip_u"] - 0.6 * (age - 0.4),
        p["lip_l"] - 0.6 * (age - 0.4),
        p["cheek"] - 0.8 * (age - 0.4),
    )
    p["nose_w"], p["lip_u"], p["lip_l"] = (
        p["nose_w"] + 0.9 * (skin - 0.4),
        p["lip_u"] + 0.7 * (skin - 0.4),
        p["lip_l"] + 0.7 * (skin - 0.4),
    )
    for n in p:
        f = Person.__dataclass_fields__[n].metadata
        p[n] = float(np.clip(p[n], f["low"], f["high"]))
    dark = ["black", "dark", "brown"]
    colour = rng.choice(dark if skin > 0.45 else [*dark, "auburn", "ginger", "blond", "ash"])
    if age > 0.75 or (age > 0.5 and rng.uniform() < 0.4):
        colour = rng.choice(["grey", "white", "ash"] if skin < 0.45 else ["grey", "white", "black"])
    iris = rng.choice(
        ["brown", "dark", "hazel"] if skin > 0.45 else ["brown", "hazel", "green", "blue", "blue", "grey"]
    )
    short = ["crop", "quiff", "side", "curly", "afro", "bald", "buzz"] + ["receding", "bald"] * int(age > 0.5)
    style = rng.choice(short if broad > 0 else ["bob", "long", "bun", "curly", "afro", "long", "side", "bowl"])
    hue, c = rng.uniform(), np.array([0, 1 / 3, 2 / 3])
    c = np.clip(np.abs((hue + c) % 1 * 6 - 3) - 1, 0, 1)
    p.update(look(colour, iris, style, (0.25 + 0.75 * c) * rng.uniform(0.04, 0.5)))
    if skin < 0.5 and rng.uniform() < 0.3:
        p["freckle"] = rng.uniform(0.4, 1)
    r = rng.uniform()
    if broad > 0:
        p["beard"], p["stubble"] = rng.uniform(0.4, 1) * (r < 0.35), rng.uniform(0.2, 0.9) * (0.35 <= r < 0.7)
    else:
        p["lipstick"] = rng.uniform(0.2, 1) * (r < 0.5)
    p["glasses"] = float(rng.uniform() < 0.12 + 0.2 * age)
    return Person(**p, skin=skin, age=age, seed=rng.uniform(0, 60))


def random_scene(seed, wild: float = 1.0) -> Scene:
    """A random scene; the same seed gives the same scene.

    Args:
        seed: Integer or numpy Generator.
        wild: Scale of the head's rotation: 0 is frontal, 1 is lively (standard deviation of yaw 0.36 rad, at most
            0.95).
    Returns:
        A Scene.
    """
    rng = np.random.default_rng(seed)
    u = rng.uniform
    pose = Pose(
        yaw=wild * np.clip(rng.normal(0, 0.36), -0.95, 0.95),
        pitch=wild * np.clip(rng.normal(0, 0.17), -0.42, 0.42),
        roll=wild * np.clip(rng.normal(0, 0.10), -0.35, 0.35),
    )
    smile = u(0, 1) if u() < 0.5 else 0.0
    expression = dict(
        smile=smile,
        teeth=smile * u(0, 1),
        jaw=u(0.1, 0.9) if u() < 0.4 else 0.0,
        pucker=u(0, 1) if u() < 0.12 and not smile else 0.0,
        brow=u(-0.2, 0.8) if u() < 0.5 else 0.0,
        frown=u(0, 1) if u() < 0.15 and not smile else 0.0,
        gaze_x=u(-0.6, 0.6),
        gaze_y=u(-0.4, 0.4),
    )
    r, lid = u(), u(0, 1)
    if r < 0.16:
        expression.update(blink_left=1.0 if r < 0.10 else lid, blink_right=1.0 if r < 0.10 else lid)
    sky = [(0.75, 0.85, 1.0), (1.0, 0.9, 0.78), (0.9, 0.95, 0.9), (0.8, 0.75, 0.95)][rng.integers(4)]
    hard = u() < 0.2  # a low sun: little fill, deep shadows
    lighting = Lighting(
        azimuth=u(-1.5, 1.5) if hard else u(-1.2, 1.2),
        elevation=u(-0.1, 0.8) if hard else u(0.1, 1.0),
        intensity=u(0.8, 1.3) if hard else u(0.7, 1.15),
        warmth=u(-0.4, 1.0),
        fill=u(0.02, 0.1) if hard else u(0.1, 0.6),
        ambient=u(0.15, 0.3) if hard else u(0.25, 0.75),
        sky_r=sky[0],
        sky_g=sky[1],
        sky_b=sky[2],
    )
    a, b, grey = u(0.02, 0.5, 3), u(0.02, 0.25, 3), u(0, 0.8)
    a, b = grey * a.mean() + (1 - grey) * a, grey * b.mean() + (1 - grey) * b
    back = Background(u(), *a, *b, seed=u(0, 60))
    return Scene(Expression(**expression), pose, lighting, Camera(u(0.9, 1.12), u(-0.08, 0.08), u(-0.06, 0.06)), back)
