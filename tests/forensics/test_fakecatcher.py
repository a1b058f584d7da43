"""Three regions, one heart: the signals and features of FakeCatcher on signals that are known."""
import numpy as np
import pytest

from course_lib import cast
from course_lib.forensics import fakecatcher, pulse
from course_lib.forgeries import pulses

RATE = 25.0
TIME = np.arange(256) / RATE


def colours(beats, seed=0, noise=2e-4):
    """Three regions with heart rates of their own."""
    rng = np.random.default_rng(seed)
    beat = np.stack([np.sin(2 * np.pi * b / 60 * TIME) for b in beats])[..., None] * pulses.ABSORPTION
    return 0.5 * (1 - 0.01 * beat) + rng.normal(0, noise, (3, len(TIME), 3))


def test_every_signal_has_the_rate_of_its_region():
    found = fakecatcher.signals(colours((60, 75, 90)), RATE)["S"]
    assert [round(pulse.heart_rate(x, RATE)) for x in found] == pytest.approx([60, 75, 90] * 2, abs=1)


def test_one_heart_has_small_differences():
    one, three = (np.mean(fakecatcher.signals(colours(b), RATE)["D_C"]) for b in ((72, 72, 72), (60, 75, 90)))
    assert one < 0.2 * three


def test_features_are_117_finite_numbers_and_ignore_exposure():
    x = fakecatcher.features(colours((72, 72, 72)), RATE)
    assert x.shape == (117,) and np.isfinite(x).all()
    np.testing.assert_allclose(fakecatcher.features(0.5 * colours((72, 72, 72)), RATE), x, rtol=1e-6, atol=1e-9)


def test_autocorrelation_of_a_sine_repeats():
    full = fakecatcher.autocorrelation(np.sin(2 * np.pi * TIME))
    assert full[0] == 1 and full[25] > 0.85 and full[12] < -0.85


def test_narrow_peaks_are_counted():
    assert fakecatcher.peaks(np.sin(2 * np.pi * 4 * TIME), RATE)[0] in (40, 41)
    assert fakecatcher.peaks(np.sin(2 * np.pi * 0.5 * TIME), RATE)[0] == 0, "too wide"


def test_variability_of_a_constant_is_zero():
    assert fakecatcher.variability(np.ones(100), RATE)[:5].max() == 0


def test_a_large_constant_in_the_logarithm_erases_the_signal():
    x = 1e-3 * np.sin(2 * np.pi * TIME)
    assert np.log(np.abs(x) + 1e9).std() < 1e-10 < 0.1 < fakecatcher.log_magnitude(x).std()


def test_regions_divide_a_face():
    face = cast.render(cast.people()["Ada"], [cast.Scene()], size=64)
    regions = fakecatcher.face_regions(face.landmarks, face.mask("skin"))
    assert (regions.sum(0) <= face.mask("skin")).all() and (regions.sum((1, 2, 3)) > 60).all()
    across = [np.nonzero(r[0])[1].mean() for r in regions]
    assert across == sorted(across)


def test_a_region_that_is_never_seen_is_refused():
    with pytest.raises(ValueError, match="visible in no frame"):
        fakecatcher.region_colours(np.ones((2, 4, 4, 3)), np.zeros((3, 2, 4, 4), bool))


def test_the_map_is_scaled_row_by_row():
    face = cast.render(cast.people()["Ada"], [cast.Scene()] * 130, size=64)
    skin, points = face.mask("skin"), face.landmarks
    pulsing = pulses.with_pulse(face.rgb, points, skin, RATE, 90)
    image = fakecatcher.ppg_map(pulsing, points, RATE)
    assert image.shape == (64, 130) and image.min() == 0 and image.max() == 1
    peak = np.median(image[32 + 8:32 + 24].argmax(1)) * RATE / (2 * 130 - 1)  # of the middle rows
    assert peak * 60 == pytest.approx(90, abs=8)


@pytest.mark.parametrize("kind", pulses.KINDS)
def test_each_forgery_does_to_the_pulse_what_it_says(kind):
    face = cast.render(cast.people()["Ada"], [cast.Scene()] * 250, size=64)
    skin = face.mask("skin")
    made = pulses.with_pulse(face.rgb, face.landmarks, skin, RATE, 72, kind, seed=1)
    np.testing.assert_array_equal(made[:, ~skin[0]], face.rgb[:, ~skin[0]])
    cheeks = np.zeros(skin[0].shape, bool)
    cheeks[36:44, 28:36] = skin[0, 36:44, 28:36]
    signal = pulse.green(pulse.skin_means(made, cheeks), RATE)
    if kind == "dropped":
        assert np.abs(signal).max() < 1e-6
    else:
        assert (abs(pulse.heart_rate(signal, RATE) - 72) < 1) == (kind != "false")


def test_other_forgeries_are_refused():
    with pytest.raises(ValueError, match="real, dropped, kept, false"):
        pulses.with_pulse(np.zeros((1, 4, 4, 3)), None, None, RATE, 70, "none")
