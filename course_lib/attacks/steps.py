"""Attacks on a detector: small changes of an image that move its score. Lesson 13.

Every attack here asks for one thing: a function that returns the gradient of the logit with respect to the images.
Where that gradient comes from (the network itself, an average over transforms, differences of scores) is the business
of `gradients`; how a step follows it, and how far, is written here.

Images are f32 RGB [N, H, W, 3] in [0, 1], fake is int [N]; an attack lowers the logit of a fake and raises that of a
real image.
"""
import numpy as np

NORMS = ("linf", "l2")


def away(fake):
    """The direction in which a logit has to move to become wrong: -1 for a fake, +1 for a real image.

    Args:
        fake: int [N], 1 or 0.
    Returns:
        f32 [N, 1, 1, 1].
    Lesson 13.
    """
    return (1 - 2 * np.asarray(fake, np.float32)).reshape(-1, 1, 1, 1)


def project(images, origin, epsilon, norm="linf"):
    """The nearest images inside the ball around their originals, and inside [0, 1].

    The ball first, then the box: the originals lie in the box, so clipping moves no value away from its original.

    Args:
        images: f32 [N, H, W, 3].
        origin: f32 [N, H, W, 3], the centres of the balls.
        epsilon: Radius; for "linf" the largest change of one value, for "l2" the Euclidean length of all changes.
        norm: One of NORMS.
    Returns:
        f32 [N, H, W, 3].
    Raises:
        ValueError: For another norm, or a negative radius.
    Lesson 13.
    """
    if norm not in NORMS or not epsilon >= 0:
        raise ValueError(f"norm={norm!r}, epsilon={epsilon}: expected one of {', '.join(NORMS)} and a radius >= 0")
    change = images - origin
    if norm == "linf":
        change = np.clip(change, -epsilon, epsilon)
    else:
        change = change * np.minimum(1, epsilon / np.maximum(lengths(change), 1e-12))
    return np.clip(origin + change, 0, 1).astype(np.float32)


def lengths(change):
    """The Euclidean length of each image's change.

    Args:
        change: [N, H, W, 3].
    Returns:
        f64 [N, 1, 1, 1].
    Lesson 13.
    """
    return np.sqrt((np.asarray(change, np.float64) ** 2).sum((1, 2, 3), keepdims=True))


def fgsm(gradient, images, fake, epsilon):
    """The fast gradient sign method: one step of full size along the sign of the gradient.

    A linear score changes most inside the L-infinity ball when every value moves by epsilon in its gradient's sign.

    Args:
        gradient: Function of images that returns the gradient of the logit, [N, H, W, 3].
        images: f32 [N, H, W, 3] in [0, 1].
        fake: int [N].
        epsilon: Largest change of one value.
    Returns:
        f32 [N, H, W, 3] in [0, 1].
    References:
        Goodfellow, Shlens & Szegedy 2015, section 4.
    Lesson 13.
    """
    return project(images + epsilon * away(fake) * np.sign(gradient(images)), images, epsilon)


def pgd(gradient, images, fake, epsilon, steps=10, step=None, norm="linf", random_start=True, seed=0):
    """Projected gradient descent: many small steps, each projected back into the ball.

    Args:
        gradient, images, fake: As for fgsm.
        epsilon: Radius of the ball, see project.
        steps: Number of steps.
        step: Length of one; 2.5 epsilon / steps when left out.
        norm: One of NORMS.
        random_start: Begin at a random point of the ball instead of its centre, where a gradient may vanish.
        seed: Of the random start.
    Returns:
        f32 [N, H, W, 3] in [0, 1].
    References:
        Madry et al. 2018, equation 3 and section 5.
    Lesson 13.
    """
    step = 2.5 * epsilon / steps if step is None else step
    direction, attacked = away(fake), np.asarray(images, np.float32)
    if random_start:
        noise = np.random.default_rng(seed).uniform(-1, 1, attacked.shape)
        noise = epsilon * (noise if norm == "linf" else noise / np.maximum(lengths(noise), 1e-12))
        attacked = project(attacked + noise, images, epsilon, norm)
    for _ in range(steps):
        slope = np.asarray(gradient(attacked))
        slope = np.sign(slope) if norm == "linf" else slope / np.maximum(lengths(slope), 1e-12)
        attacked = project(attacked + step * direction * slope, images, epsilon, norm)
    return attacked


def margin_attack(logit, gradient, images, fake, confidence=0.0, steps=40, rounds=4, rate=0.02):
    """The smallest change that makes the detector wrong, by the attack of Carlini and Wagner.

    Minimises |change|^2 + c max(0, confidence + margin), the margin being the logit on its right side. The image is
    written as (tanh(w) + 1) / 2, so that it stays in [0, 1] by itself; Adam moves w. A bisection finds for each image
    the smallest c with which the attack succeeds.

    Args:
        logit: Function of images that returns logits [N].
        gradient: Function of images that returns the gradient of logit.
        images: f32 [N, H, W, 3] in [0, 1].
        fake: int [N].
        confidence: How far beyond the boundary the logit has to be.
        steps: Steps of Adam in each round.
        rounds: Rounds of the bisection.
        rate: Learning rate of Adam.
    Returns:
        (f32 [N, H, W, 3]: the smallest change found, or the image itself; bool [N]: whether one was found).
    References:
        Carlini & Wagner 2017, section V and VI (objective f6, tanh, Adam, search for c).
    Lesson 13.
    """
    images, direction = np.asarray(images, np.float32), away(fake)
    side = -direction.ravel()  # the margin is side * logit: positive while the detector is right
    low, high = np.zeros(len(images)), np.full(len(images), 10.0)
    best, shortest = images.copy(), np.full(len(images), np.inf)
    start = np.arctanh((2 * images - 1) * np.float32(0.9999))
    for _ in range(rounds):
        c, w, fooled = (low + high) / 2, start.copy(), np.zeros(len(images), bool)
        mean, square = np.zeros_like(w), np.zeros_like(w)
        for t in range(1, steps + 1):
            now = (np.tanh(w) + 1) / 2
            margin = side * np.asarray(logit(now)).ravel() + confidence
            length = lengths(now - images).ravel()
            better = (margin <= 0) & (length < shortest)
            best[better], shortest[better] = now[better], length[better]
            fooled |= margin <= 0
            pull = np.where(margin > 0, c, 0).reshape(-1, 1, 1, 1)
            slope = 2 * (now - images) - pull * direction * np.asarray(gradient(now))
            slope = slope * (1 - (2 * now - 1) ** 2) / 2  # through the tanh
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            w = w - rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        low, high = np.where(fooled, low, c), np.where(fooled, c, high)
    return best.astype(np.float32), np.isfinite(shortest)


def universal(gradient, images, fake, epsilon, steps=20, batch=16, seed=0):
    """One perturbation for all images: the gradients of many images are summed before the sign is taken.

    Args:
        gradient, images, fake: As for fgsm; the images from which the perturbation is learned, of one class.
        epsilon: Largest change of one value.
        steps: Number of steps.
        batch: Images of one step.
        seed: Of their order.
    Returns:
        f32 [H, W, 3] in [-epsilon, epsilon]; added to any image and clipped to [0, 1].
    Raises:
        ValueError: When the images are of two classes, which one direction cannot serve.
    References:
        Moosavi-Dezfooli et al. 2017 (the idea); Shafahi et al. 2020, algorithm 1 (this way of finding it).
    Lesson 13.
    """
    if len(set(np.asarray(fake).tolist())) != 1:
        raise ValueError("a universal perturbation moves all scores one way: give images of one class")
    rng, shared = np.random.default_rng(seed), np.zeros(images.shape[1:], np.float32)
    for _ in range(steps):
        chosen = rng.choice(len(images), min(batch, len(images)), replace=False)
        slope = np.asarray(gradient(np.clip(images[chosen] + shared, 0, 1))).sum(0)
        shared = np.clip(shared + 2.5 * epsilon / steps * away(fake[:1])[0] * np.sign(slope), -epsilon, epsilon)
    return shared.astype(np.float32)
