"""Self-blended images: the blend is what its mask says, masks are soft and erode, the copied colour step is idle."""
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.forgeries import self_blending as sb
from course_lib.forgeries.histories import group_batches, patches, shared

IMAGE = np.random.default_rng(0).random((128, 128, 3)).astype(np.float32) * 0.6 + 0.2
POINTS = canonical(128, 1.4)


def test_a_pair_differs_inside_the_mask_alone():
    for seed in range(6):
        real, fake, mask = sb.self_blended_pair(IMAGE, POINTS, np.random.default_rng(seed))
        assert 0 <= mask.min() and mask.max() <= 1 and mask.max() == pytest.approx(mask.max().round(2), abs=0.01)
        assert np.array_equal(real[mask == 0], fake[mask == 0]) and np.abs(fake - real).max() > 0.01


def test_half_of_the_time_the_target_is_the_changed_one():
    changed = [not np.array_equal(sb.self_blended_pair(IMAGE, POINTS, np.random.default_rng(s))[0], IMAGE)
               for s in range(40)]
    assert 8 <= sum(changed) <= 32


def test_a_soft_mask_erodes_and_never_leaves_its_shape_by_much():
    hull = np.zeros((128, 128), np.float32)
    hull[30:100, 30:100] = 1
    for seed in range(8):
        mask = sb.soft_mask(hull, np.random.default_rng(seed), 0.4)
        assert round(float(mask.max()), 3) in sb.RATIOS
        assert mask[0].max() < 0.05


def test_the_boundary_is_1_at_one_half_and_0_at_both_ends():
    assert sb.boundary(np.float32([0, 0.25, 0.5, 1])).tolist() == [0, 0.75, 1, 0]


def test_limits_below_a_level_leave_the_picture_and_real_ones_do_not():
    def change(limits):
        moved = [sb.shifted_hsv(IMAGE, np.random.default_rng(k), limits) for k in range(5)]
        return np.abs(np.stack(moved) - IMAGE).mean() * 255

    assert change((0.3, 0.3, 0.3)) < 1.5 < 3 < change(sb.HSV)


def test_a_pair_gets_one_augmentation():
    for seed in range(6):
        a, b = sb.same_augmentation([IMAGE, IMAGE], np.random.default_rng(seed))
        assert np.array_equal(a, b)


def test_patches_know_their_pipeline():
    scenes = np.random.default_rng(1).integers(0, 255, (3, 128, 128, 3), np.uint8)
    images, parameters = patches(scenes, 4, each=2)
    assert images.shape == (4, 4, 64, 64, 3) and parameters.shape == (4, 8)
    assert shared(parameters, parameters).min() == 1
    for column, attribute in enumerate((0, 1, 2, 3, 4, 4, 5, 5)):
        other = parameters.copy()
        other[:, column] += 9
        wanted = [1] * 6 + [0]
        wanted[attribute] = 0
        assert shared(parameters, other).tolist() == [wanted] * 4


def test_some_pipelines_compressed_twice():
    scenes = np.random.default_rng(1).integers(0, 255, (3, 64, 64, 3), np.uint8)
    _, parameters = patches(scenes, 40, each=1, twice=0.5)
    saves, first = parameters[:, 6], parameters[:, 7]
    assert set(saves) == {0, 1, 2} and ((first >= 50) == (saves == 2)).all()
    assert ((parameters[:, 3] == 100) == (saves == 0)).all()


def test_in_a_group_all_pairs_are_labelled_and_both_kinds_weigh_the_same():
    scenes = np.random.default_rng(1).integers(0, 255, (3, 64, 64, 3), np.uint8)
    images, parameters = patches(scenes, 5, each=1)
    x, labels, weights = next(group_batches(images, parameters, 3, 2, 0))
    assert x.shape == (6, 64, 64, 3) and labels.shape == (15, 7) and weights.shape == (15,)
    first, second = np.triu_indices(6, 1)
    one = first // 2 == second // 2
    assert labels[one].min() == 1 and weights[one].sum() == pytest.approx(weights[~one].sum())
