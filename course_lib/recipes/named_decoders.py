"""Decoders of the named cast, and their scores: `python -m course_lib.recipes.named_decoders`.

Fine-tunes a minute for each person, measures twelve swaps in a ring, writes the scores into the cards of the pretrained
pair and ships the decoders of SHIPPED. About 20 minutes on 2 cores; finished pairs are kept in the cache. Lesson 02.
"""
import argparse
import json
import os

import keras
import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import find, load, register
from course_lib.data.pairs import faces_of
from course_lib.metrics.image import face_psnr
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import cut_out, swap_faces
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training import tune_decoder

SHIPPED = ("Bruno", "Kavya")
PICTURES, HELD_OUT = range(200_000, 200_400), range(210_000, 210_064)


def ring():
    """List the ordered pairs that are measured: each of the named people swapped into the next one.

    Returns:
        List of pairs of names.
    """
    names = list(people())
    return list(zip(names, names[1:] + names[:1], strict=True))


def evaluate_pair(a, b, seconds, encoder, base, evaluators):
    """Fine-tune b's decoder and measure the swap of a into b.

    Args:
        a, b: names of the cast.
        seconds: time of fine-tuning.
        encoder, base: the checkpoints shared_encoder and personal_decoder.
        evaluators: the checkpoints identity_evaluator and pose_regressor.
    Returns:
        (decoder, record of numbers).
    """
    cast = people()
    known, source, truth = faces_of(cast[b], PICTURES), faces_of(cast[a], HELD_OUT), faces_of(cast[b], HELD_OUT)
    decoder, history = tune_decoder(known, seconds, encoder=encoder, base=base)
    swapped, reconstructed = (swap_faces(encoder, decoder, f.images, f.masks) for f in (source, truth))
    scores = evaluate(swapped, source, truth, known, person=b, itself=reconstructed, evaluators=evaluators)
    print(f"{a} to {b}, {len(history.steps)} steps\n{scores}", flush=True)
    turned = np.abs(np.degrees(truth.pose[:, 0])) > 30
    turned_scores = evaluate(swapped[turned], source[turned], truth[turned], known, person=b, evaluators=evaluators)
    return decoder, {"a": a, "b": b, "steps": len(history.steps), "share": scores.fraction_recovered,
                     "rows": scores.rows,
                     "turned": turned_scores.rows["swap"]["psnr"] - turned_scores.rows["no swap"]["psnr"],
                     "load": os.getloadavg()[0]}


HEAD = ["pair", "no swap", "mean face", "swap", "B itself", "over no swap", "over mean", "way %", "SSIM",
        "identified as B %", "pose deg", "jaw", "smile", "blink", "over no swap, turned > 30 deg"]
DIGITS = (1, 1, 1, 1, 1, 1, 0, 3, 0, 1, 2, 2, 2, 1)


def table(records):
    """Write the records as a table, with the median of each column last.

    Args:
        records: list of evaluate_pair's records.
    Returns:
        The table as Markdown.
    """
    def numbers(r):
        none, mean, swap, own = (r["rows"][name] for name in ("no swap", "mean face", "swap", "B itself"))
        decibels = [row["psnr"] for row in (none, mean, swap, own)]
        return [*decibels, decibels[2] - decibels[0], decibels[2] - decibels[1], 100 * r["share"], swap["ssim"],
                100 * swap["identity"], swap["pose"], swap["jaw"], swap["smile"], swap["blink"], r["turned"]]

    def line(name, values):
        return f"| {name} | " + " | ".join(f"{v:.{d}f}" for v, d in zip(values, DIGITS, strict=True)) + " |"

    values = np.array([numbers(r) for r in records])
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += [line(f"{r['a']} to {r['b']}", v) for r, v in zip(records, values, strict=True)]
    return "\n".join([*lines, line("median", np.median(values, 0))])


def main():
    """Fine-tune and measure the pairs, and ship the decoders of SHIPPED."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="tuning time for each person")
    parser.add_argument("--pairs", type=int, default=12, help="how many pairs of the ring")
    options = parser.parse_args()
    encoder, base = load("shared_encoder"), load("personal_decoder")
    evaluators = load("identity_evaluator"), load("pose_regressor")
    folder = cache_dir() / "swap_named"
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for a, b in ring()[:options.pairs]:
        file = folder / f"{a}_{b}.json"
        if not file.is_file():
            decoder, record = evaluate_pair(a, b, options.seconds, encoder, base, evaluators)
            decoder.save(folder / f"{b}.keras")
            file.write_text(json.dumps(record))
        records.append(json.loads(file.read_text()))
    write_scores(records, options.seconds, every_pair(encoder, folder))
    for name in SHIPPED:
        if (folder / f"{name}.keras").is_file():
            decoder = keras.saving.load_model(folder / f"{name}.keras", compile=False, safe_mode=True)
            card = model_card("named_decoder", name=name, seconds=options.seconds, n=len(PICTURES))
            register(f"decoder_{name.lower()}", decoder, card, f"the swap's decoder of {name}, one of the cast")


def every_pair(encoder, folder):
    """Measure all ordered pairs of the people whose decoders are there, so that no choice of pairs matters.

    Args:
        encoder: the checkpoint shared_encoder.
        folder: where main keeps the decoders.
    Returns:
        f64 [pairs, 3]: dB over no swap, dB over the mean face, and the fraction of the distance from the mean
        face to B's own reconstruction.
    """
    cast = {name: person for name, person in people().items() if (folder / f"{name}.keras").is_file()}
    held = {name: faces_of(person, HELD_OUT) for name, person in cast.items()}
    cut = {name: cut_out(faces.images, faces.masks) for name, faces in held.items()}
    codes = {name: encoder.predict(faces, verbose=0) for name, faces in cut.items()}
    results = []
    for b, faces in held.items():
        def score(images, b=b, masks=faces.masks):
            return np.mean(face_psnr(images, cut[b], masks))

        decoder = keras.saving.load_model(folder / f"{b}.keras", compile=False, safe_mode=True)
        known = faces_of(cast[b], PICTURES)
        mean = score(np.repeat(cut_out(known.images, known.masks).mean(0, keepdims=True), len(faces), 0))
        reconstruction = score(decoder.predict(codes[b], verbose=0))
        for a in cast.keys() - {b}:
            swap = score(decoder.predict(codes[a], verbose=0))
            results.append((swap - score(cut[a]), swap - mean, (swap - mean) / (reconstruction - mean)))
    return np.array(results)


def write_scores(records, seconds, every):
    """Write the scores into the cards of the pretrained pair.

    Args:
        records: list of evaluate_pair's records.
        seconds: time of fine-tuning.
        every: what every_pair returns.
    """
    over, mean, fraction = np.median(every, 0)
    scores = model_card("swap_scores", n=len(records), seconds=seconds, pictures=len(PICTURES), test=len(HELD_OUT),
                        table=table(records), steps=", ".join(str(r["steps"]) for r in records),
                        load=", ".join(f"{r['load']:.1f}" for r in records), all=len(every), over=over, mean=mean,
                        share=100 * fraction, least=every[:, 0].min())
    print(scores)
    for name in ("shared_encoder", "personal_decoder"):
        card = find(name).path.with_name("card.md")
        card.write_text(card.read_text(encoding="utf-8").split("## Scores")[0] + scores, encoding="utf-8")


if __name__ == "__main__":
    main()
