"""The loss explorer: choose the weights of a swap's losses, and see the result of the nearest stored run. Lesson 05.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook; `LossExplorer()` puts it behind
sliders. Nothing is trained here: the runs are those of datasets/runs/faceswap_gan.json.
"""
from dataclasses import asdict, dataclass, field

import ipywidgets as w
import numpy as np

from course_lib.experiments.faceswap_ablation import read
from course_lib.show import decode_sheet
from course_lib.training.faceswap import Weights

from .drawing import GREY, PALETTE, Canvas
from .view import View

LOSSES = {  # slider -> (the field of Weights, its tooltip)
    "pixels": ("colour", "mean absolute error of the decoder's colour"),
    "whole image": ("whole", "mean absolute error of the composite; published 0, so this is the weight itself"),
    "eyes": ("eyes", "how much more the pixels of the eyes count"),
    "adversarial": ("adversarial", "loss from the discriminator, on composite and colour"),
    "perceptual": ("perceptual", "distance of features of a face network at four depths"),
    "edge": ("edge", "difference in the strength of edges"),
    "hinge": ("hinge", "raises a mask that is too small"),
    "small": ("small", "mean of the mask, while the hinge is off"),
}
NUMBERS = {  # name -> (its key in a run, format, whether more is better)
    "face PSNR, dB": ("psnr", "{:.2f}", True), "SSIM": ("ssim", "{:.3f}", True),
    "perceptual distance": ("perceptual", "{:.3f}", False), "edge error": ("edges", "{:.4f}", False),
    "sharpness (truth 1)": ("sharpness", "{:.2f}", None), "likeness to B": ("likeness", "{:.3f}", True)}
SIDE, LEFT, TOP, GAIN = 92, 104, 44, 3  # pixels of a face, of the names, above; factor of differences


@dataclass(frozen=True, eq=False)
class State:
    """What the explorer shows.

    Args:
        record: what experiments.faceswap_ablation.read returns.
        pixels, eyes, adversarial, perceptual, edge, hinge, small: multiples of the published weights.
        whole: the weight of the composite's error.
        seed: which run, where there are several.
    Raises:
        ValueError: for weights below 0, or a record without runs that have weights.
    """

    record: dict = field(repr=False)
    pixels: float = 1.0
    whole: float = 1.0
    eyes: float = 1.0
    adversarial: float = 1.0
    perceptual: float = 1.0
    edge: float = 1.0
    hinge: float = 1.0
    small: float = 1.0
    seed: int = 0

    def __post_init__(self):
        if not weighted_runs(self.record):
            raise ValueError("the record holds no runs with weights: make them with "
                             "`python -m course_lib.experiments.faceswap_ablation`")
        if min(self.wanted) < 0:
            raise ValueError(f"weights {self.wanted}: each is at least 0, in multiples of the published one")

    @property
    def wanted(self):
        """The multiples in the order of LOSSES."""
        return tuple(getattr(self, name.split()[0]) for name in LOSSES)


def weighted_runs(record):
    """Select the runs that were trained with Weights (dfaker's was not).

    Args:
        record: the stored runs.
    Returns:
        List of runs.
    """
    return [run for run in record["runs"] if run.get("weights")]


def multiples(weights):
    """Divide a run's weights by the published ones; a published 0 counts as 1.

    Args:
        weights: a run's, a dict.
    Returns:
        f64 [8], in the order of LOSSES.
    """
    published = asdict(Weights())
    return np.array([np.mean(np.divide(weights[key], published[key] or 1.0)) for key, _ in LOSSES.values()]).round(3)


def nearest(state):
    """Find the stored run with the nearest weights; the seed decides between equally near ones.

    Distances are summed over log10(1 + 10 x) of the multiples x, so that 0 and 1 are about as far apart as 1 and 10.

    Args:
        state: a State.
    Returns:
        (run, its distance: 0 where it has exactly these weights).
    """
    def order(run):
        difference = np.log10(1 + 10 * multiples(run["weights"])) - np.log10(1 + 10 * np.array(state.wanted))
        return round(float(np.abs(difference).sum()), 6), abs(run["seed"] - state.seed)

    run = min(weighted_runs(state.record), key=order)
    return run, order(run)[0]


def faces(part, name):
    """Decode a sheet of faces.

    Args:
        part: a run, or another part of the record.
        name: of the sheet.
    Returns:
        f32 [N, S, S, 3].
    """
    sheet = decode_sheet(part[name])
    side = sheet.shape[0]
    return sheet.reshape(side, -1, side, 3).swapaxes(0, 1)


def render(state):
    """Draw input, result, mask, difference to the truth and truth of held-out faces, and the scores beside lesson 02's.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    (run, distance), record = nearest(state), state.record
    result, truth, mask = faces(run, "sheet"), faces(record["truth"], "sheet"), faces(record["truth"], "masks")
    rows = {"the input": faces(record["source"], "sheet"), "the result": result, "its mask": faces(run, "masks"),
            f"difference, x{GAIN}": mask * np.abs(result - truth) * GAIN, "the truth": truth}
    page = Canvas(LEFT + len(truth) * SIDE + 330, TOP + len(rows) * SIDE + 6)
    exact = "" if not distance else "   (nearest to what you chose)"
    page.text((10, 12), f"Stored run: {run['stage']}, seed {run['seed']}{exact}", 17, bold=True)
    for r, (name, images) in enumerate(rows.items()):
        for k, word in enumerate(name.replace(", ", ",\n").split("\n")):
            page.text((LEFT - 8, TOP + (r + 0.5) * SIDE + 16 * k), word, 12, anchor="rm")
        for k, image in enumerate(images):
            page.picture((LEFT + k * SIDE, TOP + r * SIDE), image, SIDE)
    _table(page, LEFT + len(truth) * SIDE + 20, state, run)
    return page.png()


def _table(page, x, state, run):
    right, y = (x + 220, x + 300), TOP + 8
    page.text((x, y), "times the published weight", 12, GREY)
    for name, chosen, stored in zip(LOSSES, state.wanted, multiples(run["weights"]), strict=True):
        y += 20
        text = f"{stored:g}" if np.isclose(stored, chosen) else f"{chosen:g}, this run {stored:g}"
        page.text((x, y), name, 13)
        page.text((right[1], y), text, 13, bold=True, anchor="ra")
    y += 40
    for at, title in zip(right, ("this run", "lesson 02"), strict=True):
        page.text((at, y), title, 12, GREY, anchor="ra")
    before = state.record["lesson 02"]["picture"]
    for name, (key, template, more) in NUMBERS.items():
        y += 22
        now, then = run["picture"][key], before[key]
        better = abs(now - 1) < abs(then - 1) if more is None else now > then if more else now < then
        page.text((x, y), name, 13)
        page.text((right[0], y), template.format(now), 13, bold=better, anchor="ra")
        page.text((right[1], y), template.format(then), 13, bold=not better and now != then, anchor="ra")
    y += 22
    page.text((x, y), "mask IoU", 13)
    for at, part in zip(right, (run, state.record["lesson 02"]), strict=True):
        page.text((at, y), f"{part['mask IoU']:.3f}", 13, anchor="ra")
    page.text((x, y + 26), "bold: nearer to the truth", 12, GREY)
    if run.get("verdict"):
        page.text((x, y + 56), "This run collapsed:", 14, PALETTE["red"], bold=True)
        page.text((x, y + 76), run["verdict"], 13, PALETTE["red"], bold=True)


class LossExplorer(View):
    """The view: `controls` holds a slider for each of LOSSES and one for the seed.

    Args:
        record: as for State; the stored runs when left out.
    """

    alt = "a swap trained with the chosen losses: input, result, mask, difference from the truth, and numbers"

    def __init__(self, record=None):
        self.record = record or read()
        runs = weighted_runs(self.record)
        stored = np.array([multiples(run["weights"]) for run in runs])
        size = dict(layout=w.Layout(width="300px"), style={"description_width": "90px"})
        controls = {}
        for (name, (_, tooltip)), column in zip(LOSSES.items(), stored.T, strict=True):
            options = [(f"x {t:g}", t) for t in np.unique([*column, 1.0]).tolist()]
            controls[name.split()[0]] = w.SelectionSlider(options=options, value=1.0, description=name,
                                                          tooltip=tooltip, **size)
        seeds = sorted({run["seed"] for run in runs})
        controls["seed"] = w.SelectionSlider(options=seeds, value=seeds[0], description="seed", **size)
        self.strip = ("adversarial", tuple(np.unique(stored[:, list(LOSSES).index("adversarial")])[[0, -1]].tolist()))
        super().__init__(render, controls)
        self.follow(None)

    def follow(self, change):
        """Disable the seed where the nearest run has only one.

        Args:
            change: what ipywidgets gives to observers.
        """
        same = multiples(nearest(self.state())[0]["weights"])
        seeds = {run["seed"] for run in weighted_runs(self.record) if np.array_equal(multiples(run["weights"]), same)}
        self.controls["seed"].disabled = len(seeds) < 2

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        sliders = list(self.controls.values())
        return [w.HBox(sliders[k:k + 3]) for k in range(0, len(sliders), 3)] + [self.image, self.status]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.record, **self.values())
