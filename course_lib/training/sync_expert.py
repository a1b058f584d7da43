"""Training of the sync expert: which mouth belongs to which sound? Lesson 08."""

import keras
import numpy as np
from keras import ops

from course_lib.models import lip_sync
from course_lib.models.lip_sync import ROWS, SIDE, WINDOW

from .fit import cosine, fit
from .gradients import compiled, value_and_gradients
from .precision import fast_policy, precision

HALF = SIDE // 2


def lower_half(images):
    """The half of a face that the expert sees and the generator draws.

    Args:
        images: [..., 64, 64, 3].
    Returns:
        [..., 32, 64, 3].
    Lesson 08.
    """
    return images[..., HALF:, :, :]


def stacked(images):
    """Consecutive lower halves as channels.

    Args:
        images: f32 [N, 5, 32, 64, 3].
    Returns:
        f32 [N, 32, 64, 15].
    Lesson 08.
    """
    moved = ops.transpose(images, (0, 2, 3, 1, 4))
    return ops.reshape(moved, (-1, HALF, SIDE, 3 * WINDOW))


def sync_pairs(spoken, rng, batch=48):
    """Pairs of mouth and sound, half of them right; wrong ones are another moment of the same clip.

    Args:
        spoken: data.spoken.Spoken.
        rng: numpy Generator.
        batch: pairs.
    Returns:
        Generator of ([lower halves f32 [batch, 32, 64, 15], mel f32 [batch, 20, 40, 1]], 1 where they belong together
        f32 [batch, 1]).
    References:
        Prajwal et al. 2020, section 3.1.
    Lesson 08.
    """
    last = spoken.images.shape[1] - WINDOW
    while True:
        which, at = rng.integers(len(spoken), size=batch), rng.integers(last + 1, size=batch)
        same = rng.integers(2, size=batch)
        other = (at + rng.integers(WINDOW, last + 2 - WINDOW, size=batch)) % (last + 1)  # at least 5 frames away
        lips = lower_half(spoken.images[which[:, None], at[:, None] + np.arange(WINDOW)]).astype(np.float32) / 255
        lips = lips.transpose(0, 2, 3, 1, 4).reshape(batch, HALF, SIDE, 3 * WINDOW)
        heard = 4 * np.where(same, at, other)[:, None] + np.arange(ROWS)
        yield (lips, spoken.mel[which[:, None], heard][..., None]), same[:, None].astype(np.float32)


def contrastive_loss(same, similarity, margin=1.0):
    """SyncNet's loss, from the cosine: for vectors of length 1 the squared distance is 2 - 2 cos.

    Args:
        same: f32 [N, 1], 1 where mouth and sound belong together.
        similarity: f32 [N, 1], cosine.
        margin: distance from which on wrong pairs cost nothing.
    Returns:
        A number.
    References:
        Hadsell, Chopra & LeCun 2006; Chung & Zisserman 2016, equation 1.
    Lesson 08.
    """
    squared = ops.maximum(2.0 - 2.0 * similarity, 1e-6)
    wrong = ops.square(ops.maximum(margin - ops.sqrt(squared), 0.0))
    return ops.mean(same * squared + (1.0 - same) * wrong) / 2


def cosine_loss(same, similarity):
    """The loss of Wav2Lip's expert: binary cross-entropy on the cosine itself.

    Args:
        same: f32 [N, 1], 1 where mouth and sound belong together.
        similarity: f32 [N, 1], cosine, in 0 to 1 as both vectors are non-negative.
    Returns:
        A number; 0.69 where nothing is known.
    References:
        Prajwal et al. 2020, section 3.1.
    Lesson 08.
    """
    p = ops.clip(similarity, 1e-4, 1 - 1e-4)
    return -ops.mean(same * ops.log(p) + (1.0 - same) * ops.log(1.0 - p))


LOSSES = {"cosine": cosine_loss, "contrastive": contrastive_loss}


def judging(expert):
    """An expert with one output: the cosine of its two embeddings.

    Args:
        expert: models.lip_sync.sync_expert.
    Returns:
        keras.Model from [lower halves, mel] to f32 [N, 1].
    Lesson 08.
    """
    cosine_of = keras.layers.Dot(-1, name="cosine", dtype="float32")
    return keras.Model(expert.inputs, cosine_of(list(expert.outputs)), name="judging")


def train_expert(spoken, loss="cosine", seed=0, batch=48, learning_rate=3e-4, expert=None, **options):
    """Trains a sync expert.

    Args:
        spoken: data.spoken.Spoken.
        loss: key of LOSSES.
        seed: of weights and pairs.
        batch: pairs in a step.
        learning_rate: at its peak.
        expert: to go on with; a new one when left out.
        options: of training.fit: steps, seconds and so on.
    Returns:
        (expert, History).
    Lesson 08.
    """
    keras.utils.set_random_seed(seed)
    if expert is None:
        with precision(fast_policy()):
            expert = lip_sync.sync_expert()
    model = judging(expert)
    model.compile(keras.optimizers.Adam(learning_rate), LOSSES[loss], jit_compile=False)
    history = fit(model, sync_pairs(spoken, np.random.default_rng([seed, 8]), batch),
                  learning_rate=cosine(learning_rate), **options)
    return expert, history


def in_float32(model, build):
    """A model's weights in a new network that computes in float32, for a file or for exact scores.

    Args:
        model: trained under mixed precision.
        build: function without arguments that makes the network.
    Returns:
        keras.Model.
    Lesson 08.
    """
    with precision("float32"):
        copy = build()
    copy.set_weights(model.get_weights())
    return copy


def matching_windows(spoken, rng, clips=8, ways=8):
    """Batches for multi-way matching: windows of each clip that do not overlap.

    Args:
        spoken: data.spoken.Spoken.
        rng: numpy Generator.
        clips: in a batch.
        ways: windows of each.
    Returns:
        Generator of (lower halves f32 [clips * ways, 32, 64, 15], mel f32 [clips * ways, 20, 40, 1]).
    Lesson 08.
    """
    room = spoken.images.shape[1] - WINDOW * ways
    while True:
        which = rng.integers(len(spoken), size=clips)[:, None, None]
        at = np.sort(rng.integers(room + 1, size=(clips, ways)), 1) + WINDOW * np.arange(ways)
        lips = lower_half(spoken.images[which, at[..., None] + np.arange(WINDOW)]).astype(np.float32) / 255
        lips = lips.transpose(0, 1, 3, 4, 2, 5).reshape(clips * ways, HALF, SIDE, 3 * WINDOW)
        heard = 4 * at[..., None] + np.arange(ROWS)
        yield lips, spoken.mel[which, heard].reshape(clips * ways, ROWS, -1, 1)


class MatchingTrainer:
    """Warms an expert up: which of the windows of a clip does this sound belong to? (a trainer.Trainer)

    The two published losses see one pair at a time and often stay at chance for a long time ("stuck at .69"); a choice
    out of eight has a steeper gradient from the first step on.

    Args:
        expert: models.lip_sync.sync_expert.
        ways: windows of each clip, see matching_windows.
        learning_rate: Adam's.
        temperature: of the softmax over cosines.
    References:
        Chung, Chung & Kang, "Perfect match: improved cross-modal embeddings for audio-visual synchronisation", 2019.
    Lesson 08.
    """

    def __init__(self, expert, ways=8, learning_rate=1e-3, temperature=0.1):
        self.model, self.ways, self.temperature = expert, ways, temperature
        self.optimizer = keras.optimizers.Adam(learning_rate)
        self.optimizer.build(expert.trainable_variables)
        self._compiled = compiled(self.update, self.variables)

    def update(self, lips, mel):
        """One step.

        Args:
            lips, mel: what matching_windows yields.
        Returns:
            The cross-entropy of the choice; log(ways) where nothing is known.
        Lesson 08.
        """
        def loss():
            mouth, sound = (ops.reshape(x, (-1, self.ways, x.shape[-1])) for x in self.model([lips, mel],
                                                                                            training=True))
            scores = ops.einsum("nad,nbd->nab", mouth, sound) / self.temperature
            right = [ops.mean(ops.diagonal(ops.log_softmax(scores, axis), axis1=1, axis2=2)) for axis in (1, 2)]
            return -(right[0] + right[1]) / 2, None

        trained = self.model.trainable_variables
        others = [v for v in self.variables if not any(v is w for w in trained)]
        value, _, gradients = value_and_gradients(loss, trained, others)
        self.optimizer.apply(gradients, trained)
        return value

    def step(self, batch):
        """Learns from one batch.

        Args:
            batch: what matching_windows yields.
        Returns:
            The loss, a float.
        Lesson 08.
        """
        return float(np.array(self._compiled(*map(ops.convert_to_tensor, batch))))

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


def warm_up(spoken, seed=0, learning_rate=2e-3, **options):
    """A sync expert that has learned to match; train_expert goes on with one of the published losses.

    Args:
        spoken: data.spoken.Spoken.
        seed: of weights and windows.
        learning_rate: at its peak.
        options: of training.fit: steps, seconds and so on.
    Returns:
        (expert, History).
    Lesson 08.
    """
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        expert = lip_sync.sync_expert()
    trainer = MatchingTrainer(expert, learning_rate=learning_rate)
    return expert, fit(trainer, matching_windows(spoken, np.random.default_rng([seed, 7])),
                       learning_rate=cosine(learning_rate), **options)
