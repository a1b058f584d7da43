"""Training the First Order Motion Model: reconstruct one frame of a clip from another. Lesson 07."""
import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import load
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.first_order import SMALL, animator
from course_lib.models.first_order_layers import coordinate_grid, inverse, reflect, sample

from .fit import fit
from .gradients import compiled, value_and_gradients
from .precision import fast_policy, precision
from .thin_plate import ThinPlate, draw_thin_plates

BATCH, LEARNING_RATE = 16, 6e-4
PIXELS, FEATURES, EQUIVARIANCE = 10.0, 2.0, 10.0  # weights of the losses
SCALES = 3  # of the pyramid: 64, 32 and 16 pixels


def frame_pairs(images, rng, batch=BATCH):
    """Two random frames of one clip, source and driving, mirrored and tinted alike.

    Args:
        images: uint8 [N, T, 64, 64, 3], clips.
        rng: numpy Generator.
        batch: pairs in a batch.
    Yields:
        ((source, driving) f32 [batch, 64, 64, 3] in [0, 1], (affine, weights) of as many ThinPlates).
    Lesson 07.
    """
    count, length = images.shape[:2]
    while True:
        who = rng.integers(count, size=batch)
        when = np.stack([rng.permutation(length)[:2] for _ in range(batch)])
        pair = images[who[:, None], when].astype(np.float32) / 255
        mirrored = rng.random(batch) < 0.5
        pair[mirrored] = pair[mirrored, :, :, ::-1]
        gain, shift = rng.uniform(0.9, 1.1, (batch, 1, 1, 1, 3)), rng.uniform(-0.05, 0.05, (batch, 1, 1, 1, 1))
        pair = np.clip((pair - 0.5) * gain + 0.5 + shift, 0, 1).astype(np.float32)
        yield (pair[:, 0], pair[:, 1]), draw_thin_plates(rng, batch)


def equivariance_losses(points, jacobians, warped_points, warped_jacobians, transform):
    """How far keypoints and Jacobians are from moving with the image when it is warped by a known transform T.

    Points: mean |p - T(p_T)|. Jacobians: mean |I - J^-1 T'(p_T) J_T|. Both are 0 for a perfect detector.

    Args:
        points, jacobians: of the image, f32 [N, K, 2] and [N, K, 2, 2].
        warped_points, warped_jacobians: of the warped image x_T(z) = x(T(z)).
        transform: ThinPlate.
    Returns:
        Two numbers.
    References:
        Siarohin et al. 2019, equations 9 to 11.
    Lesson 07.
    """
    of_points = ops.mean(ops.abs(points - transform(warped_points)))
    carried = ops.matmul(transform.jacobian(warped_points), warped_jacobians)
    of_jacobians = ops.mean(ops.abs(np.eye(2, dtype=np.float32) - ops.matmul(inverse(jacobians), carried)))
    return of_points, of_jacobians


def pyramid_loss(features, target, image):
    """The multi-scale perceptual loss: pixels and feature maps compared at each scale of an image pyramid.

    Args:
        features: list of models from images to lists of maps, one for each scale, the largest first.
        target, image: f32 [N, S, S, 3] in [0, 1].
    Returns:
        A number.
    References:
        Siarohin et al. 2019, equation 8, with VGG-19; here the features of the course's attribute regressor, and the
        pixels, since those features begin at half the resolution.
    Lesson 07.
    """
    loss = 0.0
    for model in features:
        loss = loss + PIXELS * ops.mean(ops.abs(target - image))
        for a, b in zip(model(target), model(image), strict=True):  # apart: nothing is differentiated for the target
            loss = loss + FEATURES * ops.mean(ops.abs(ops.cast(a - b, "float32")))
        target, image = (ops.average_pool(x, 2) for x in (target, image))
    return loss


def perceptual_features(scales=SCALES):
    """The frozen feature maps of the shipped attribute regressor for every scale of the loss.

    Args:
        scales: how many, the first for 64 x 64 pixels, each half the one before.
    Returns:
        List of keras.Model.
    Lesson 07.
    """
    network = load("attribute_regressor")
    return [feature_pyramid(network, 64 // 2**k) for k in range(scales)]


class AnimationTrainer:
    """Trains an animator to reconstruct the driving frame (a trainer.Trainer).

    Without Jacobians, their equivariance has nothing to train and is left out.

    Args:
        model: an animator.
        features: what perceptual_features gives.
        learning_rate: Adam's.
        weight: of the reconstruction against the equivariance.
    Attributes:
        parts: list of dicts, the parts of the loss at every step.
    References:
        Siarohin et al. 2019, section 3.4.
    Lesson 07.
    """

    def __init__(self, model, features=None, learning_rate=LEARNING_RATE, weight=1.0):
        self.model, self.weight = model, weight
        self.features = perceptual_features() if features is None else features
        self.detector, self.motion, self.generator = (
            model.get_layer(name) for name in ("keypoint_detector", "dense_motion", "generator"))
        self.linear = any(layer.name == "jacobian_maps" for layer in self.detector.layers)
        self.optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5, beta_2=0.999)
        self.optimizer.build(model.trainable_variables)
        self.parts = []
        self._compiled = compiled(self.update, [*self.variables, *(v for f in self.features for v in f.variables)])

    def update(self, source, driving, affine, weights):
        """One step of the three networks together.

        Args:
            source, driving: f32 [N, S, S, 3].
            affine, weights: of as many ThinPlates.
        Returns:
            f32 [3]: the losses of reconstruction, points and Jacobians.
        """
        transform = ThinPlate(affine, weights)
        side = source.shape[1]
        grid = ops.broadcast_to(coordinate_grid(side, side).reshape(1, -1, 2), (ops.shape(source)[0], side * side, 2))
        bent = sample(driving, ops.reshape(reflect(transform(grid)), (-1, side, side, 2)))

        def loss():
            source_motion = self.detector(source, training=True)
            driving_motion = self.detector(driving, training=True)
            flow, occlusion, _ = self.motion([source, *source_motion, *driving_motion], training=True)
            image = self.generator([source, flow, occlusion], training=True)
            reconstruction = pyramid_loss(self.features, driving, image)
            points, jacobians = equivariance_losses(*driving_motion, *self.detector(bent, training=True), transform)
            parts = [self.weight * reconstruction, EQUIVARIANCE * points, self.linear * EQUIVARIANCE * jacobians]
            return sum(parts), ops.stack(parts)

        trained = self.model.trainable_variables
        others = [v for v in self.variables if not any(v is w for w in trained)]
        _, parts, gradients = value_and_gradients(loss, trained, others)
        self.optimizer.apply(gradients, trained)
        return parts

    def step(self, batch):
        """Learns from one batch.

        Args:
            batch: what frame_pairs yields.
        Returns:
            The loss, a float.
        """
        arrays = [ops.convert_to_tensor(a) for pair in batch for a in pair]
        parts = np.array(self._compiled(*arrays))
        self.parts.append(dict(zip(("reconstruction", "points", "jacobians"), parts.tolist(), strict=True)))
        return float(parts.sum())

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


def new_trainer(size=SMALL, seed=7, weights=None, learning_rate=LEARNING_RATE, scales=SCALES):
    """An animator and its trainer, in mixed bfloat16 where that is fast.

    Args:
        size: first_order.Size.
        seed: of the weights.
        weights: list of arrays to begin with; random when left out.
        learning_rate: Adam's.
        scales: of the perceptual loss, whose total weight stays the same; 1 compares at full size alone.
    Returns:
        AnimationTrainer.
    Lesson 07.
    """
    keras.utils.set_random_seed(seed)
    features = perceptual_features(scales)
    with precision(fast_policy()):
        model = animator(size)
    if weights is not None:
        model.set_weights(weights)
    return AnimationTrainer(model, features, learning_rate, SCALES / scales)


def train_animator(trainer, images, rng, batch=BATCH, **options):
    """Trains on clips.

    Args:
        trainer: AnimationTrainer.
        images: uint8 [N, T, 64, 64, 3], clips.
        rng: numpy Generator.
        batch: pairs in a step.
        options: of training.fit: seconds, steps, checkpoint, resume and so on.
    Returns:
        History.
    Lesson 07.
    """
    return fit(trainer, frame_pairs(images, rng, batch), **options)
