"""What protects a person's pictures, and for how long: `python -m course_lib.experiments.robustness_people`.

Cloaked pictures are enrolled by recognisers for which they were made and by others; decoys make a face detector report
faces where there are none. Everything is done on the cast.
Stored in datasets/runs/robustness_people.json. Lesson 13.
"""
import argparse
import json

import keras
import numpy as np

from course_lib import cast
from course_lib.attacks.cloak import cloak, identified
from course_lib.attacks.extraction import plant_decoys
from course_lib.attacks.success import stored
from course_lib.checkpoints import DATASETS, load
from course_lib.data.pairs import faces_of, scene
from course_lib.degradation import h264, jpeg, launder
from course_lib.faces import blazeface, detect_faces
from course_lib.metrics.image import psnr
from course_lib.models.autoencoder import cut_out

FILE = DATASETS / "runs" / "robustness_people.json"
ENROLLED, ASKED = range(420_000, 420_012), range(430_000, 430_012)
VICTIMS, EPSILON = 3, 8 / 255
SHOWN, PICTURES, SIDE = "Kavya", range(440_000, 440_012), 192


def read():
    """Read the stored results.

    Returns:
        {"cloak", "decoys"}, see the functions of these names.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def recognisers():
    """Embeddings: the identity network that the cloak knows, and two that it does not.

    Returns:
        Dict: name -> function from faces on grey f32 [N, 64, 64, 3] to unit vectors f32 [N, D].
    Lesson 13.
    """
    identity, attributes = load("identity_evaluator"), load("attribute_regressor")
    before = keras.Model(attributes.input, attributes.layers[-2].output)
    whole = keras.Model(identity.input, identity.outputs[0])

    def of(network):
        return lambda faces: _unit(np.asarray(network.predict_on_batch(np.asarray(faces, np.float32))))

    return {"the same network": of(whole), "attribute network": of(before)}


def cloaking():
    """How often clean pictures of cloaked people are recognised, by what enrolled their pictures and what was done.

    Everybody of the named cast is enrolled with a dozen pictures. Those of some people are cloaked towards another
    person of the cast. Then a dozen new, uncloaked pictures of each are looked up.

    Returns:
        {"people", "pictures", "decibel", "moved": cosine to the target before and after, "identified": way -> fraction
        of the victims' pictures}.
    Lesson 13.
    """
    names = list(cast.people())
    sets = {seeds: [faces_of(person, seeds) for person in cast.people().values()] for seeds in (ENROLLED, ASKED)}
    gallery, asked = (np.stack([cut_out(f.images, f.masks) for f in sets[seeds]]) for seeds in (ENROLLED, ASKED))
    known = recognisers()
    own = known["the same network"]
    centres = np.stack([own(faces).mean(0) for faces in gallery])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    embedding = load("identity_evaluator")
    victims, cloaked = range(VICTIMS), gallery.copy()
    moved, decibel = [], []
    for v in victims:
        target = np.argsort(centres @ centres[v])[0]  # whom the victim resembles least
        cloaked[v] = stored(cloak(lambda x: embedding(x, training=False)[0], gallery[v],
                                  np.repeat(centres[target][None], len(gallery[v]), 0), EPSILON))
        moved.append([float((own(x) @ centres[target]).mean()) for x in (gallery[v], cloaked[v])])
        decibel += [psnr(a, b) for a, b in zip(cloaked[v], gallery[v], strict=True)]

    def rate(embed, enrolled):
        rows = np.repeat(np.arange(len(names)), len(ENROLLED))
        vectors = embed(enrolled.reshape(-1, *enrolled.shape[2:]))
        new = embed(np.concatenate([asked[v] for v in victims]))
        return round(identified(new, np.repeat(list(victims), len(ASKED)), vectors, rows), 4)

    def each(change):
        out = gallery.copy()
        out[:VICTIMS] = [[change(image) for image in cloaked[v]] for v in victims]
        return out

    half = cloaked.copy()
    half[:VICTIMS, ::4] = gallery[:VICTIMS, ::4]
    ways = {"not cloaked": rate(own, gallery), "cloaked": rate(own, cloaked),
            "cloaked, JPEG 60": rate(own, each(lambda image: jpeg(image, 60))),
            "cloaked, resized": rate(own, each(lambda image: launder(image, "resize"))),
            "a quarter was public before": rate(own, half)}
    for name, embed in list(known.items())[1:]:
        ways |= {f"{name}, not cloaked": rate(embed, gallery), f"{name}, cloaked": rate(embed, cloaked)}
    for name, enrolled in (("not cloaked", gallery), ("cloaked", cloaked)):
        ways[f"retrained last layers, {name}"] = _retrained(embedding, enrolled, asked[:VICTIMS])
        ways[f"Fisherfaces, {name}"] = _fisherfaces(enrolled, asked[:VICTIMS])
    return {"people": len(names), "victims": VICTIMS, "pictures": VICTIMS * len(ASKED),
            "decibel": round(float(np.median(decibel)), 1), "moved": np.round(np.mean(moved, 0), 3).tolist(),
            "identified": ways}


def _retrained(evaluator, enrolled, asked):
    """Logistic regression on the features of the identity network below its embedding, fitted to what was enrolled."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = next(layer for layer in evaluator.layers if isinstance(layer, keras.Model))
    flat = next(layer for layer in network.layers if isinstance(layer, keras.layers.Flatten))
    below = keras.Model(network.input, flat.output)
    return _classified(make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500)),
                       lambda x: np.asarray(below.predict_on_batch(x)), enrolled, asked)


def _fisherfaces(enrolled, asked):
    """Principal components of the pixels, then linear discriminants: a recogniser from before deep networks."""
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline

    return _classified(make_pipeline(PCA(40, random_state=0), LinearDiscriminantAnalysis(solver="eigen",
                                                                                      shrinkage="auto")),
                       lambda x: x.reshape(len(x), -1), enrolled, asked)


def _classified(model, features, enrolled, asked):
    labels = np.repeat(np.arange(len(enrolled)), enrolled.shape[1])
    model.fit(features(enrolled.reshape(-1, *enrolled.shape[2:])), labels)
    answers = model.predict(features(asked.reshape(-1, *asked.shape[2:])))
    return round(float(np.mean(answers == np.repeat(np.arange(len(asked)), asked.shape[1]))), 4)


def pictures(seeds=PICTURES):
    """Pictures of the person whom a swapper wants to learn.

    Args:
        seeds: Of the scenes.
    Returns:
        cast.Frames, SIDE pixels, rounded to 8 bits.
    Lesson 13.
    """
    person = cast.people()[SHOWN]
    return cast.render([person] * len(seeds), [scene(s) for s in seeds], size=SIDE)


def decoys(count=12):
    """How many faces an extractor reports in pictures with a decoy, before and after H.264.

    Args:
        count: How many pictures.
    Returns:
        {"pictures", "queries", "faces": way -> [clean, with decoys], mean faces a picture by the detector attacked;
        "extracted": the same after the mesh has looked at each of them}.
    Lesson 13.
    """
    clean = stored(pictures(PICTURES[:count]).rgb)
    boxes = []
    for image in clean:
        x, y, wide, high = max(blazeface.detect(image), key=lambda d: d.score).box
        boxes.append((x - 0.2 * wide, y - 0.3 * high, 1.4 * wide, 1.5 * high))
    planted, queries = plant_decoys(clean, np.array(boxes), steps=20)
    pair = clean, stored(planted)
    ways = {"8 bits": lambda x: x, "c23": lambda x: h264(x[None], 23)[0], "c40": lambda x: h264(x[None], 40)[0]}
    return {"pictures": count, "queries": queries, "faces": {
        name: [round(float(np.mean([len(blazeface.detect(way(x))) for x in images])), 3) for images in pair]
        for name, way in ways.items()}, "extracted": {
        name: [round(float(np.mean([len(detect_faces(way(x))) for x in images])), 3) for images in pair]
        for name, way in ways.items()}}


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


PARTS = {"cloak": cloaking, "decoys": decoys}


def main():
    """Measure what --only names, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=tuple(PARTS))
    for name in parser.parse_args().only:
        record = read() | {name: PARTS[name]()}
        FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        print(name, record[name], flush=True)


if __name__ == "__main__":
    main()
