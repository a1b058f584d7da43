"""The pictures of the README, drawn into docs/: `make pictures`, or one of them: `make pictures ARGS=swap`."""
import io
import sys
from dataclasses import replace
from pathlib import Path

from matplotlib.image import imread

from course_lib import show
from course_lib.cast import Expression, Lighting, Pose, Scene, people, random_scene, render
from course_lib.checkpoints import load
from course_lib.faces import faceset_from_frames
from course_lib.media import write_image
from course_lib.models.autoencoder import swap_faces

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURE = 192  # side of a rendered picture, pixels
LOOK = Scene(expression=Expression(smile=0.55, jaw=0.25), pose=Pose(yaw=0.38, pitch=-0.05), lighting=Lighting())
SCENES = range(220_000, 220_008)  # scenes that no training saw


def cast_picture():
    """Draw the named cast, each in a scene of their own.

    Returns:
        show.Picture.
    """
    cast = people()
    scenes = [random_scene(k, wild=0.6) for k in range(len(cast))]
    scenes = [replace(s, expression=replace(s.expression, blink_left=0.0, blink_right=0.0)) for s in scenes]
    frames = render(list(cast.values()), scenes, size=PICTURE, supersample=2)
    return show.grid(frames.rgb, list(cast), cols=6, title="The cast: twelve people who do not exist")


def truth_picture():
    """Draw one picture beside the exact truth about it.

    Returns:
        show.Picture.
    """
    name, person = next(iter(people().items()))
    f = render(person, LOOK, size=PICTURE, supersample=2)
    images = [f.rgb[0], show.colour_depth(f.depth[0], f.alpha[0]), show.colour_normals(f.normals[0], f.alpha[0]),
              show.colour_labels(f.labels[0]), f.rgb[0]]
    titles = ["picture", "depth", "normals", "parts", "landmarks"]
    points = [None, None, None, None, f.landmarks[0]]
    return show.grid(images, titles, cols=5, points=points, title=f"{name}, and the exact truth about the picture")


def swap_picture(a="Jamal", b="Kavya"):
    """Draw A's faces, the same swapped into B by the shipped checkpoints, and the truth.

    Args:
        a, b: names of the cast.
    Returns:
        show.Picture.
    """
    cast, scenes = people(), [random_scene(seed, wild=0.8) for seed in SCENES]
    source, truth = (faceset_from_frames(render(cast[name], scenes, size=PICTURE)) for name in (a, b))
    swapped = swap_faces(load("shared_encoder"), load(f"decoder_{b.lower()}"), source.images, source.masks)
    rows = {f"{a}": source.images, f"{a} as {b}": swapped, f"{b}, the truth": truth.images}
    return show.strip(rows, title=f"{a}'s pose and expression on {b}'s face: a swap, and what a perfect one would be")


DRAW = {"cast": cast_picture, "truth": truth_picture, "swap": swap_picture}
SCREENSHOT = Path(__file__).resolve().parents[2] / "build" / "screenshots" / "00_start_here_1_laptop.png"
SCREENSHOT_ALT = "Lesson 00 in JupyterLab: the cast studio, a face beside its sliders"


def main(names):
    """Draw pictures, labelled and marked as everything that the course writes.

    Args:
        names: of DRAW, or "screenshot", which the tests in the browser took of lesson 00; all of DRAW when empty.
    """
    for name in names or DRAW:
        if name == "screenshot":
            data, alt = SCREENSHOT.read_bytes(), SCREENSHOT_ALT
        else:
            figure = DRAW[name]()
            data, alt = figure.png(dpi=110), figure.alt
        path = write_image(DOCS / f"{name}.png", imread(io.BytesIO(data))[..., :3], what=alt,
                           how="course_lib.publishing.readme_pictures")
        print(f"{path}: {alt}")


if __name__ == "__main__":
    main(sys.argv[1:])
