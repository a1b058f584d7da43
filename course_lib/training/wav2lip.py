"""Training of Wav2Lip's generator against pixels and a frozen sync expert. Lesson 08."""

import keras
import numpy as np
from keras import ops

from course_lib.models.lip_sync import ROWS, SIDE, WINDOW, wav2lip

from .fit import cosine, fit
from .gradients import compiled, value_and_gradients
from .precision import fast_policy, precision
from .sync_expert import HALF, lower_half, stacked

SYNC_WEIGHT, SYNC_FROM = 0.01, 0.4  # of the expert in the loss (as published without discriminator), and from when on


def generator_windows(spoken, rng, clips=5):
    """Batches for the generator: windows of five frames with another frame of the clip and each frame's sound.

    The other frame lies 5 to 9 frames from each of them, before or after: the head is turned nearly as it is there, and
    the mouth says something else. (As published it is any frame; in use, it is the old frame itself.)

    Args:
        spoken: data.spoken.Spoken.
        rng: numpy Generator.
        clips: windows in a batch.
    Returns:
        Generator of (faces f32 [5 clips, 64, 64, 3], references of the same shape, mel f32 [5 clips, 20, 40, 1] that
        begins two frames before each frame, mel f32 [clips, 20, 40, 1] of each window for the expert).
    References:
        Prajwal et al. 2020, section 3.2.
    Lesson 08.
    """
    count = spoken.images.shape[1]
    while True:
        which = rng.integers(len(spoken), size=clips)[:, None]
        at = rng.integers(2, count - WINDOW - 2, size=clips)[:, None] + np.arange(WINDOW)
        faces = spoken.images[which, at].reshape(-1, SIDE, SIDE, 3).astype(np.float32) / 255
        before, after = at[:, :1] - WINDOW, at[:, -1:] + WINDOW
        other = np.where((rng.random((clips, 1)) < 0.5) & (after < count) | (before < 0), after, before)
        reference = spoken.images[which, other].repeat(WINDOW, 1).reshape(faces.shape).astype(np.float32) / 255
        heard = 4 * (at.reshape(-1, 1) - 2) + np.arange(ROWS)
        mel = spoken.mel[which.repeat(WINDOW, 0), heard][..., None]
        yield faces, reference, mel, spoken.mel[which, 4 * at[:, :1] + np.arange(ROWS)][..., None]


def masked(faces, reference):
    """The generator's picture input: the face without its lower half, and the reference.

    Args:
        faces, reference: f32 [N, 64, 64, 3].
    Returns:
        f32 [N, 64, 64, 6].
    Lesson 08.
    """
    upper = ops.concatenate([faces[:, :HALF], ops.zeros_like(faces[:, HALF:])], 1)
    return ops.concatenate([upper, reference], -1)


class GeneratorTrainer:
    """Trains Wav2Lip's generator against the pixels and a frozen sync expert (a trainer.Trainer).

    Args:
        model: models.lip_sync.wav2lip.
        expert: a trained sync expert, which does not learn here.
        learning_rate: Adam's.
    Attributes:
        parts: list of dicts, L1 of the lower half and sync loss at every step.
        sync: the weight of the expert; the rest is the pixels'.
    References:
        Prajwal et al. 2020, section 3.2, without the visual quality discriminator.
    Lesson 08.
    """

    def __init__(self, model, expert, learning_rate=1e-3):
        self.model, self.expert, self.parts = model, expert, []
        self.sync = keras.Variable(0.0, trainable=False, name="sync_weight")
        self.optimizer = keras.optimizers.Adam(learning_rate)
        self.optimizer.build(model.trainable_variables)
        self._compiled = compiled(self.update, [*self.variables, *expert.variables])

    def update(self, faces, reference, mel, window_mel):
        """One step.

        Args:
            faces, reference, mel, window_mel: what generator_windows yields.
        Returns:
            f32 [2]: L1 and sync loss.
        Lesson 08.
        """
        def loss():
            drawn = lower_half(self.model([masked(faces, reference), mel], training=True))
            pixels = ops.mean(ops.abs(drawn - lower_half(faces)))
            lips, sound = self.expert([stacked(ops.reshape(drawn, (-1, WINDOW, HALF, SIDE, 3))), window_mel],
                                      training=False)
            sync = -ops.mean(ops.log(ops.clip(ops.sum(lips * sound, -1), 1e-4, 1.0)))
            return (1 - self.sync) * pixels + self.sync * sync, ops.stack([pixels, sync])

        trained = self.model.trainable_variables
        others = [v for v in self.variables if not any(v is w for w in trained)]
        _, parts, gradients = value_and_gradients(loss, trained, [*others, *self.expert.variables])
        self.optimizer.apply(gradients, trained)
        return parts

    def step(self, batch):
        """Learns from one batch.

        Args:
            batch: what generator_windows yields.
        Returns:
            The L1 error of the lower half, a float.
        Lesson 08.
        """
        parts = np.array(self._compiled(*map(ops.convert_to_tensor, batch)))
        self.parts.append({"pixels": float(parts[0]), "sync": float(parts[1])})
        return float(parts[0])

    @property
    def variables(self):
        """The weights and the optimizer's variables."""
        return [*self.model.variables, *self.optimizer.variables, self.sync]

    @property
    def learning_rate(self):
        """Adam's learning rate."""
        return float(np.array(self.optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        self.optimizer.learning_rate = value


def train_generator(spoken, expert, seed=0, learning_rate=1e-3, sync=SYNC_WEIGHT, **options):
    """Trains the generator; the expert joins when the first pixels are right, as published.

    Args:
        spoken: data.spoken.Spoken.
        expert: a trained sync expert.
        seed: of weights and windows.
        learning_rate: at its peak.
        sync: weight of the expert.
        options: of training.fit: steps, seconds, checkpoint, resume and so on.
    Returns:
        (GeneratorTrainer, History).
    Lesson 08.
    """
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        model = wav2lip()
    trainer, falling = GeneratorTrainer(model, expert), cosine(learning_rate)

    def rate(used):
        trainer.sync.assign(sync if used > SYNC_FROM else 0.0)
        return falling(used)

    return trainer, fit(trainer, generator_windows(spoken, np.random.default_rng([seed, 9])), learning_rate=rate,
                        **options)
