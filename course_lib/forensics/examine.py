"""Every kind of evidence on one picture. Lesson 11."""
from .blending import blending
from .cfa import interpolation
from .compression import error_level, jpeg_ghost
from .corneas import highlights
from .eyes import eye_colour
from .gaze import gaze
from .head_pose import head_pose
from .light import light
from .light_colour import light_colour
from .spectra import noise, spectrum
from .splices import consistency
from .texture import texture
from .warping import warping

KINDS = {"eye colour": eye_colour, "highlights": highlights, "gaze": gaze, "texture": texture, "light": light,
         "light colour": light_colour, "head pose": head_pose, "noise": noise, "spectrum": spectrum,
         "CFA": interpolation, "error level": error_level, "JPEG ghost": jpeg_ghost, "consistency": consistency,
         "blending": blending, "warping": warping}
LEARNED = ("consistency", "blending", "warping")  # by a network; the others are written down


def examine(image, landmarks, kinds=None):
    """Take every kind of evidence from one picture.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        kinds: Keys of KINDS; all when left out.
    Returns:
        Dict: kind -> Evidence.
    Raises:
        ValueError: For an unknown kind.
    Lesson 11.
    """
    kinds = tuple(KINDS) if kinds is None else tuple(kinds)
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"no kind of evidence is called {', '.join(sorted(unknown))}; expected some of "
                         f"{', '.join(KINDS)}")
    return {kind: KINDS[kind](image, landmarks) for kind in kinds}
