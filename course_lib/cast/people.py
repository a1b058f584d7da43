"""Who is in the cast: twelve named people, and random people and scenes by seed."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from course_lib.cast.parameters import Background, Camera, Expression, Lighting, Person, Pose, Scene

HAIR = {
    "black": (0.008, 0.007, 0.007),
    "dark": (0.022, 0.012, 0.007),
    "brown": (0.050, 0.023, 0.010),
    "auburn": (0.105, 0.030, 0.010),
    "ginger": (0.26, 0.080, 0.018),
    "blond": (0.30, 0.175, 0.060),
    "ash": (0.15, 0.11, 0.07),
    "grey": (0.19, 0.185, 0.18),
    "white": (0.42, 0.41, 0.40),
}
IRIS = {
    "brown": (0.10, 0.045, 0.015),
    "dark": (0.045, 0.022, 0.012),
    "hazel": (0.15, 0.085, 0.03),
    "green": (0.12, 0.20, 0.08),
    "blue": (0.10, 0.25, 0.45),
    "grey": (0.22, 0.28, 0.32),
}
STYLES = {
    "crop": dict(side=0.030, top=0.045, line=0.62, open=0.665, fade=0.8),
    "quiff": dict(side=0.022, top=0.06, line=0.70, open=0.67, part=0.25, quiff=1.0, fade=0.7),
    "bowl": dict(side=0.09, top=0.10, line=0.55, open=0.64, fringe=0.75),
    "side": dict(side=0.055, top=0.13, line=0.60, open=0.66, part=-1.1, fringe=0.2, fade=0.3),
    "bob": dict(side=0.10, top=0.12, line=0.56, open=0.60, long=0.35, fringe=0.55),
    "long": dict(side=0.08, top=0.10, line=0.62, open=0.62, long=0.95, part=0.2),
    "bun": dict(side=0.03, top=0.05, line=0.62, open=0.66, bun=1.0, fade=0.4),
    "curly": dict(side=0.15, top=0.22, line=0.54, open=0.61, curl=1.0, fringe=0.2),
    "afro": dict(side=0.34, top=0.46, line=0.57, open=0.66, curl=0.8),
    "bald": dict(side=-0.2, top=-0.3, line=0.62, open=0.66),
    "buzz": dict(side=0.012, top=0.018, line=0.68, open=0.69, fade=1.0),
    "receding": dict(side=0.026, top=0.02, line=0.82, open=0.70, fade=0.8),
}


def _look(hair: str, iris: str, style: str, cloth) -> dict:
    """The colours and the hair style as fields of a `Person`."""
    look = {f"hair_{k}": v for k, v in STYLES[style].items()}
    for name, rgb in (("hair", HAIR[hair]), ("iris", IRIS[iris]), ("cloth", cloth)):
        look.update({f"{name}_{c}": float(v) for c, v in zip("rgb", rgb)})
    return look


def people() -> dict[str, Person]:
    """The named cast: twelve clearly distinct people, name -> `Person`. They do not exist."""
    who = {
        "Ada": dict(
            look=("auburn", "green", "long", (0.03, 0.16, 0.14)),
            skin=0.06,
            age=0.25,
            freckle=0.8,
            face_l=0.4,
            nose_l=0.5,
            nose_w=-0.8,
            lip_u=0.3,
            lip_l=0.4,
            eye_size=0.7,
            eye_open=0.5,
            jaw_w=-0.8,
            brow_y=0.5,
            lipstick=0.25,
            asym_smile=0.8,
            seed=3,
        ),
        "Bruno": dict(
            look=("dark", "brown", "crop", (0.30, 0.05, 0.04)),
            skin=0.36,
            age=0.45,
            beard=0.85,
            jaw_w=1.1,
            chin_w=0.9,
            brow_ridge=1.0,
            brow_th=1.2,
            nose_hump=1.2,
            nose_w=0.6,
            nose_z=0.7,
            face_w=0.7,
            neck=1.2,
            eye_size=-0.5,
            asym_bend=0.9,
            seed=7,
        ),
        "Chidi": dict(
            look=("black", "dark", "buzz", (0.45, 0.33, 0.05)),
            skin=0.95,
            age=0.3,
            stubble=0.4,
            face_l=0.9,
            cheekbone=1.2,
            nose_w=1.3,
            lip_u=1.1,
            lip_l=1.2,
            jaw_w=0.3,
            chin_z=0.5,
            ear=-0.4,
            mouth_w=0.7,
            asym_tilt=-0.7,
            seed=11,
        ),
        "Dolores": dict(
            look=("white", "blue", "bun", (0.22, 0.06, 0.26)),
            skin=0.16,
            age=1.0,
            cheek=-0.8,
            lip_u=-1.0,
            lip_l=-0.9,
            nose_l=0.7,
            nose_hump=0.8,
            eye_open=-0.5,
            chin_z=0.6,
            brow_th=-0.8,
            forehead=0.6,
            ruddy=1.0,
            lipstick=0.5,
            asym_eye=-1.0,
            seed=15,
        ),
        "Elif": dict(
            look=("black", "hazel", "bob", (0.05, 0.07, 0.25)),
            skin=0.30,
            age=0.2,
            glasses=1.0,
            face_w=0.5,
            cheek=1.1,
            eye_size=1.0,
            eye_tilt=0.4,
            brow_arch=1.1,
            brow_th=0.4,
            lip_l=0.6,
            jaw_w=-0.4,
            nose_z=-0.4,
            lipstick=0.6,
            asym_brow=0.9,
            seed=19,
        ),
        "Finn": dict(
            look=("ginger", "blue", "quiff", (0.05, 0.20, 0.07)),
            skin=0.03,
            age=0.12,
            freckle=1.0,
            stubble=0.35,
            face_l=0.2,
            jaw_w=0.6,
            nose_up=1.1,
            nose_l=-0.6,
            ear=1.3,
            eye_sep=0.6,
            brow_y=-0.3,
            mouth_w=0.4,
            ruddy=1.2,
            asym_bend=-0.8,
            seed=23,
        ),
        "Grace": dict(
            look=("black", "dark", "afro", (0.50, 0.10, 0.16)),
            skin=0.80,
            age=0.28,
            face_w=0.3,
            cheek=0.7,
            cheekbone=0.9,
            nose_w=0.9,
            nose_up=0.4,
            lip_u=1.2,
            lip_l=1.1,
            eye_size=0.8,
            jaw_w=-0.7,
            brow_arch=0.6,
            lipstick=0.8,
            asym_smile=-0.7,
            seed=27,
        ),
        "Hiro": dict(
            look=("grey", "dark", "receding", (0.10, 0.10, 0.11)),
            skin=0.24,
            age=0.85,
            face_w=0.9,
            face_l=-0.6,
            eye_open=-1.0,
            eye_tilt=0.9,
            eye_crease=-0.2,
            nose_z=-0.8,
            nose_w=0.4,
            brow_th=0.3,
            lip_u=-0.5,
            glasses=1.0,
            neck=0.4,
            asym_tilt=0.8,
            seed=31,
        ),
        "Ines": dict(
            look=("brown", "brown", "curly", (0.36, 0.20, 0.03)),
            skin=0.48,
            age=0.35,
            face_l=-0.5,
            cheek=0.5,
            nose_l=0.3,
            nose_hump=-0.5,
            lip_u=0.5,
            lip_l=0.9,
            mouth_w=1.0,
            eye_sep=-0.4,
            brow_th=0.8,
            chin_w=-0.7,
            lipstick=0.3,
            asym_eye=0.8,
            seed=35,
        ),
        "Jamal": dict(
            look=("black", "brown", "bald", (0.06, 0.22, 0.40)),
            skin=0.66,
            age=0.5,
            beard=0.6,
            face_w=0.6,
            jaw_w=1.3,
            cheek=0.6,
            nose_w=1.0,
            lip_l=0.7,
            brow_ridge=0.6,
            neck=1.5,
            ear=0.4,
            chin_w=1.0,
            asym_brow=-0.9,
            seed=39,
        ),
        "Kavya": dict(
            look=("dark", "dark", "long", (0.42, 0.03, 0.10)),
            skin=0.60,
            age=0.4,
            face_l=0.1,
            eye_size=1.2,
            eye_open=0.6,
            eye_tilt=0.8,
            nose_l=0.5,
            nose_z=0.6,
            brow_arch=-0.4,
            brow_th=0.9,
            lip_u=0.7,
            jaw_w=-0.9,
            chin_w=-0.4,
            asym_smile=0.9,
            seed=43,
        ),
        "Leo": dict(
            look=("blond", "grey", "side", (0.14, 0.16, 0.18)),
            skin=0.10,
            age=0.65,
            stubble=0.7,
            face_l=1.1,
            face_w=-0.7,
            nose_l=1.0,
            nose_w=-0.6,
            nose_z=0.8,
            lip_u=-0.8,
            lip_l=-0.4,
            eye_sep=-0.8,
            brow_y=-0.8,
            cheekbone=0.8,
            chin_z=0.9,
            asym_bend=0.6,
            seed=47,
        ),
    }
    made = {}
    for name, given in who.items():
        look = _look(*given.pop("look"))
        made[name] = Person(**look, **given)
    return made


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
    """A random person; the same seed gives the same person. seed: an integer or a numpy Generator.

    What goes together in people is drawn together: skin with hair and eyes, age with grey hair, thin lips and a
    receding hairline, build with beard and style.
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
    p.update(_look(colour, iris, style, (0.25 + 0.75 * c) * rng.uniform(0.04, 0.5)))
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
    """A random scene; the same seed gives the same scene. wild scales the head's turns: 0 is frontal, 1 is lively
    (standard deviation of yaw 0.36 rad, at most 0.95)."""
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
