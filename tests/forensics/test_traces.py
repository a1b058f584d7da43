"""Texture, light, pose, compression, CFA and spectra against truths that are known exactly."""
import cv2
import numpy as np
import pytest

from course_lib.degradation import PATTERNS, camera, jpeg
from course_lib.faces import canonical
from course_lib.forensics import cfa, compression, head_pose, light, light_colour, spectra, texture
from course_lib.forensics.evidence import checked, heat

RNG = np.random.default_rng(4)


def natural(size=256, seed=0, channels=3):
    """A texture that falls off as natural images do, f32 [size, size, 3]."""
    rng = np.random.default_rng(seed)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    f[0, 0] = 1 / size
    planes = [np.fft.ifft2(np.fft.fft2(rng.normal(size=(size, size))) / f).real for _ in range(channels)]
    planes[1:] = [0.8 * planes[0] + 0.2 * p for p in planes[1:]]
    return np.stack([np.clip(0.5 + 0.12 * p / p.std(), 0.02, 0.98) for p in planes], -1).astype(np.float32)


def test_laws_energy_falls_with_blur_in_floats_and_not_when_wrapped():
    image, k = natural(128), texture.NAMES.index("L5E5")
    energy = {wrapped: [texture.laws(cv2.GaussianBlur(image, (0, 0), s) if s else image, wrapped)[..., k].mean()
                        for s in (0, 2, 4)] for wrapped in (False, True)}
    assert energy[False][0] > 1.5 * energy[False][1] > 2 * energy[False][2]
    assert energy[True][1] > 0.7 * energy[True][0]


def test_laws_does_not_change_under_a_right_angle_or_a_brightness():
    image = natural(96)
    energies = texture.laws(image)
    turned = texture.laws(np.ascontiguousarray(np.rot90(image)))
    assert energies[20:-20, 20:-20].mean((0, 1)) == pytest.approx(turned[20:-20, 20:-20].mean((0, 1)), rel=0.03)
    assert np.allclose(texture.laws(image * 0.5 + 0.2), 0.5 * energies, atol=0.05 * energies.mean())
    assert len(texture.NAMES) == 9 and "L5L5" not in texture.NAMES


def test_teeth_are_the_bright_part_of_an_open_mouth():
    points = canonical(256, 1.3).copy()
    points[[65, 66, 67], 1] += 22  # the lower inner lip
    image = np.full((256, 256, 3), 0.4, np.float32)
    mouth = texture.polygon(points[60:68], image.shape[:2])
    rows = np.argwhere(mouth)[:, 0]
    bright = mouth & (np.arange(256)[:, None] < rows.mean())
    image[mouth], image[bright] = 0.1, 0.85
    assert (texture.teeth(image, points) == bright).mean() > 0.999
    assert not texture.teeth(image, canonical(256, 1.3)).any()  # closed


def test_the_direction_of_the_light_is_found():
    y, x = np.mgrid[-1:1:65j, -1:1:65j]
    inside = x ** 2 + y ** 2 < 0.95
    normals = np.stack([x, -y, np.sqrt(np.clip(1 - x ** 2 - y ** 2, 0, 1))], -1)[inside]
    truth = np.array([0.5, 0.4, 0.8]) / np.linalg.norm([0.5, 0.4, 0.8])
    brightness = np.maximum(normals @ truth, 0) * 0.7 + 0.1
    fit = light.from_normals(brightness, normals)
    assert np.rad2deg(light.angle_between(fit.direction, truth)) < 8 and fit.fit > 0.9
    with pytest.raises(ValueError, match="at least 10"):
        light.from_normals(brightness[:4], normals[:4])


@pytest.mark.parametrize("turn", [0.0, 0.7, 2.0])
def test_the_outline_alone_tells_the_direction_in_the_plane(turn):
    y, x = np.mgrid[-1.2:1.2:160j, -1.2:1.2:160j]
    truth = np.array([np.cos(turn), np.sin(turn)])
    image = (0.5 + 0.25 * (x * truth[0] - y * truth[1])) ** (1 / 2.2)
    fit = light.from_outline(np.repeat(image[..., None], 3, -1).astype(np.float32), x ** 2 + y ** 2 < 1)
    assert light.angle_between(fit.direction, truth) < 0.15


def test_both_poses_agree_when_the_whole_face_is_one_head_and_differ_when_it_is_not():
    camera_matrix = np.array([[256.0, 0, 128], [0, 256, 128], [0, 0, 1]])
    project = lambda turn: cv2.projectPoints(  # noqa: E731
        head_pose.HEAD * (1, -1, -1), np.array([0, turn, 0.0]), np.array([0, 0, 6.0]), camera_matrix, None)[0][:, 0]
    one, other = project(0.1), project(0.35)
    image = np.full((256, 256, 3), 0.5, np.float32)
    assert head_pose.head_pose(image, one).score < 0.02
    mixed = np.where(np.isin(np.arange(68), head_pose.INNER)[:, None], other, one)
    assert head_pose.head_pose(image, mixed).score > 0.05
    assert np.abs(head_pose.differences(one, (256, 256))).max() < 0.05


@pytest.mark.parametrize("quality", [52, 68])
def test_the_ghost_gives_the_quality_away(quality):
    image = camera(natural(256, 1), seed=1)
    mask = np.zeros((256, 256), bool)
    mask[64:160, 80:176] = True
    mixed = jpeg(np.where(mask[..., None], jpeg(image, quality), image), 92)
    found, gap = compression.ghost_quality(compression.ghosts(mixed), compression.blocks_inside(mask))
    assert abs(found - quality) <= 4 and gap > 0.1
    assert compression.ghost_quality(compression.ghosts(jpeg(image, 92)), compression.blocks_inside(mask))[1] < gap / 2


def test_a_jpeg_leaves_a_comb_and_a_camera_none():
    image = camera(natural(256, 2), seed=2)
    assert compression.comb(jpeg(image, 60)) > 1.5 * compression.comb(image)


def test_error_levels_light_edges_whether_spliced_or_not():
    image = np.full((64, 64, 3), 77 / 255, np.float32)
    image[20:44, 20:44] = 204 / 255
    levels = compression.error_levels(image)
    assert levels[16:48, 16:48].mean() > 3 * levels[:12, :12].mean()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_phase_of_the_filter_array_is_found(pattern):
    found, clear = cfa.bayer_pattern(camera(natural(128, 3), pattern, photons=1e5, read=0.1, seed=3))
    assert found == pattern and clear > 0.01


def test_resampling_removes_the_lattice():
    image = camera(natural(256, 4), photons=1e5, read=0.1, seed=3)
    small = cv2.resize(cv2.resize(image, (220, 220), interpolation=cv2.INTER_LINEAR), (256, 256))
    assert np.abs(np.median(cfa.green_sites(image))) > 5 > 2 > np.abs(np.median(cfa.green_sites(small)))


def test_a_power_law_falls_by_its_exponent_and_blur_makes_it_steeper():
    frequency = np.arange(1, 33) / 64
    assert spectra.fall(frequency, -2 * np.log10(frequency)) == pytest.approx(1.4, abs=0.1)
    square = natural(64, 5)[..., 0]
    sharp, soft = (spectra.fall(*spectra.azimuthal(x)) for x in (square, cv2.GaussianBlur(square, (0, 0), 1.2)))
    assert sharp == pytest.approx(1.4, abs=0.4) and soft > sharp + 1
    with pytest.raises(ValueError, match="never resize"):
        spectra.azimuthal(np.zeros((8, 9)))


def test_dct_statistics_show_checkerboards():
    image = natural(64, 6)[..., 0]
    board = image + 0.05 * ((np.add.outer(np.arange(64), np.arange(64)) % 2) - 0.5).astype(np.float32)
    assert spectra.dct_statistics(board)[7, 7] > spectra.dct_statistics(image)[7, 7] + 0.5


def test_noise_is_measured_in_levels():
    image = np.full((128, 128, 3), 0.5, np.float32) + RNG.normal(0, 5 / 255, (128, 128, 1)).astype(np.float32)
    assert np.median(spectra.noise_map(image)) == pytest.approx(5, rel=0.1)


def test_inputs_are_checked():
    with pytest.raises(ValueError, match="float RGB"):
        checked(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(ValueError, match="estimate_68"):
        checked(np.zeros((64, 64, 3), np.float32), np.zeros((5, 2)))
    assert heat(np.arange(12.0).reshape(3, 4)).shape == (3, 4, 3)


def test_the_colour_of_the_light_is_found_and_a_tint_is_measured():
    grey = natural(128, 7, 1).repeat(3, -1)
    tint = np.array([1.0, 0.8, 0.6])
    found = light_colour.illuminant(grey * np.float32(tint ** (1 / 2.2)), np.ones((128, 128), bool))
    assert found == pytest.approx(tint / np.linalg.norm(tint), abs=0.01)
    points = canonical(256, 1.3)
    image = natural(256, 8, 1).repeat(3, -1)
    face = compression.face_and_around(points, (256, 256))[0][..., None]
    mixed = np.where(face, image * np.float32([1.15, 1, 0.85]), image).clip(0, 1)
    plain, tinted = (light_colour.light_colour(x, points) for x in (image, mixed))
    assert plain.score < 0.02 < 0.1 < tinted.score
    with pytest.raises(ValueError, match="no pixel"):
        light_colour.illuminant(grey, np.zeros((128, 128), bool))
