"""Training Everybody Dance Now: two frames in a row of one dancer, from their stick figures. Lesson 07."""
import keras
import numpy as np
from keras import ops

from course_lib.cast.body import JOINTS
from course_lib.models.everybody_dance import discriminator, generator
from course_lib.models.everybody_dance_inference import conditions, detected

from .fit import fit
from .gradients import compiled, value_and_gradients
from .precision import fast_policy, precision

BATCH, LEARNING_RATE = 4, 6e-4
PIXELS, MATCHING, FACE = 40.0, 10.0, 4.0  # weights of the losses; how much more a pixel of the face counts
FACE_SIDE = 14  # of the square around the nose, pixels
_NOSE = JOINTS.index("nose")


def footage_batches(images, joints, rng, batch=BATCH, jitter=0.4, started=0.5):
    """Three frames in a row: what came before, and two that are to be made.

    Args:
        images: uint8 [N, T, H, W, 3], clips of one dancer.
        joints: f32 [N, T, 18, 2].
        rng: numpy Generator.
        batch: rows.
        jitter: of the joints, as a detector's, pixels.
        started: share of the rows in which the first frame is known; black in the others, as at a clip's beginning.
    Yields:
        (before f32 [B, H, W, 3]; conditions, truth and weights f32 [B, 2, H, W, 5, 3 and 1]).
    Lesson 07.
    """
    count, length = images.shape[:2]
    size = images.shape[2:4]
    while True:
        who, when = rng.integers(count, size=batch), rng.integers(1, length - 1, size=batch)
        known = rng.random(batch) < started
        before = images[who, when - 1].astype(np.float32) / 255 * known[:, None, None, None]
        rows = when[:, None] + [0, 1]
        truth = images[who[:, None], rows].astype(np.float32) / 255
        points = joints[who[:, None], rows]
        asked = np.stack([conditions(detected(p, rng, jitter), size) for p in points])
        yield before, asked, truth, face_weights(points, size)


def face_weights(joints, size):
    """How much each pixel counts: more in a square around the nose.

    Args:
        joints: f32 [..., 18, 2], pixels.
        size: (height, width).
    Returns:
        f32 [..., H, W, 1], 1 or 1 + FACE.
    References:
        Chan et al. 2019, section 4.2, where a second generator and discriminator redraw the face's square.
    Lesson 07.
    """
    x, y = np.arange(size[1])[None], np.arange(size[0])[:, None]
    nose = joints[..., _NOSE, :]
    aside, above = np.abs(x - nose[..., 0, None, None]), np.abs(y - nose[..., 1, None, None])
    inside = np.maximum(aside, above) < FACE_SIDE / 2
    return (1 + FACE * inside[..., None]).astype(np.float32)


class DanceTrainer:
    """Trains a generator against a discriminator of two frames (a trainer.Trainer).

    Args:
        model: from everybody_dance.generator.
        rival: from everybody_dance.discriminator.
        learning_rate: Adam's, of both.
        memory: False for a generator that never sees the frame before: it is black in training, too.
    Attributes:
        parts: list of dicts, the parts of the loss at every step.
    References:
        Chan et al. 2019, equations 2 to 4.
    Lesson 07.
    """

    def __init__(self, model, rival, learning_rate=LEARNING_RATE, memory=True):
        self.model, self.rival, self.memory, self.parts = model, rival, memory, []
        self.optimizers = [keras.optimizers.Adam(learning_rate, beta_1=0.5, beta_2=0.999) for _ in range(2)]
        for optimizer, network in zip(self.optimizers, (model, rival), strict=True):
            optimizer.build(network.trainable_variables)
        self._compiled = compiled(self.update, self.variables)

    def update(self, before, asked, truth, weights):
        """One step of both networks.

        Args:
            before, asked, truth, weights: what footage_batches yields.
        Returns:
            f32 [4]: the generator's losses of pixels, features and adversary, and the discriminator's loss.
        """
        def two(images):
            frames = [asked[:, 0], asked[:, 1], images[0], images[1]]
            return self.rival(ops.concatenate([ops.cast(f, "float32") for f in frames], -1), training=True)

        real = [truth[:, 0], truth[:, 1]]

        def paint():
            first = self.model([asked[:, 0], float(self.memory) * before], training=True)
            second = self.model([asked[:, 1], first if self.memory else ops.zeros_like(first)], training=True)
            images = [first, second]
            pixels = sum(ops.mean(weights[:, k] * ops.abs(images[k] - real[k])) for k in range(2))
            *of_fake, score = two(images)
            *of_real, _ = two(real)
            match = sum(ops.mean(ops.abs(ops.cast(a, "float32") - ops.stop_gradient(ops.cast(b, "float32"))))
                        for a, b in zip(of_fake, of_real, strict=True))
            parts = [PIXELS * pixels, MATCHING * match, ops.mean(ops.square(score - 1))]
            return sum(parts), (ops.stack(parts), *images)

        own, others = self.model.trainable_variables, self.rival.trainable_variables
        _, (parts, *images), gradients = value_and_gradients(paint, own, others)

        def tell_apart():
            *_, fake = two([ops.stop_gradient(x) for x in images])
            *_, true = two(real)
            return 0.5 * (ops.mean(ops.square(fake)) + ops.mean(ops.square(true - 1))), ()

        loss, _, of_rival = value_and_gradients(tell_apart, others)
        self.optimizers[0].apply(gradients, own)
        self.optimizers[1].apply(of_rival, others)
        return ops.concatenate([parts, ops.reshape(loss, (1,))])

    def step(self, batch):
        """Learns from one batch.

        Args:
            batch: what footage_batches yields.
        Returns:
            The generator's loss, a float.
        """
        parts = np.array(self._compiled(*map(ops.convert_to_tensor, batch)))
        self.parts.append(dict(zip(("pixels", "features", "adversary", "discriminator"), parts.tolist(), strict=True)))
        return float(parts[:3].sum())

    @property
    def variables(self):
        """The weights of both networks and the optimizers' variables."""
        return [*self.model.variables, *self.rival.variables, *(v for o in self.optimizers for v in o.variables)]

    @property
    def learning_rate(self):
        """Adam's learning rate."""
        return float(np.array(self.optimizers[0].learning_rate))

    @learning_rate.setter
    def learning_rate(self, value):
        for optimizer in self.optimizers:
            optimizer.learning_rate = value


def new_dance_trainer(seed=7, channels=None, size=None, learning_rate=LEARNING_RATE, memory=True):
    """A generator, its discriminator and their trainer, in mixed bfloat16 where that is fast.

    Args:
        seed: of the weights.
        channels: of the condition; a stick figure's when left out.
        size: (height, width) of the images; a dancer's when left out.
        learning_rate: Adam's.
        memory: whether the generator sees the frame before.
    Returns:
        DanceTrainer.
    Lesson 07.
    """
    keras.utils.set_random_seed(seed)
    options = {k: v for k, v in dict(channels=channels, size=size).items() if v is not None}
    with precision(fast_policy()):
        networks = generator(**options), discriminator(**options)
    return DanceTrainer(*networks, learning_rate, memory)


def train_dancer(trainer, batches, **options):
    """Trains on footage of one person.

    Args:
        trainer: DanceTrainer.
        batches: from footage_batches.
        options: of training.fit: seconds, steps, checkpoint, resume and so on.
    Returns:
        History.
    Lesson 07.
    """
    return fit(trainer, batches, **options)
