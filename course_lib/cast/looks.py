"""Colours of hair and eyes, and hair styles, as fields of a `Person`."""

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


def look(hair: str, iris: str, style: str, cloth) -> dict:
    """Colours and hair style as fields of a `Person`.

    Args:
        hair, iris, style: Keys of HAIR, IRIS and STYLES.
        cloth: Linear RGB of the clothes.
    Returns:
        Dict of field name -> number.
    """
    look = {f"hair_{k}": v for k, v in STYLES[style].items()}
    for name, rgb in (("hair", HAIR[hair]), ("iris", IRIS[iris]), ("cloth", cloth)):
        look.update({f"{name}_{c}": float(v) for c, v in zip("rgb", rgb, strict=True)})
    return look
