"""The figures: they show what was given, say it in words, and tell nothing by colour alone."""
import io

import numpy as np
import pytest
from PIL import Image

from course_lib import show

PICTURES = np.random.default_rng(0).random((5, 16, 12, 3)).astype("f")


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(figure.png(60))).convert("RGB"), float) / 255


def test_grid_shows_every_picture_with_its_title():
    fig = show.grid(PICTURES, titles=list("abcde"), cols=3, title="Five", points=[np.ones((2, 2))] * 5)
    shown = [ax.images[0].get_array() for ax in fig.axes]
    assert len(shown) == 5 and np.allclose(shown[3], PICTURES[3])
    assert [t.get_text() for t in fig.texts] == ["Five", *"abcde"]
    assert fig.alt == "Five: a, b, c, d, e"


def test_grid_takes_single_planes_and_clips():
    fig = show.grid([np.full((4, 4), 2.0), np.zeros((4, 4))])
    assert fig.axes[0].images[0].get_array().max() == 1


@pytest.mark.parametrize("images, titles", [([], None), (PICTURES, ["one"])])
def test_grid_says_what_is_missing(images, titles):
    with pytest.raises(ValueError, match="give"):
        show.grid(images, titles=titles)


def test_strip_keeps_columns_aligned_when_a_row_is_shorter():
    fig = show.strip({"A": PICTURES, "B": PICTURES[:2]}, titles=range(5), title="t")
    one, two = (ax.get_position() for ax in fig.axes)
    assert one.x0 == two.x0 and np.isclose(two.width / one.width, 2 / 5)
    with pytest.raises(ValueError, match="no images"):
        show.strip({"A": []})


def test_lines_differ_in_dash_and_bars_in_hatch():
    lines = show.curve({"a": [1, 2], "b": ([0, 3], [2, 1])}, marks={"level": 1.5}).axes[0].lines
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    bars = show.bars({"a": 1.0, "b": 2.0}, best="b", title="t")
    assert [p.get_hatch() for p in bars.axes[0].patches] == ["//", None] and bars.alt == "t. a 1.0, b 2.0"
    clouds = show.scatter({"p": {"a": PICTURES[0, :, 0, :2], "b": PICTURES[1, :, 0, :2]}}).axes[0].collections
    assert len(clouds[0].get_facecolor()) and not len(clouds[1].get_facecolor())


def test_differences_are_dots_with_the_interval_of_their_mean():
    fig = show.differences({"p": {"a": ([1, 2, 3], 0.5), "b": ([0, 0, 0], 0)}, "q": {"a": ([1, 1], 1), "b": ([2], 0)}},
                           title="t")
    lines = fig.axes[0].lines
    assert list(lines[0].get_xdata()) == [1.5, 2.5] and list(lines[1].get_xdata()) == [1, 2, 3]
    assert len(fig.axes) == 2 and fig.alt == "t. Panels: p, q. Rows: a, b"


def test_palette_survives_colour_blindness():
    """Any two colours differ in lightness or along the yellow-blue axis, which red-green blind people see."""
    colours = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in show.COLOURS])
    seen = np.stack([colours @ [0.3, 0.59, 0.11], colours @ [0.5, 0.5, -1]], 1)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[np.triu_indices(len(seen), 1)]
    assert apart.min() > 0.09


def test_truth_layers_have_colours():
    alpha = np.ones((2, 4, 4))
    alpha[:, 0] = 0
    depth = show.colour_depth(np.arange(32.0).reshape(2, 4, 4), alpha)
    assert depth[0, 0, 0] == 0 and depth[0, 1, 0] > depth[1, 3, 3] > 0
    assert np.allclose(show.colour_normals(np.ones((4, 4, 3)), np.ones((4, 4))), 1)
    assert len(np.unique(show.LABEL_COLOURS, axis=0)) == 8


def test_a_notebook_gets_the_picture_and_its_words(capsys):
    show.curve([1, 2, 3], title='Falling & "rising"')._ipython_display_()
    assert "[figure: Falling" in capsys.readouterr().out
    drawn = pixels(show.bars({"a": 1.0}, title="Title"))
    assert drawn.shape[2] == 3 and 0 < (drawn < 0.5).mean() < 0.5


def test_show_source_names_the_place():
    shown = show.show_source(show.colour_normals)
    assert repr(shown).startswith("# course_lib/show/colours.py, line") and "def colour_normals" in repr(shown)
    assert "colour_normals" in shown._repr_html_() and "<span" in shown._repr_html_()
