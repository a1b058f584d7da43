"""Images in 0 to 255, the commonest slip, are named wherever images come in."""
import numpy as np
import pytest

from course_lib import blending, degradation, faces, media, provenance
from course_lib.blending import colour, compose, masks
from course_lib.faces import MEAN_FACE
from course_lib.forensics import fingerprint
from course_lib.metrics import attributes, detail, image
from course_lib.metrics.video import colour_error
from course_lib.models import autoencoder, classical
from course_lib.values import unit_range

WRONG = np.random.default_rng(1).uniform(0, 255, (64, 64, 3)).astype(np.float32)
FINE, MASK, BATCH = WRONG / 255, np.ones((64, 64), np.float32), WRONG[None]
POINTS, TURN = (MEAN_FACE * 64).astype(np.float32), np.float64([[1, 0, 0], [0, 1, 0]])

CALLS = {
    "detect_faces": lambda: faces.detect_faces(WRONG), "align": lambda: faces.align(WRONG, POINTS),
    "perceptual_hash": lambda: faces.perceptual_hash(WRONG),
    "faceset_from_images": lambda: faces.faceset_from_images([("a", WRONG)]),
    "alpha": lambda: compose.alpha(WRONG, FINE, MASK), "poisson": lambda: compose.poisson(FINE, WRONG, MASK),
    "pyramid": lambda: compose.pyramid(WRONG, FINE, MASK), "paste": lambda: blending.paste(WRONG, FINE, TURN, MASK),
    "prepare": lambda: blending.prepare(FINE, WRONG, TURN, POINTS),
    "reinhard": lambda: colour.reinhard(WRONG, FINE, MASK),
    "visible_skin": lambda: masks.visible_skin(WRONG, POINTS), "from_grey": lambda: masks.from_grey(WRONG),
    "by_tiles": lambda: blending.by_tiles(WRONG, lambda x: x, 1),
    "restore_faces": lambda: blending.restore_faces(WRONG, [POINTS], lambda x: x),
    "swap_frames": lambda: list(blending.swap_frames([WRONG], POINTS[None], lambda c, m: c)),
    "degrade": lambda: degradation.degrade(WRONG, []), "classical": lambda: classical.classical(WRONG, 2),
    "cut_out": lambda: autoencoder.cut_out(BATCH, MASK[None]), "psnr": lambda: image.psnr(WRONG, FINE),
    "sharpness": lambda: detail.sharpness(BATCH, FINE[None]), "spectrum": lambda: detail.spectrum(BATCH),
    "edge_error": lambda: detail.edge_error(BATCH, FINE[None], MASK[None]),
    "residual": lambda: fingerprint.residual(BATCH), "identify": lambda: attributes.identify(BATCH),
    "predict_attributes": lambda: attributes.predict_attributes(BATCH), "label": lambda: provenance.label.draw(WRONG),
    "colour_error": lambda: colour_error([WRONG], [FINE], [MASK]),
    "mark.embed": lambda: provenance.watermark.embed(WRONG), "mark.score": lambda: provenance.watermark.score(WRONG),
    "write_image": lambda: media.write_image("never.png", WRONG, what="a test", how="tests"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_images_in_0_to_255_are_named(call):
    with pytest.raises(ValueError, match=r"\[0, 1\]") as refused:
        call()
    assert "25" in str(refused.value)  # the largest value there is


def test_what_a_filter_overshoots_is_no_mistake():
    for good in (FINE, FINE * 1.3 - 0.15, np.zeros((0, 3)), np.full((2, 2), np.nan), np.full((2, 2), 200, np.uint8)):
        np.testing.assert_array_equal(unit_range(good), good)
    with pytest.raises(ValueError, match="the frame has values from -1 to 1; expected"):
        unit_range(np.float32([-1, 1]), "the frame")
