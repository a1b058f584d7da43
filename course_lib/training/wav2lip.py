"""Training of Wav2Lip's generator against pixels and a frozen sync expert. Lesson 08."""

import keras
import numpy as np
from keras import ops

from course_lib.models.lip_sync import ROWS, SIDE, WINDOW, wav2lip

from .fit import cosine, fit
from .gradients import compiled, value_and_gradients
from .precision import fast_policy, precision
from .sync_expert import HALF, lower_half, stacked

SYNC_WEIGHT = 0.01  # of the expert in the loss, as published without discriminator


def generator_windows(spoken, rng, clips=5, frames=WINDOW):
    """Batches for the generator: windows of frames with another frame of the clip and each frame's sound.

    The other frame lies at least 5 frames from each of them, so that its mouth says something else. Half of the windows
    are mirrored, and each gets a random tint.

    Args:
        spoken: data.spoken.Spoken; best of data.still_clips, where another frame differs in its mouth alone.
        rng: numpy Generator.
        clips: windows in a batch.
        frames: of a window; WINDOW where the expert looks at them, 1 for the greatest variety in a batch.
    Returns:
        Generator of (faces f32 [clips frames, 64, 64, 3], references of the same shape, mel f32 [clips frames, 20, 40,
        1] that begins two frames before each frame, mel f32 [clips, 20, 40, 1] of each window for the expert).
    References:
        Prajwal et al. 2020, section 3.2.
    Lesson 08.
    """
    count = spoken.images.shape[1]
    while True:
        which = rng.integers(len(spoken), size=clips)[:, None]
        start = rng.integers(2, count - 1 - max(frames, 3), size=clips)[:, None]
        at = start + np.arange(frames)
        before, first = np.maximum(start - WINDOW + 1, 0), start + frames - 1 + WINDOW  # 0 to before, and from first on
        draw = rng.integers(before + np.maximum(count - first, 0))
        other = np.where(draw < before, draw, draw - before + first)
        tint, mirrored = rng.uniform(0.85, 1.15, (clips, 1, 1, 1, 3)), rng.random(clips) < 0.5
        shown = []
        for images in (spoken.images[which, at], spoken.images[which, other]):
            images[mirrored] = images[mirrored, :, :, ::-1]
            images = np.minimum(images * (tint / 255), 1).astype(np.float32)
            shown.append(np.broadcast_to(images, (clips, frames, SIDE, SIDE, 3)).reshape(-1, SIDE, SIDE, 3))
        heard = 4 * (at.reshape(-1, 1) - 2) + np.arange(ROWS)
        mel = spoken.mel[which.repeat(frames, 0), heard][..., None]
        yield *shown, mel, spoken.mel[which, 4 * start + np.arange(ROWS)][..., None]


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
        expert: a trained sync expert, which does not learn here; None for the pixels alone.
        learning_rate: Adam's.
        sync: the weight of the expert; the rest is the pixels'.
    Attributes:
        parts: list of dicts, L1 of the lower half and sync loss at every step.
    References:
        Prajwal et al. 2020, section 3.2, without the visual quality discriminator.
    Lesson 08.
    """

    def __init__(self, model, expert=None, learning_rate=1e-3, sync=SYNC_WEIGHT):
        self.model, self.expert, self.sync, self.parts = model, expert, sync if expert else 0.0, []
        self.optimizer = keras.optimizers.Adam(learning_rate)
        self.optimizer.build(model.trainable_variables)
        self._compiled = compiled(self.update, [*self.variables, *(expert.variables if expert else [])])

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
            sync = self.sync_loss(drawn, window_mel) if self.expert else 0 * pixels
            return (1 - self.sync) * pixels + self.sync * sync, ops.stack([pixels, sync])

        trained = self.model.trainable_variables
        others = [v for v in self.variables if not any(v is w for w in trained)]
        others += self.expert.variables if self.expert else []
        _, parts, gradients = value_and_gradients(loss, trained, others)
        self.optimizer.apply(gradients, trained)
        return parts

    def sync_loss(self, drawn, window_mel):
        """How little the frozen expert believes that five drawn mouths and their sound belong together.

        Args:
            drawn: f32 [5 N, 32, 64, 3].
            window_mel: f32 [N, 20, 40, 1].
        Returns:
            The mean of -log cosine.
        Lesson 08.
        """
        windows = ops.reshape(drawn, (-1, WINDOW, HALF, SIDE, 3))
        lips, sound = self.expert([stacked(windows), window_mel], training=False)
        return -ops.mean(ops.log(ops.clip(ops.sum(lips * sound, -1), 1e-4, 1.0)))

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
        return [*self.model.variables, *self.optimizer.variables]

    @property
    def learning_rate(self):
        """Adam's learning rate."""
        return float(np.array(self.optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        self.optimizer.learning_rate = value


def new_generator(expert=None):
    """An untrained generator, in the precision that is fastest here.

    Args:
        expert: a sync expert whose sound encoder it begins with: it already knows which sounds move the lips.
    Returns:
        models.lip_sync.wav2lip.
    Lesson 08.
    """
    with precision(fast_policy()):
        model = wav2lip()
    names = {layer.name for layer in expert.layers} if expert else ()
    for layer in model.layers:
        if layer.name.startswith("sound") and layer.name in names:
            layer.set_weights(expert.get_layer(layer.name).get_weights())
    return model


def train_generator(spoken, model, expert=None, seed=0, learning_rate=1e-3, sync=SYNC_WEIGHT, clips=None, **options):
    """Trains the generator on the pixels, or on the pixels and the expert; as published, the expert joins later.

    Args:
        spoken: see generator_windows.
        model: of new_generator, or one that has learned the pixels.
        expert: a trained sync expert; None for the pixels alone.
        seed: of the windows.
        learning_rate: at its peak.
        sync: weight of the expert.
        clips: windows in a step: of five frames with an expert (6 when left out), of one without (32).
        options: of training.fit: steps, seconds, checkpoint, resume and so on.
    Returns:
        (GeneratorTrainer, History).
    Lesson 08.
    """
    trainer = GeneratorTrainer(model, expert, learning_rate, sync)
    frames, usual = (WINDOW, 6) if expert else (1, 32)
    batches = generator_windows(spoken, np.random.default_rng([seed, 9, frames]), clips or usual, frames)
    return trainer, fit(trainer, batches, learning_rate=cosine(learning_rate), **options)
