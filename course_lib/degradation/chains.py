"""What cameras, codecs and networks do to a picture, every parameter recorded. Lessons 09, 10 and 13.

A record is a list of steps, each a dict that says what to do and with which numbers; it can be written as JSON.
`degrade(image, record)` plays it: the same record gives the same picture.

    degrade(image, [{"do": "blur", "kernel": "motion", "length": 9, "angle": 0.5}, {"do": "resize", "scale": 0.25},
                    {"do": "noise", "sigma": 10, "seed": 1}, {"do": "jpeg", "quality": 40}])
"""
import numpy as np

from .operations import blur, checked, jpeg, noise, resize, video

STEPS = {"blur": blur, "resize": resize, "noise": noise, "jpeg": jpeg, "h264": video}
TOP = 3.141  # the highest cutoff that is drawn: pi itself would be rounded up


def degrade(image, record):
    """The picture after every step of the record, in its order.

    image: f32 RGB [H, W, 3] in [0, 1]. record: list of steps, each {"do": a key of STEPS, and the parameters of that
    function}; an empty one gives the picture itself. Returns f32 [h, w, 3] in [0, 1], of another size where a step
    resizes. The same record gives the same picture, noise included. Raises ValueError for another kind of picture, a
    step or parameter that is not known, or a value out of its range. Lesson 09.
    """
    image = checked(image)
    for number, step in enumerate(record, 1):
        rest = dict(step)
        name = rest.pop("do", None)
        if name not in STEPS:
            raise ValueError(f"step {number} of the record is {step}; 'do' must be one of {', '.join(STEPS)}")
        try:
            image = STEPS[name](image, **rest)
        except TypeError as error:
            raise ValueError(f"step {number} of the record, {step}, does not fit: {error}") from error
    return image


def first_order(seed, size, scale=4, back=False):
    """Draws a record of the classical chain: blur, resizing down, noise, JPEG. Each with numbers of its own.

    seed: integer or numpy Generator. size: (height, width) of the picture. scale: how much smaller it becomes, a
    number or (lowest, highest) to draw from. back: resized to `size` again at the end, as restoration wants it.
    Source: Li et al. 2020, DFDNet, section 3.4; ranges in pixels follow scale. Lesson 09.
    """
    rng = np.random.default_rng(seed)
    scale = _scale(rng, scale)
    small = _divided(size, scale)
    record = [_blur(rng, 0.2 * scale, 0.6 * scale, motion=0.2), _resize(rng, small),
              _noise(rng, (1, 15), (0.05, 1.5)), _jpeg(rng, 40, 80)]
    return record + ([{"do": "resize", "size": list(size), "filter": "cubic"}] if back else [])


def second_order(seed, size, scale=4, back=False, video=0.1):
    """Draws a record of the chain twice over: what has been taken, saved, shrunk, posted and saved again.

    Blur (or sinc), resizing up or down, Gaussian or Poisson noise, JPEG; all of it again, milder; at the end a sinc
    filter may ring before or after the last compression. video: chance that the last compression is H.264 instead of
    JPEG. The rest as for first_order. Source: Wang et al. 2021, Real-ESRGAN, section 3 and appendix A, with
    the published ranges; sigmas shrink with a scale below 4. Lesson 09.
    """
    rng = np.random.default_rng(seed)
    scale = _scale(rng, scale)
    small, soft = _divided(size, scale), min(scale / 4, 1)
    between = _divided(size, 1 / rng.uniform(0.5, 1.2)) if rng.random() < 0.5 else _divided(size, scale**0.5)
    record = [_blur(rng, 0.2, 3.0 * soft, motion=0.1, sinc=0.1), _resize(rng, between),
              _noise(rng, (1, 30), (0.05, 3)), _jpeg(rng, 30, 95)]
    if rng.random() < 0.8:
        record.append(_blur(rng, 0.2, 1.5 * soft, motion=0.1, sinc=0.1))
    record += [_resize(rng, small), _noise(rng, (1, 25), (0.05, 2.5))]
    last = ({"do": "h264", "crf": int(rng.integers(18, 36))} if rng.random() < video else _jpeg(rng, 30, 95))
    ring = [{"do": "blur", "kernel": "sinc", "cutoff": _r(rng.uniform(np.pi / 3, TOP))}] if rng.random() < 0.8 else []
    record += [last, *ring] if rng.random() < 0.5 else [*ring, last]
    return record + ([{"do": "resize", "size": list(size), "filter": "cubic"}] if back else [])


def in_words(record):
    """A record as a short line for people: 'motion blur 9 px, to 32 x 32 (area), noise 12, JPEG 44'. Lesson 09."""
    said = []
    for step in record:
        if step["do"] == "blur":
            kind, size = step.get("kernel", "isotropic"), step.get("sigma", step.get("sigma_long", step.get("length")))
            said.append(f"sinc filter {step['cutoff']:.1f}" if kind == "sinc" else f"{kind} blur {size:.1f} px")
        elif step["do"] == "resize":
            to = f"to {step['size'][1]} x {step['size'][0]}" if "size" in step else f"x {step['scale']:g}"
            said.append(f"{to} ({step.get('filter', 'cubic')})")
        elif step["do"] == "noise":
            kind = f"noise {step['sigma']:.0f}" if "sigma" in step else f"photon noise {step['photons']:.0f}"
            said.append(kind + (" grey" if step.get("grey") else ""))
        else:
            said.append(f"JPEG {step['quality']:.0f}" if step["do"] == "jpeg" else f"H.264 crf {step['crf']:.0f}")
    return ", ".join(said) or "untouched"


def _blur(rng, low, high, motion=0.0, sinc=0.0):
    kind = rng.choice(["sinc", "motion", "isotropic", "anisotropic"],
                      p=[sinc, motion, 0.6 * (1 - sinc - motion), 0.4 * (1 - sinc - motion)])
    angle, first, second = _r(rng.uniform(0, np.pi)), _r(rng.uniform(low, high)), _r(rng.uniform(low, high))
    shape = {"sinc": {"cutoff": _r(rng.uniform(np.pi / 3, TOP))},
             "motion": {"length": _r(max(1.0, 3 * first)), "angle": angle}, "isotropic": {"sigma": first},
             "anisotropic": {"sigma_long": max(first, second), "sigma_short": min(first, second), "angle": angle}}
    return {"do": "blur", "kernel": str(kind), **shape[kind]}


def _resize(rng, size):
    return {"do": "resize", "size": size, "filter": str(rng.choice(["area", "linear", "cubic"]))}


def _noise(rng, sigmas, poisson):
    seed, grey = int(rng.integers(2**31)), bool(rng.random() < 0.4)
    kind = ({"sigma": _r(rng.uniform(*sigmas))} if rng.random() < 0.5 else
            {"photons": _r(256 / rng.uniform(*poisson) ** 2)})
    return {"do": "noise", **kind, "grey": grey, "seed": seed}


def _jpeg(rng, low, high):
    return {"do": "jpeg", "quality": int(rng.integers(low, high + 1))}


def _scale(rng, scale):
    scale = float(rng.uniform(*scale)) if np.ndim(scale) else float(scale)
    if not 1 <= scale <= 16:
        raise ValueError(f"scale is {scale:g}; expected 1 to 16, how many times smaller the picture becomes")
    return scale


def _divided(size, scale):
    return [max(1, int(round(side / scale))) for side in size]


def _r(x):
    return round(float(x), 3)
