"""A swap trained on two people's own footage, into one folder that can be taken up again. Lesson 16."""
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from course_lib import checkpoints, media
from course_lib.metrics.image import face_psnr
from course_lib.models.autoencoder import code_discriminator, cut_out, swap_autoencoder
from course_lib.profile import current, device
from course_lib.provenance import manifest
from course_lib.training import fit
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy, precision
from course_lib.training.swap_batches import BATCH, batches
from course_lib.training.swap_trainer import SwapTrainer

from .footage import Footage, close

WIDTH, LEARNING_RATE, BETAS = 32, 5e-5, (0.5, 0.999)
ALIGNMENT, DISCRIMINATOR_RATE = 0.1, 1e-3  # lambda and learning rate of lesson 02's code alignment
PRETRAINED = "swap_from_scratch"
SHOWN = 6  # held-out faces of each person in the preview
RUN, WEIGHTS, NOTE, PREVIEW = "run.npz", "swap.npz", "swap.json", "preview.png"


@dataclass(frozen=True)
class Sets:
    """Two people's faces on grey, A's with the mean colour of B's skin.

    Args:
        a, b: training faces f32 [N, 128, 128, 3], cut wide for the warp.
        test_a, test_b: held-out faces f32 [M, 64, 64, 3], as the encoder takes them.
        masks_a, masks_b: of the held-out faces, f32 [M, 64, 64].
        tone: f32 [3], what was added to A's colours.
    """

    a: np.ndarray
    b: np.ndarray
    test_a: np.ndarray
    test_b: np.ndarray
    masks_a: np.ndarray
    masks_b: np.ndarray
    tone: np.ndarray


def prepare(a: Footage, b: Footage):
    """The faces as the network takes them: on grey, and with one mean colour.

    Args:
        a, b: footage.collect of both people.
    Returns:
        Sets.
    Lesson 16.
    """
    tone = (skin_colour(b.train) - skin_colour(a.train)).astype(np.float32)
    new_a, new_b = close(a.test), close(b.test)
    return Sets(cut_out(np.clip(a.train.images + tone, 0, 1), a.train.masks), cut_out(b.train.images, b.train.masks),
                cut_out(np.clip(new_a.images + tone, 0, 1), new_a.masks), cut_out(new_b.images, new_b.masks),
                new_a.masks, new_b.masks, tone)


def skin_colour(faceset):
    """The mean colour inside the masks; a background would shift the mean of whole crops.

    Args:
        faceset: FaceSet.
    Returns:
        f64 [3].
    """
    weight = faceset.masks[..., None]
    return (faceset.images * weight).sum((0, 1, 2), np.float64) / weight.sum(dtype=np.float64)


def trainer(aligned=True, pretrained=True, width=WIDTH, seed=0):
    """The original network, ready for training.

    Args:
        aligned: whether a discriminator aligns the codes of both people.
        pretrained: whether it starts from the shipped network of two people of the cast instead of random weights.
        width: see models.autoencoder.swap_autoencoder; 32 where it is pretrained.
        seed: of the random weights.
    Returns:
        training.swap_trainer.SwapTrainer.
    Raises:
        ValueError: for another width with pretrained weights.
    Lesson 16.
    """
    if pretrained and width != WIDTH:
        raise ValueError(f"the pretrained network has width {WIDTH}, not {width}: give pretrained=False with it")
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        model = swap_autoencoder(width)
        discriminator = code_discriminator(8 * width) if aligned else None
    if pretrained:
        model.set_weights([w.astype("float32") for w in checkpoints.load(PRETRAINED).get_weights()])
    return SwapTrainer(model, keras.optimizers.Adam(LEARNING_RATE, *BETAS), discriminator,
                       keras.optimizers.Adam(DISCRIMINATOR_RATE, 0.5), ALIGNMENT)


def held_out(swap, sets):
    """How well each decoder reconstructs its own person's held-out faces: all that the loss can tell.

    Args:
        swap: SwapTrainer.
        sets: Sets.
    Returns:
        {"a": face PSNR of A through decoder A, "b": of B through decoder B, dB}.
    Lesson 16.
    """
    own = swap.model.predict_on_batch([_rows(sets.test_a, len(sets.test_b)), _rows(sets.test_b, len(sets.test_a))])
    found = {}
    for name, drawn, truth, masks in zip("ab", own, (sets.test_a, sets.test_b), (sets.masks_a, sets.masks_b),
                                         strict=True):
        drawn = np.clip(np.float32(drawn)[:len(truth)], 0, 1)
        found[name] = round(float(face_psnr(drawn, truth, masks).mean()), 3)
    return found


def _rows(images, count):
    """At least `count` rows: the network takes as many faces of both people."""
    return np.resize(images, (max(count, len(images)), *images.shape[1:]))


def preview(swap, sets, shown=SHOWN):
    """A sheet: A's held-out faces, reconstructed, and with B's face; then B's, reconstructed, and with A's.

    Args:
        swap: SwapTrainer.
        sets: Sets.
        shown: how many faces of each.
    Returns:
        f32 [384, 64 shown, 3] in [0, 1].
    Lesson 16.
    """
    rows = []
    for faces, own, other in ((sets.test_a, 0, 1), (sets.test_b, 1, 0)):
        chosen = faces[np.linspace(0, len(faces) - 1, shown).astype(int)]
        _, features = swap.encode(chosen)
        rows += [chosen, *(np.float32(swap.decoders[k](features)) for k in (own, other))]
    return np.concatenate([np.concatenate(list(row), 1) for row in rows]).clip(0, 1)


def train_swap(a: Footage, b: Footage, folder, *, seconds=None, steps=None, aligned=True, pretrained=True, width=WIDTH,
               batch=BATCH, look_every=30.0, quiet=False):
    """Trains a swap of two people, or trains the one in a folder further.

    The folder then holds run.npz (to go on from), swap.npz and swap.json (what `load_swap` takes), and preview.png,
    which is drawn anew while it trains. An interrupt keeps all that was learned.

    Args:
        a, b: footage.collect of both people.
        folder: Path; made where it is absent.
        seconds, steps: of this call; earlier calls in the folder are not counted.
        aligned, pretrained, width: as for `trainer`.
        batch: images of each person in a step, even.
        look_every: seconds between two previews.
        quiet: prints nothing.
    Returns:
        training.History of all calls.
    Raises:
        ValueError: when the folder holds another pair or another kind of network, or nothing says how long to train.
        OSError: when the folder cannot be written.
    Lesson 16.
    """
    if seconds is None and steps is None or seconds is not None and seconds <= 0 or steps is not None and steps < 1:
        raise ValueError(f"seconds={seconds}, steps={steps}: train_swap needs a budget above 0 in one of them, or both")
    folder, seed = Path(folder), current().seed
    about = {"a": _about(a), "b": _about(b), "width": width, "aligned": aligned, "pretrained": pretrained}
    _same_job(folder, about)
    folder.mkdir(parents=True, exist_ok=True)
    sets, swap, run = prepare(a, b), trainer(aligned, pretrained, width, seed), folder / RUN
    done, spent = 0, 0.0
    if run.is_file():
        before = load_run(run, swap)
        done, spent = len(before.steps), before.seconds
    note = {**about, "tone": sets.tone.tolist()}
    _write(folder, swap, {**note, "steps": done})

    def look(swap):
        _show(folder, swap, sets, a, b)
        return held_out(swap, sets)

    history = fit(swap, batches(sets.a, sets.b, seed, done, batch), checkpoint=run, resume=True, quiet=quiet,
                  seconds=None if seconds is None else spent + seconds, steps=None if steps is None else done + steps,
                  validation=look, validate_every=look_every, preview=lambda swap: preview(swap, sets))
    last = {who: history.validation[-1][who] for who in "ab"} if history.validation else None
    _write(folder, swap, {**note, "steps": len(history.steps), "seconds": round(history.seconds), "device": device(),
                          "held_out_psnr": last})
    return history


def _about(footage):
    """What the note says of one person: the purpose, expiry and hash of the consent, and not the name."""
    return {"faces": len(footage.train), "sha256": footage.sha256, "purpose": footage.consent.purpose,
            "expiry": str(footage.consent.expiry), "consent_sha256": footage.consent.sha256}


def _same_job(folder, about):
    note = folder / NOTE
    if not note.is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise ValueError(f"{folder} holds files, but no {NOTE}: give a new or empty folder for the swap")
        return
    known = json.loads(note.read_text(encoding="utf-8"))
    for who in "ab":
        if known[who]["sha256"] != about[who]["sha256"]:
            raise ValueError(f"{folder} holds a swap that was trained on other footage of {who.upper()}: give a new "
                             "folder, or the same footage to train it further")
    for name in ("width", "aligned", "pretrained"):
        if known[name] != about[name]:
            raise ValueError(f"{folder} holds a swap with {name}={known[name]}, not {about[name]}: give a new folder, "
                             "or the same option to train it further")


def _show(folder, swap, sets, a, b):
    """Writes the preview, labelled and with its manifest like everything that shows a made face."""
    media.write_image(folder / PREVIEW, preview(swap, sets), what="two people's faces, as they are and exchanged",
                      how="pipelines.train_swap", consent=a.consent, parameters={"a": _about(a), "b": _about(b)})


def _write(folder, swap, note):
    """Writes weights and note, each whole or not at all; the note names the hash of the weights."""
    weights = [np.asarray(w, np.float32) for w in swap.model.get_weights()]
    part = folder / f".{WEIGHTS}.{secrets.token_hex(4)}.part"
    try:
        with part.open("wb") as file:
            np.savez(file, *weights)
        digest = manifest.sha256(part)
        part.replace(folder / WEIGHTS)
        part.write_text(json.dumps({**note, "weights_sha256": digest}, indent=1), encoding="utf-8")
        part.replace(folder / NOTE)
    finally:
        part.unlink(missing_ok=True)
