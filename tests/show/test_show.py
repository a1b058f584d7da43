"""The figures: they show what was given, say it in words, and tell nothing by colour alone."""
import io

import numpy as np
import pytest
from PIL import Image
from skimage import color

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


def test_grid_draws_points_and_lines_within_the_image():
    line = np.float32([[2, 3], [40, 3]])  # leaves the image at the right
    ax = show.grid(PICTURES[:2], points=[line[:1], None], lines=[[line, line + 1], None]).axes[0]
    drawn = [artist.get_xydata() for artist in ax.lines]
    assert len(drawn) == 6 and all(any(np.array_equal(d, x) for d in drawn) for x in (line, line + 1, line[:1]))
    assert ax.get_xlim() == (-0.5, 11.5) and ax.get_ylim() == (15.5, -0.5)


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


def test_a_scatter_with_the_identity_has_one_scale_on_both_axes_and_the_line():
    ax = show.scatter({"p": {"a": [[0.0, 2.0], [4.0, 1.0]]}}, identity=True).axes[0]
    assert ax.get_xlim() == ax.get_ylim() and ax.get_xlim()[0] < 0 and ax.get_xlim()[1] > 4
    assert ax.lines[0].get_slope() is None and ax.lines[0].get_xy1()[0] == ax.lines[0].get_xy1()[1]
    assert not show.scatter({"p": {"a": [[0.0, 2.0]]}}).axes[0].lines


def test_several_runs_are_one_line_in_a_band():
    ax = show.curve({"a": [[0.0, 2.0], [4.0, 4.0]]}).axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [2, 3])
    band = ax.collections[0].get_paths()[0].vertices
    for x, low, high in ((0, 0, 4), (1, 2, 4)):
        at = band[band[:, 0] == x, 1]
        assert (at.min(), at.max()) == (low, high)


def test_bars_show_their_intervals_and_say_them():
    fig = show.bars({"a": 1.0, "b": -2.0}, intervals={"a": (0.5, 1.5), "b": (-3.0, -1.0)}, title="t")
    assert [list(line.get_xdata()) for line in fig.axes[0].lines] == [[0.5, 1.5], [-3.0, -1.0]]
    assert fig.alt == "t. a 1.0 (0.5 to 1.5), b -2.0 (-3.0 to -1.0)"


def test_differences_are_dots_with_the_interval_of_their_mean():
    fig = show.differences({"p": {"a": ([1, 2, 3], 0.5), "b": ([0, 0, 0], 0)}, "q": {"a": ([1, 1], 1), "b": ([2], 0)}},
                           title="t")
    lines = fig.axes[0].lines
    assert list(lines[0].get_xdata()) == [1.5, 2.5] and list(lines[1].get_xdata()) == [1, 2, 3]
    assert len(fig.axes) == 2 and fig.alt == "t. Panels: p, q. Rows: a, b"


# dichromats' colours from linear RGB: Machado, Oliveira and Fernandes 2009, severity 1
SIGHT = {
    "usual": np.eye(3),
    "protan": [(0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)],
    "deutan": [(0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)],
    "tritan": [(1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)],
}  # fmt: skip


def nearest(colours, sight):
    """The smallest CIEDE2000 difference of two of some sRGB colours [N, 3], as somebody with that sight sees them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(SIGHT[sight]), 0, 1)
    seen = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = color.rgb2lab(seen[None])[0]
    return color.deltaE_ciede2000(lab[:, None], lab[None])[np.triu_indices(len(lab), 1)].min()


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_differ_also_for_the_colour_blind(sight):
    palette = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in show.COLOURS])
    assert nearest(palette, sight) > 10 and nearest(show.LABEL_COLOURS.astype(float), sight) > 10


def test_red_and_green_of_one_lightness_are_confused():
    pair = np.array([(0.80, 0.35, 0.20), (0.50, 0.55, 0.10)])
    assert nearest(pair, "usual") > 30 and nearest(pair, "deutan") < 10


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


def test_a_heat_map_writes_every_number_and_says_the_ends(monkeypatch):
    monkeypatch.setattr("course_lib.show.tables.WORDS", 3)
    figure = show.heat_map([[0.1, 0.9], [np.nan, 0.5]], ["one", "two"], ["left", "right"], title="Title",
                           marked=[(0, 0)])
    assert {text.get_text() for text in figure.axes[0].texts} == {"0.10", "0.90", "0.50", "–"}
    assert "lowest 0.10 at one, left; highest 0.90 at one, right" in figure.alt
    with pytest.raises(ValueError, match="names for 1 rows"):
        show.heat_map([[0.1], [0.2]], ["one"], ["left"])
