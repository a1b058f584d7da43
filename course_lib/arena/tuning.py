"""A creator that learns from a detector: the swap's decoder, fine-tuned by gradient descent through it. Lesson 15."""
import cv2
import keras
import numpy as np
from keras import ops

from course_lib.attacks.gradients import features_and_score
from course_lib.blending.colour import reinhard
from course_lib.blending.compose import soft_edge
from course_lib.blending.masks import from_grey, hull, intersect
from course_lib.faces import align_five, five_points
from course_lib.forgeries.people import codes_of, forger
from course_lib.training import fit

from .detectors import COVERAGE, FACE


def through_detector(decoder, detector):
    """The way from a code to a detector's logit: decoder, colours, place in the detector's crop, detector.

    Only the decoder can be trained. The blending of lesson 03 is replaced by what has a gradient: each face has a fixed
    mask, and a fixed gain and offset of its colours, both taken from the creator's own blending.

    Args:
        decoder: keras.Model from [code, identity vector] to faces [N, 64, 64, 3].
        detector: keras.Model of lesson 10, with a layer "score".
    Returns:
        keras.Model from the arrays of `rows` to [logit [N, 1], face [N, 64, 64, 3]].
    Lesson 15.
    """
    features, score = features_and_score(detector)
    features.trainable = False
    code, identity = keras.Input(decoder.input_shape[0][1:], name="code"), keras.Input((64,), name="identity")
    crop, mask = keras.Input((FACE, FACE, 3), name="crop"), keras.Input((FACE, FACE, 1), name="mask")
    place, colour = keras.Input((8,), name="place"), keras.Input((2, 3), name="colour")
    face = decoder([code, identity])
    coloured = face * colour[:, None, :1] + colour[:, None, 1:]
    placed = ops.image.affine_transform(ops.image.resize(coloured, (FACE, FACE)), place)
    logit = keras.layers.Dense(1, name="logit", trainable=False)
    out = logit(features(crop + mask * (placed - crop), training=False))
    logit.set_weights([np.asarray(w) for w in (score.kernel, score.bias)])
    return keras.Model([code, identity, crop, mask, place, colour], [out, face], name="through_detector")


def rows(sources):
    """What `through_detector` takes, for every frame of some sources.

    Args:
        sources: List of Source.
    Returns:
        (list of six arrays of T rows, the faces of the shipped decoder f32 [T, 64, 64, 3]).
    Lesson 15.
    """
    parts, faces = [], []
    for source in sources:
        aligned, masks = source.faces()
        codes, identity = codes_of(np.stack([a.image for a in aligned]), masks, source.donor)
        made = np.asarray(forger()[1].predict_on_batch([codes, identity]))
        faces.append(made)
        for k, (face, a) in enumerate(zip(made, aligned, strict=True)):
            region = intersect(from_grey(face), masks[k], hull(a.landmarks, masks[k].shape))
            crop = align_five(source.rgb[k], five_points(source.landmarks[k]), FACE, COVERAGE)
            place = _from_crop_to_face(crop.matrix, a.matrix)
            edge = cv2.warpAffine(soft_edge(region, 0.12).astype(np.float32), place, (FACE, FACE),
                                  flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            doubled = place * 2
            doubled[:, 2] += 0.5  # the face is enlarged before it is moved
            parts.append((codes[k], identity[k], crop.image, edge[..., None], np.r_[doubled.ravel(), 0, 0],
                          _gain(face, reinhard(face, a.image, region), region > 0.5)))
    return [np.float32(part) for part in zip(*parts, strict=True)], np.concatenate(faces)


def fine_tuned(sources, detector, decoder=None, steps=40, batch=16, keep=20.0, learning_rate=2e-4, seed=0):
    """The swap's decoder after some steps against one detector.

    The loss is the detector's cross-entropy towards "real", plus a penalty for faces that differ from those of the
    shipped decoder, so that the donor stays.

    Args:
        sources: List of Source to learn from.
        detector: keras.Model of lesson 10; it is not changed.
        decoder: Where to begin; at the shipped one when left out. It is not changed.
        steps, batch, learning_rate: Of Adam.
        keep: Weight of the penalty.
        seed: Of the batches.
    Returns:
        (keras.Model like the decoder, training.History).
    Lesson 15.
    """
    begin, decoder = decoder or forger()[1], keras.models.clone_model(forger()[1])
    decoder.set_weights(begin.get_weights())
    model, (inputs, faces) = through_detector(decoder, detector), rows(sources)
    rng = np.random.default_rng(seed)

    def batches():
        while True:
            chosen = rng.integers(0, len(faces), batch)
            yield [x[chosen] for x in inputs], [np.zeros((batch, 1), np.float32), faces[chosen]]

    model.compile(keras.optimizers.Adam(learning_rate, 0.5), jit_compile=False, loss_weights=[1.0, keep],
                  loss=[keras.losses.BinaryCrossentropy(from_logits=True), "mae"])
    return decoder, fit(model, batches(), steps=steps, quiet=True)


def _from_crop_to_face(crop, face):
    """[2, 3] from pixels of the detector's crop to those of the aligned face; both given from the frame's."""
    square = np.eye(3)
    square[:2] = crop
    return (np.asarray(face, float) @ np.linalg.inv(square))


def _gain(face, coloured, inside):
    """The gain and offset of each channel that come nearest to a change of colours: f64 [2, 3]."""
    before, after = face[inside], coloured[inside]
    if len(before) < 3:
        return np.float32([[1, 1, 1], [0, 0, 0]])
    gain = after.std(0) / np.maximum(before.std(0), 1e-3)
    return np.stack([gain, after.mean(0) - gain * before.mean(0)])
