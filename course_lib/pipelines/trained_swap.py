"""Uses a swap that `train_swap` left in a folder. Lesson 16."""
import datetime
import json
from pathlib import Path

import numpy as np

from course_lib.faults import in_words
from course_lib.provenance import consent, manifest

NOTE, WEIGHTS = "swap.json", "swap.npz"


def read_note(folder, today=None):
    """What a folder of train_swap says about its swap; without Keras.

    Args:
        folder: Path.
        today: datetime.date, by default the present day.
    Returns:
        dict of its swap.json.
    Raises:
        ConsentError: when the consent of one of both people has expired.
        ValueError: when the folder holds no swap, or a damaged one.
    Lesson 16.
    """
    folder, today = Path(folder), today or datetime.date.today()
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        days = {who: datetime.date.fromisoformat(note[who]["expiry"]) for who in "ab"}
        np.array(note["tone"], np.float32).reshape(3)
        whole = manifest.sha256(folder / WEIGHTS) == note["weights_sha256"]
    except FileNotFoundError:
        raise ValueError(f"{folder} holds no trained swap ({NOTE} and {WEIGHTS}): train one with "
                         f"`course train-swap A B -o {folder}`") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / NOTE} cannot be read ({in_words(error)}): train the swap again") from error
    if not whole:
        raise ValueError(f"{folder / WEIGHTS} is not the file that {NOTE} describes; was it stopped while it was "
                         "written? `course train-swap` with the same footage writes both again")
    for who, day in days.items():
        if day < today:
            raise consent.ConsentError(f"the consent of person {who.upper()} for the swap in {folder} expired on "
                                       f"{day}: ask them again, and train the swap again beside the new consent.toml")
    return note


def load_swap(folder, face="b"):
    """The function that swap_frames and swap_video take, for a swap of train_swap.

    Args:
        folder: Path.
        face: whose face is put in: "b" into footage of A, "a" into footage of B.
    Returns:
        A function of crops f32 [N, 64, 64, 3] and masks [N, 64, 64] that gives faces and where it created them.
    Raises:
        ConsentError, ValueError: as read_note, and for another `face`.
    Lesson 16.
    """
    if face not in ("a", "b"):
        raise ValueError(f"face is {face!r}; expected 'b' (B's face into footage of A) or 'a' (the other way)")
    note = read_note(folder)
    from course_lib.blending import masks
    from course_lib.models.autoencoder import cut_out, swap_autoencoder
    from course_lib.training.precision import precision

    with precision("float32"):
        model = swap_autoencoder(note["width"])
    with np.load(Path(folder) / WEIGHTS, allow_pickle=False) as file:
        model.set_weights([file[f"arr_{i}"] for i in range(len(file.files))])
    encoder, decoder, tone = model.get_layer("encoder"), model.get_layer(f"decoder_{face}"), np.float32(note["tone"])

    def swap(crops, inside):
        shifted = np.clip(crops + tone, 0, 1) if face == "b" else crops
        drawn = decoder.predict(encoder.predict(cut_out(shifted, inside), verbose=0), verbose=0)
        where = np.stack([masks.from_grey(image) for image in drawn])
        return (np.clip(drawn - tone, 0, 1) if face == "a" else drawn), where

    return swap
