"""A mouth found in old frames against a mouth that is drawn: `python -m course_lib.experiments.mouth_texture`.

The same person, footage and wanted lips; only what turns lips into pixels differs. Stored in
datasets/runs/mouth_texture.json; about five minutes on 2 idle cores. Lesson 08.
"""
import argparse
import json

import keras
import numpy as np

from course_lib import audio, cast
from course_lib.blending.mouth_texture import mouth_textures
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import render_cached
from course_lib.data.sentences import sentence
from course_lib.data.spoken import FPS, address, with_mouth
from course_lib.faces import align
from course_lib.faces.lips import head_place, lip_shape
from course_lib.metrics.lipsync import mouth_texture
from course_lib.models.lip_sync import mouth_decoder
from course_lib.profile import cache_dir
from course_lib.show import encode_sheet, image_sheet
from course_lib.training.fit import cosine, fit
from course_lib.training.precision import fast_policy, precision
from course_lib.training.sync_expert import in_float32

FILE = DATASETS / "runs" / "mouth_texture.json"
NAME, SIZE, SIDE, SECONDS = "Ada", 96, 64, 24.0
TEXT = "Nobody has ever spoken this sentence."
BOX = (slice(36, 60), slice(17, 47))  # the mouth in a crop
STEPS, BATCH, LEARNING_RATE, COUNTS, SHOWN = 1500, 32, 1e-3, (1, 6, 25), slice(6, 46, 5)


def read():
    """Reads the stored comparison.

    Returns:
        {"settings": dict, "rows": {name: {"sharpness", "flicker" (both relative to the truth), "psnr" (dB)}}, "sheet":
        text of show.encode_sheet, one row of eight faces for the truth and each of the rows}.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def footage():
    """Old crops of the person, the new ones that are wanted, and the codes of both.

    Returns:
        (crops f32 [N, 64, 64, 3], codes f32 [N, 38], truth f32 [T, 64, 64, 3], wanted codes f32 [T, 38]): 36 lip
        numbers and 2 of head_place.
    Lesson 08.
    """
    person, rng = cast.people()[NAME], np.random.default_rng(8)
    words = " ".join(sentence(rng) + "." for _ in range(12))
    scenes = address(person, audio.fitted(audio.say(words, NAME), SECONDS), seed=3)
    new = audio.say(TEXT, NAME)
    count = int(len(new.samples) / new.rate * FPS)
    old = render_cached(person, scenes, size=SIZE)
    wanted = render_cached(person, with_mouth(scenes[:count], audio.mouth(new.phones, np.arange(count) / FPS)), SIZE)
    crop = lambda frames: np.stack([align(image, points, SIDE).image  # noqa: E731
                                    for image, points in zip(frames.rgb, old.landmarks, strict=False)])
    code = lambda frames, n: np.c_[lip_shape(frames.landmarks), head_place(old.landmarks[:n])]  # noqa: E731
    return crop(old), code(old, len(scenes)).astype(np.float32), crop(wanted), code(wanted, count).astype(np.float32)


def draw(crops, codes, wanted, steps=STEPS, **options):
    """Trains a mouth_decoder on all old crops, and draws what is wanted.

    Args:
        crops, codes, wanted: of footage.
        steps: of training.
        options: of training.fit.
    Returns:
        (f32 [T, 64, 64, 3], the model, History).
    Lesson 08.
    """
    mean, scale = codes.mean(0), codes.std(0) + 1e-3
    rng = np.random.default_rng(8)

    def batches():
        while True:
            rows = rng.integers(len(crops), size=BATCH)
            yield (codes[rows] - mean) / scale, crops[rows]

    keras.utils.set_random_seed(8)
    with precision(fast_policy()):
        model = mouth_decoder(codes.shape[-1])
    model.compile(keras.optimizers.Adam(LEARNING_RATE), "mae", jit_compile=False)
    history = fit(model, batches(), steps=steps, learning_rate=cosine(LEARNING_RATE), **options)
    exact = in_float32(model, lambda: mouth_decoder(codes.shape[-1]))
    return exact.predict((wanted - mean) / scale, verbose=0), exact, history


def main():
    """Makes the mouths, and stores what they measure."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    crops, codes, truth, wanted = footage()
    made = {f"median of {n}" if n > 1 else "nearest frame": mouth_textures(crops, codes, wanted, n) for n in COUNTS}
    made["mean of 25"] = mouth_textures(crops, codes, wanted, 25, mean=True)
    made["decoder"], model, history = draw(crops, codes, wanted, checkpoint=cache_dir() / "mouth_texture" / "run.npz",
                                           resume=True)
    if history.stopped == "interrupted":
        return
    shown = np.concatenate([x[SHOWN] for x in (truth, *made.values())])
    record = {"settings": {"frames": len(crops), "wanted": len(wanted), "steps": len(history.steps), "batch": BATCH,
                           "parameters": model.count_params(), "minutes": round(history.seconds / 60, 1)},
              "rows": {name: mouth_texture(faces, truth, BOX) for name, faces in made.items()},
              "sheet": encode_sheet(image_sheet(shown, columns=8))}
    print(record["settings"], record["rows"])
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
