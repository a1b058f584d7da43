"""What cameras, codecs and networks do to an image, every parameter recorded. Lessons 09, 10 and 13.

A record is a list of steps, each a dict with the name of the operation and its parameters; it can be written as JSON.
`degrade(image, record)` applies it: the same record gives the same image.

    degrade(image, [{"do": "blur", "kernel": "motion", "length": 9, "angle": 0.5}, {"do": "resize", "scale": 0.25},
                    {"do": "noise", "sigma": 10, "seed": 1}, {"do": "jpeg", "quality": 40}])
"""
import numpy as np

from .camera import camera
from .coding import video
from .operations import blur, check_image, jpeg, noise, resize

STEPS = {"blur": blur, "resize": resize, "noise": noise, "jpeg": jpeg, "h264": video, "camera": camera}
TOP = 3.141  # the highest cutoff that is drawn: pi itself would be rounded up


def degrade(image, record):
    """The image after every step of the record, in its order; the same record gives the same image, noise included.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        record: List of steps, each {"do": a key of STEPS, and the parameters of that function}; may be empty.
    Returns:
        f32 RGB [h, w, 3] in [0, 1], of another size where a step resizes.
    Raises:
        ValueError: For another kind of image, an unknown step or parameter, or a value out of its range.
    Lesson 09.
    """
    image = check_image(image)
    for number, step in enumerate(record, 1):
        parameters = dict(step)
        name = parameters.pop("do", None)
        if name not in STEPS:
            raise ValueError(f"step {number} of the record is {step}; 'do' must be one of {', '.join(STEPS)}")
        try:
            image = STEPS[name](image, **parameters)
        except TypeError as error:
            raise ValueError(f"step {number} of the record, {step}, does not fit: {error}") from error
    return image


def first_order(seed, size, scale=4, back=False):
    """Draw a record of the classical chain: blur, downsampling, noise, JPEG, with random parameters.

    Args:
        seed: Integer or numpy Generator.
        size: (height, width) of the image.
        scale: Downsampling factor, a number or (lowest, highest) to draw from; ranges in pixels follow it.
        back: Whether to resize to `size` again at the end, as restoration needs it.
    Returns:
        List of steps, see `degrade`.
    References:
        Li et al. 2020, DFDNet, section 3.4.
    Lesson 09.
    """
    rng = np.random.default_rng(seed)
    scale = _scale(rng, scale)
    small = _divided(size, scale)
    record = [_blur(rng, 0.2 * scale, 0.6 * scale, motion=0.2), _resize(rng, small),
              _noise(rng, (1, 15), (0.05, 1.5)), _jpeg(rng, 40, 80)]
    return record + ([{"do": "resize", "size": list(size), "filter": "cubic"}] if back else [])


def second_order(seed, size, scale=4, back=False, video=0.1):
    """Draw a record of the chain twice over, as for an image that was taken, saved, resized, posted and saved again.

    Blur (or sinc), resizing up or down, Gaussian or Poisson noise, JPEG; all of it again, milder; at the end a sinc
    filter may cause ringing before or after the last compression.

    Args:
        seed, size, scale, back: As for `first_order`.
        video: Probability that the last compression is H.264 instead of JPEG.
    Returns:
        List of steps, see `degrade`.
    References:
        Wang et al. 2021, Real-ESRGAN, section 3 and appendix A, with the published ranges; sigmas shrink with a scale
            below 4.
    Lesson 09.
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
    """A record in words: 'motion blur 9 px, to 32 x 32 (area), noise 12, JPEG 44'.

    Args:
        record: List of steps, see `degrade`.
    Returns:
        str.
    Lesson 09.
    """
    words = []
    for step in record:
        if step["do"] == "blur":
            kind, size = step.get("kernel", "isotropic"), step.get("sigma", step.get("sigma_long", step.get("length")))
            words.append(f"sinc filter {step['cutoff']:.1f}" if kind == "sinc" else f"{kind} blur {size:.1f} px")
        elif step["do"] == "resize":
            to = f"to {step['size'][1]} x {step['size'][0]}" if "size" in step else f"x {step['scale']:g}"
            words.append(f"{to} ({step.get('filter', 'cubic')})")
        elif step["do"] == "noise":
            kind = f"noise {step['sigma']:.0f}" if "sigma" in step else f"photon noise {step['photons']:.0f}"
            words.append(kind + (" grey" if step.get("grey") else ""))
        elif step["do"] == "camera":
            saved = f", JPEG {step['quality']:.0f}" if step.get("quality") else ""
            words.append(f"camera ({step.get('pattern', 'RGGB')}, {step.get('photons', 4000):.0f} photons{saved})")
        else:
            words.append(f"JPEG {step['quality']:.0f}" if step["do"] == "jpeg" else f"H.264 crf {step['crf']:.0f}")
    return ", ".join(words) or "untouched"


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
        raise ValueError(f"scale is {scale:g}; expected 1 to 16, how many times smaller the image becomes")
    return scale


def _divided(size, scale):
    return [max(1, int(round(side / scale))) for side in size]


def _r(x):
    return round(float(x), 3)
