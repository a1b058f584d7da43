"""Large portraits and their exact truth, and the shipped restorers on them: people whom these have never seen."""
import json

import numpy as np
import pytest

from course_lib import models  # noqa: F401  (registers the layers)
from course_lib.cast import LABELS
from course_lib.checkpoints import load, verify
from course_lib.data import large_portraits as recipe
from course_lib.data.portraits import _render_chunk as small_ones
from course_lib.degradation import degrade
from course_lib.faces import canonical
from course_lib.metrics.restoration import iris_colour, part_distances
from course_lib.models.classical import classical
from course_lib.models.dictionary import PARTS, chosen_atoms, part_centres, restore
from course_lib.training.dictionaries import ATOMS, KEYS, thumbnails

SEEDS = (8001, 8006, 8009)


@pytest.fixture(scope="module")
def unseen():
    return recipe.LargePortraits(**recipe._render_chunk(SEEDS))


def test_they_are_the_same_portraits_twice_as_large(unseen):
    small = small_ones(SEEDS)["images"].astype(float)
    halved = unseen.pictures(grey=True).reshape(3, 64, 2, 64, 2, 3).mean((2, 4)) * 255
    assert np.abs(halved - small).mean() < 4
    assert unseen.images.shape == (3, 128, 128, 3) and unseen.images.dtype == unseen.labels.dtype == np.uint8


def test_the_truth_lies_on_the_pixels(unseen):
    stable = np.r_[36:48, 27:31]
    assert np.abs(unseen.landmarks[:, stable] - canonical(128, 1.3)[stable]).mean() < 4
    open_eyes = np.isfinite(iris_colour(unseen.pictures(), unseen)[..., 0])
    assert open_eyes.sum() >= 4  # labels, pupils and picture agree on where the eyes are
    nothing = unseen.labels == LABELS["background"]
    assert unseen.masks[nothing].mean() < 10 < 245 < unseen.masks[~nothing].mean()


def test_chosen_ones_are_kept_together_and_impossible_ones_refused(unseen):
    two = unseen[[2, 0]]
    assert len(two) == 2 and np.array_equal(two.vectors[1], unseen.vectors[0])
    assert np.array_equal(unseen.pictures([1])[0], unseen.pictures()[1])
    with pytest.raises(ValueError, match="count >= 1"):
        recipe.large_portraits(0)


def test_what_is_in_the_cache_is_not_rendered_again(tmp_path, monkeypatch):
    asked = []

    def chunk(seeds):
        asked.append(seeds)
        empty = recipe.LargePortraits(*(np.array([seed for seed in seeds]) for _ in range(6)))
        return vars(empty)

    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(recipe, "_render_chunk", chunk)
    found = recipe.large_portraits(60, first=40, quiet=True)
    assert found.images.tolist() == list(range(40, 100)) and asked == [range(0, 50), range(50, 100)]
    recipe.large_portraits(10, first=70, quiet=True)
    assert len(asked) == 2


def test_the_shipped_restorers_mend_the_parts_of_unseen_faces(unseen):
    truths, centres = unseen.pictures(), part_centres(unseen.landmarks)
    record = [{"do": "blur", "sigma": 1.5}, {"do": "resize", "size": [32, 32], "filter": "area"},
              {"do": "noise", "sigma": 6, "seed": 1}, {"do": "jpeg", "quality": 60}]
    large = classical(np.stack([degrade(x, record) for x in truths]), 4)
    model = load("dictionary_restorer")
    pictures = {"nothing": large, "DFDNet": restore(model, large, centres),
                "U-Net": restore(load("plain_restorer"), large, centres)}
    apart = {name: part_distances(x, truths, centres) for name, x in pictures.items()}
    for name in ("DFDNet", "U-Net"):
        assert all(apart[name][part].mean() < 0.85 * apart["nothing"][part].mean() for part in PARTS)
    chosen = chosen_atoms(model, large, centres)
    assert len({tuple(index) for index, _ in chosen.values()}) > 8  # the parts do not all take one atom


def test_the_shipped_atoms_have_their_pictures_and_scores():
    found = thumbnails()
    assert set(found) == set(KEYS)
    assert all(found[part, s].shape == (ATOMS, *PARTS[part][::-1], 3) for part, s in KEYS)
    assert min(x.std() for x in found.values()) > 10
    scores = json.loads(verify("dictionary_restorer").with_name("scores.json").read_text(encoding="utf-8"))
    for rows in scores.values():
        assert rows["DFDNet"]["parts"] < rows["DFDNet, one atom"]["parts"] < rows["bicubic"]["parts"]
        assert rows["truth"]["parts"] == 0
    card = verify("plain_restorer").with_name("card.md").read_text(encoding="utf-8")
    assert "course checkpoints build" in card and "Limits" in card
