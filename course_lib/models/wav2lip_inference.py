"""Wav2Lip on a clip: the shipped networks, which sound each frame hears, and the masked input. Lesson 08."""
import numpy as np

from course_lib.checkpoints import load
from course_lib.models.full_precision import rebuilt_in_float32
from course_lib.models.lip_sync import ROWS, SIDE, sync_expert, wav2lip

EARLIER = 2  # frames: a frame's fifth of a second of sound begins so much before it, so that it lies in the middle


def shipped_wav2lip():
    """The shipped generator, in float32; its file holds float16.

    Returns:
        models.lip_sync.wav2lip.
    Raises:
        CheckpointError: When the file is missing or damaged.
    Lesson 08.
    """
    return rebuilt_in_float32(load("wav2lip"), wav2lip)


def shipped_expert(name="sync_expert_independent"):
    """A shipped sync expert, in float32, whatever its file holds.

    Args:
        name: sync_expert, which is in the generator's loss, sync_expert_contrastive, or sync_expert_independent.
    Returns:
        models.lip_sync.sync_expert.
    Raises:
        CheckpointError: When the file is missing or damaged.
    Lesson 08.
    """
    return rebuilt_in_float32(load(name), sync_expert)


def sound_windows(mel, count, earlier=EARLIER):
    """The sound that each frame hears.

    Args:
        mel: f32 [R, 40], four rows for each frame.
        count: frames.
        earlier: frames by which a window begins before its frame.
    Returns:
        f32 [count, 20, 40, 1]; before the beginning and after the end the border is repeated.
    Lesson 08.
    """
    rows = 4 * (np.arange(count)[:, None] - earlier) + np.arange(ROWS)
    return np.asarray(mel, np.float32)[np.clip(rows, 0, len(mel) - 1)][..., None]


def speak(model, faces, references, mel, batch=64):
    """Gives a clip of aligned faces the mouths of a sound.

    Args:
        model: models.lip_sync.wav2lip.
        faces: f32 RGB [T, 64, 64, 3] in [0, 1]; their lower halves are not looked at.
        references: of the same shape: other frames of the person, which show the mouth's colours.
        mel: f32 [4 T, 40].
        batch: frames in a pass.
    Returns:
        f32 [T, 64, 64, 3]: the upper halves as they were, the lower ones drawn.
    Lesson 08.
    """
    masked = np.array(faces, np.float32)
    masked[:, SIDE // 2:] = 0
    made = model.predict([np.concatenate([masked, references], -1), sound_windows(mel, len(faces))],
                         batch_size=batch, verbose=0)
    made[:, :SIDE // 2] = faces[:, :SIDE // 2]
    return made
