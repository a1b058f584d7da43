"""The cast studio: one person, one scene, every slider live. Lesson 00.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook; `Studio()` puts it behind sliders.
"""
import re
import time
from dataclasses import dataclass, replace

import cv2
import ipywidgets as w
import numpy as np

from course_lib import cast, media, profile, show

from .view import View, slider

LAYERS = ("picture", "labels", "depth", "normals")
SHOWN = 384  # pixels a side on the page
# the sliders: fields of the cast's records; "blink" drives both eyes
SLIDERS = {
    "identity": ("age", "skin", "face_w", "jaw_w", "eye_size", "nose_l", "nose_w", "mouth_w", "hair_long", "glasses"),
    "expression": ("jaw", "smile", "pucker", "brow", "frown", "blink", "gaze_x", "gaze_y", "teeth"),
    "pose": ("yaw", "pitch", "roll"),
    "light": ("azimuth", "elevation", "intensity", "warmth", "fill", "ambient"),
}
RECORDS = {"identity": cast.Person, "expression": cast.Expression, "pose": cast.Pose, "light": cast.Lighting}
RANDOM = "a random person"


@dataclass(frozen=True)
class State:
    """What the studio shows.

    Args:
        person: a cast.Person.
        scene: a cast.Scene.
        layer: one of LAYERS.
        landmarks: whether they are drawn, hollow where hidden.
        size: rendered pixels a side, even, 32 to 384; the picture is shown at 384.
    """

    person: cast.Person = cast.Person()
    scene: cast.Scene = cast.Scene()
    layer: str = "picture"
    landmarks: bool = False
    size: int = 128

    def __post_init__(self):
        if self.layer not in LAYERS:
            raise ValueError(f"layer={self.layer!r}: expected one of {', '.join(LAYERS)}")


def render(state):
    """Draw the studio's picture.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG, 384 x 384.
    """
    frames = cast.render(state.person, state.scene, size=state.size)
    image = {
        "picture": lambda: frames.rgb[0],
        "labels": lambda: show.colour_labels(frames.labels[0]),
        "depth": lambda: show.colour_depth(frames.depth[0], frames.alpha[0])[..., None].repeat(3, -1),
        "normals": lambda: show.colour_normals(frames.normals[0], frames.alpha[0]),
    }[state.layer]()
    interpolation = cv2.INTER_NEAREST if state.layer == "labels" else cv2.INTER_CUBIC
    image = (np.clip(cv2.resize(image, (SHOWN, SHOWN), interpolation=interpolation), 0, 1) * 255 + 0.5).astype(np.uint8)
    if state.landmarks:
        points = (np.concatenate([frames.landmarks[0], frames.pupils[0]]) + 0.5) * SHOWN / state.size
        for point, visible in zip(points, [*frames.landmarks_visible[0], *frames.pupils_visible[0]], strict=True):
            at = tuple(int(round(v)) for v in point)
            cv2.circle(image, at, 4, (255, 255, 255), -1 if visible else 1, cv2.LINE_AA)
            if visible:
                cv2.circle(image, at, 2, (0, 114, 178), -1, cv2.LINE_AA)
    return cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


class Studio(View):
    """The view: `controls` holds every slider by name, `image` the picture, `state()` what is shown.

    Args:
        size: pixels that are rendered while you drag; 128 is quick on two cores.
    """

    alt, strip = "a person of the cast, as the controls describe it", ("yaw", (-0.6, 0.0, 0.6))

    def __init__(self, size=128):
        self.size, self.people = size, cast.people()
        controls = {
            "person": w.Dropdown(options=[*self.people, RANDOM], description="person"),
            "seed": slider("seed", 0, 0, 999, 1, "seed of the random person", disabled=True),
            "layer": w.ToggleButtons(options=LAYERS, description="layer", style={"button_width": "84px"}),
            "landmarks": w.Checkbox(False, description="landmarks", indent=False),
        }
        for group, names in SLIDERS.items():
            controls |= {name: _slider(RECORDS[group], name) for name in names}
        self.save = w.Button(description="save a labelled picture", layout=w.Layout(width="200px"))
        self.save.on_click(lambda _: self.snapshot())
        super().__init__(render, controls, width=SHOWN,
                         notice="The first picture takes about ten seconds: the renderer is being loaded.")
        self._set_identity()

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        part = self.controls
        tabs = w.Tab([w.VBox([part[n] for n in names]) for names in SLIDERS.values()], titles=list(SLIDERS))
        side = [w.HBox([part["person"], part["seed"]]), part["layer"], part["landmarks"], tabs, self.save]
        return [w.HBox([w.VBox([self.image, self.status]), w.VBox(side)])]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        value = {name: control.value for name, control in self.controls.items()}
        pick = {group: {n: value[n] for n in names} for group, names in SLIDERS.items()}
        blink = pick["expression"].pop("blink")
        expression = cast.Expression(**pick["expression"], blink_left=blink, blink_right=blink)
        scene = cast.Scene(expression, cast.Pose(**pick["pose"]), cast.Lighting(**pick["light"]))
        person = replace(self._chosen(), **pick["identity"])
        return State(person, scene, value["layer"], value["landmarks"], self.size)

    def snapshot(self):
        """Save the picture, labelled and marked, with its manifest, in the course's cache.

        Returns:
            Its Path.
        """
        state = self.state()
        folder = profile.cache_dir() / "studio"
        name = re.sub(r"\W+", "_", str(self.controls["person"].value)).lower()
        path = folder / f"{name}_{time.strftime('%Y%m%d_%H%M%S')}.png"
        image = cast.render(state.person, state.scene, size=SHOWN).rgb[0]
        parameters = dict(zip(cast.NAMES, cast.to_vector(state.person, state.scene).tolist(), strict=True))
        media.write_image(path, image, what="a rendered person of the cast", how="cast.render", parameters=parameters)
        self.status.value = f"saved, with its manifest, as {path}"
        return path

    def _chosen(self):
        name = self.controls["person"].value
        return cast.random_person(self.controls["seed"].value) if name == RANDOM else self.people[name]

    def follow(self, change):
        """Set the sliders of identity after another person is chosen.

        Args:
            change: what ipywidgets gives to observers.
        """
        if change.owner in (self.controls["person"], self.controls["seed"]):
            self.controls["seed"].disabled = self.controls["person"].value != RANDOM
            self._set_identity()

    def _set_identity(self):
        person = self._chosen()
        for name in SLIDERS["identity"]:
            self.controls[name].value = getattr(person, name)


def _slider(record, name):
    field = "blink_left" if name == "blink" else name
    low, high, what = {n: rest for n, *rest in cast.describe(record)}[field]
    what = "closing of both eyes" if name == "blink" else what
    return slider(name, getattr(record(), field), low, high, (high - low) / 100, what)
