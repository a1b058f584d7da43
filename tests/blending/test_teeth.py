"""Teeth: found between the lips, sharpened there alone, and unchanged by a proxy without detail."""
import numpy as np

from course_lib.blending.teeth import best_proxy, overlay, sharpen_teeth, teeth_mask

ANGLES = np.linspace(np.pi, 3 * np.pi, 12, endpoint=False)


def lips(centre=(32, 40), size=(14, 9)):
    """Twelve outer and six inner points of an ellipse; the inner ones in the order upper, lower."""
    outer = np.stack([centre[0] + size[0] * np.cos(ANGLES), centre[1] + size[1] * np.sin(ANGLES)], 1)
    inner = [(-6, -5), (0, -6), (6, -5), (6, 5), (0, 6), (-6, 5)]
    return np.concatenate([outer, np.array(centre) + inner])


def mouth(stripes):
    """Red lips around a white row of teeth; stripes is the contrast between them."""
    image = np.full((64, 64, 3), (0.7, 0.2, 0.2), np.float32)
    teeth = 0.7 + stripes * (np.arange(64) % 4 < 2) - stripes / 2
    image[35:40] = teeth[None, :, None]
    return image


def test_teeth_are_bright_colourless_and_between_the_lips():
    mask = teeth_mask(mouth(0.1), lips())
    assert mask[37, 32] == 1 and mask[44, 32] == 0 and mask[37, 5] == 0
    dark = mouth(0.1)
    dark[35:40] = 0.1
    assert teeth_mask(dark, lips()).max() == 0


def test_overlay_with_one_half_changes_nothing():
    image = np.random.default_rng(0).random((5, 5)).astype(np.float32)
    assert np.allclose(overlay(image, np.float32(0.5)), image)
    assert (overlay(image, np.float32(0.7)) >= image).all() and (overlay(image, np.float32(0.2)) <= image).all()


def test_detail_of_a_sharp_frame_comes_back_to_a_blurred_one():
    sharp, soft = mouth(0.3), mouth(0.0)
    assert best_proxy([soft, sharp, soft], [lips()] * 3) == 1
    made = sharpen_teeth(soft, lips(), sharp, lips())
    inside = teeth_mask(soft, lips()) > 0
    assert np.array_equal(made[~inside], soft[~inside])
    assert made[37, 28:37].std() > 0.05 > soft[37, 28:37].std()
    assert np.corrcoef(made[37, 28:37, 0], sharp[37, 28:37, 0])[0, 1] > 0.8


def test_the_proxy_moves_with_the_upper_lip():
    sharp, soft = mouth(0.3), mouth(0.0)
    moved = sharpen_teeth(np.roll(soft, (3, 2), (0, 1)), lips((34, 43)), sharp, lips())
    still = sharpen_teeth(soft, lips(), sharp, lips())
    assert np.allclose(moved[38:43, 28:41], still[35:40, 26:39], atol=0.02)
