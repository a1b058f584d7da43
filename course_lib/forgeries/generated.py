"""Faces that nobody filmed: portraits by lesson 04's generator, as a labelled set. Lesson 10."""
import cv2
import numpy as np

from course_lib.checkpoints import load
from course_lib.degradation import h264

from .build import SIZE
from .labelled import Labelled


def generated(count, *, split="test", crf=0, seed=0):
    """Portraits that the generator of lesson 04 draws from random latents, as a labelled set; all are fake.

    They have 64 x 64 pixels on plain grey, enlarged to the sets' size. There is no person in them (-1), no known yaw
    (nan), and the whole image is synthetic (masks 255).

    Args:
        count: number of portraits.
        split: what the rows say; another split draws other portraits.
        crf: 0 for raw, or H.264's for a clip of one frame.
        seed: of the latents.
    Returns:
        Labelled.
    Raises:
        ValueError: for a count below 1.
    Lesson 10.
    """
    if count < 1:
        raise ValueError(f"count is {count}; expected at least 1 portrait")
    import course_lib.models  # noqa: F401  (registers the layers that load needs; here, because Keras comes with it)

    generator = load("portrait_generator")
    rng = np.random.default_rng([seed, *split.encode()])
    latent = rng.normal(size=(count, generator.input_shape[-1])).astype(np.float32)
    parts = [np.asarray(generator.predict_on_batch(latent[k:k + 64])) for k in range(0, count, 64)]
    drawn = np.concatenate(parts).astype(np.float32)
    large = [np.clip(cv2.resize(p, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), 0, 1) for p in drawn]
    shown = np.stack([h264(p[None], crf)[0] if crf else p for p in large])
    nobody, number = np.full(count, -1), np.arange(count)
    return Labelled(
        images=(shown * 255 + 0.5).astype(np.uint8), masks=np.full((count, SIZE, SIZE), 255, np.uint8),
        fake=np.ones(count, int), method=np.full(count, "generated"), source=nobody, target=nobody,
        video=-1 - number, frame=np.zeros(count, int), crf=np.full(count, crf), split=np.full(count, split),
        yaw=np.full(count, np.nan, np.float32), seed=np.full(count, seed))
