"""Noise against extraction asks for scores alone, and a cloak moves an embedding to its target inside its ball."""
import numpy as np
from keras import ops

from course_lib.attacks import extraction
from course_lib.attacks.cloak import cloak, identified
from course_lib.faces.blazeface import Detection

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(0, 1, (8 * 8 * 3, 4)).astype(np.float32)


def embedding(images):
    flat = ops.matmul(ops.reshape(ops.convert_to_tensor(images) - 0.5, (-1, 192)), MATRIX)
    return flat / ops.sqrt(ops.sum(ops.square(flat), -1, keepdims=True))


def test_a_cloak_turns_the_embedding_towards_its_target_inside_the_ball():
    images = RNG.uniform(0.3, 0.7, (3, 8, 8, 3)).astype(np.float32)
    targets = RNG.normal(0, 1, (3, 4))
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    before = (np.asarray(embedding(images)) * targets).sum(1)
    cloaked = cloak(embedding, images, targets, 0.05, 20)
    after = (np.asarray(embedding(cloaked)) * targets).sum(1)
    assert (after > before + 0.1).all() and np.abs(cloaked - images).max() <= 0.05 + 1e-6


def test_the_nearest_centre_decides():
    gallery = np.array([[1, 0], [0.8, 0.6], [0, 1], [-0.6, 0.8]])
    asked = np.array([[0.9, 0.3], [0.1, 1.0], [1.0, 0.0]])
    assert identified(asked, [0, 1, 1], gallery, np.array([0, 0, 1, 1])) == 2 / 3


def test_hiding_lowers_the_score_and_counts_its_queries(monkeypatch):
    monkeypatch.setattr(extraction, "face_logits", lambda images: 100 * (np.asarray(images).mean((1, 2, 3)) - 0.5))
    images = np.full((2, 32, 32, 3), 0.6, np.float32)
    hidden, queries = extraction.hide_faces(images, 0.1, steps=10, samples=8, grain=8)
    assert queries == 10 * 2 * 8 and np.abs(hidden - images).max() <= 0.1 + 1e-6
    assert (hidden.mean((1, 2, 3)) < 0.58).all()


def test_recall_counts_true_boxes_that_were_found(monkeypatch):
    found = [Detection(np.array([10, 10, 20, 20.0]), np.zeros((6, 2)), 0.9)]
    monkeypatch.setattr(extraction.blazeface, "detect", lambda image: found if image.mean() > 0.5 else [])
    images = np.stack([np.full((64, 64, 3), level, np.float32) for level in (0.9, 0.1, 0.9)])
    boxes = np.array([[10, 10, 20, 20], [10, 10, 20, 20], [40, 40, 20, 20]])
    assert extraction.recall(images, boxes) == 1 / 3


def test_a_decoy_raises_a_logit_outside_the_face(monkeypatch):
    monkeypatch.setattr(extraction, "decoy_logits",
                        lambda images, boxes: 100 * np.asarray(images)[:, :8].mean((1, 2, 3)))
    images, boxes = np.full((2, 32, 32, 3), 0.4, np.float32), np.array([[8, 12, 10, 10]] * 2)
    planted, queries = extraction.plant_decoys(images, boxes, 0.1, steps=10, samples=8, grain=8)
    assert queries == 10 * 2 * 8 and np.abs(planted - images).max() <= 0.1 + 1e-6
    assert (planted[:, :8].mean((1, 2, 3)) > 0.42).all()


def test_only_anchors_outside_the_face_count_for_a_decoy(monkeypatch):
    side = extraction.tflite.input_side(extraction.blazeface.NETWORK)
    at = extraction.blazeface.anchors() * side
    logits = np.where((np.abs(at - side / 2) < 20).all(1), 9.0, -3.0)
    monkeypatch.setattr(extraction.tflite, "run", lambda network, square: (None, logits[None, :, None]))
    images = np.zeros((1, side, side, 3), np.float32)
    face = np.array([[side / 2 - 25, side / 2 - 25, 50, 50]])
    assert extraction.decoy_logits(images, face) == [-3.0]
    assert extraction.decoy_logits(images, np.array([[0, 0, 5, 5]])) == [9.0]
