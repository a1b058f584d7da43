"""Decoders of the named cast, and their scores: `python -m course_lib.recipes.named_decoders`.

Fine-tunes a minute for each of SHIPPED, measures the swaps of all others of the cast into them, writes the scores into
the cards, and ships the decoders. About 5 minutes on 2 cores; `--measure` scores the shipped decoders alone. Lesson 02.
"""
import argparse

import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import find, load, register
from course_lib.data.pairs import faces_of
from course_lib.metrics.swap import evaluate
from course_lib.models.autoencoder import swap_faces
from course_lib.recipes import model_card
from course_lib.training import tune_decoder

SHIPPED = ("Bruno", "Kavya")
PICTURES, HELD_OUT = range(200_000, 200_400), range(210_000, 210_064)


def evaluate_pair(source, truth, known, decoder, encoder, evaluators, person):
    """Measure one swap.

    Args:
        source, truth: FaceSets of A and of B in the same held-out scenes.
        known: FaceSet of B's training images.
        decoder: B's.
        encoder: the checkpoint shared_encoder.
        evaluators: the checkpoints identity_evaluator and pose_regressor.
        person: B's name.
    Returns:
        A dict of numbers: "rows" and "fraction" of metrics.swap.SwapScores, and "turned", dB over no swap where the
        head is turned by more than 30 degrees.
    """
    swapped, reconstructed = (swap_faces(encoder, decoder, f.images, f.masks) for f in (source, truth))
    scores = evaluate(swapped, source, truth, known, person=person, itself=reconstructed, evaluators=evaluators)
    turned = np.abs(np.degrees(truth.pose[:, 0])) > 30
    turned_rows = evaluate(swapped[turned], source[turned], truth[turned], known, person=person,
                           evaluators=evaluators).rows
    return {"rows": scores.rows, "fraction": scores.fraction_recovered,
            "turned": turned_rows["swap"]["psnr"] - turned_rows["no swap"]["psnr"]}


HEAD = ["pair", "no swap", "mean face", "swap", "B itself", "over no swap", "over mean", "recovered %", "SSIM",
        "identified as B %", "pose deg", "jaw", "smile", "blink", "over no swap, turned > 30 deg"]
DIGITS = (1, 1, 1, 1, 1, 1, 0, 3, 0, 1, 2, 2, 2, 1)


def table(records):
    """Write the records as a table, with the median of each column last.

    Args:
        records: (A, B) -> record of evaluate_pair.
    Returns:
        The table as Markdown.
    """
    def numbers(r):
        none, mean, swap, own = (r["rows"][name] for name in ("no swap", "mean face", "swap", "B itself"))
        decibels = [row["psnr"] for row in (none, mean, swap, own)]
        return [*decibels, decibels[2] - decibels[0], decibels[2] - decibels[1], 100 * r["fraction"], swap["ssim"],
                100 * swap["identity"], swap["pose"], swap["jaw"], swap["smile"], swap["blink"], r["turned"]]

    def line(name, values):
        return f"| {name} | " + " | ".join(f"{v:.{d}f}" for v, d in zip(values, DIGITS, strict=True)) + " |"

    values = np.array([numbers(r) for r in records.values()])
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += [line(f"{a} to {b}", v) for (a, b), v in zip(records, values, strict=True)]
    return "\n".join([*lines, line("median", np.median(values, 0))])


def measure(decoders):
    """Measure the swaps of everybody else of the cast into the people of these decoders.

    Args:
        decoders: name -> keras.Model.
    Returns:
        (A, B) -> record of evaluate_pair, for every ordered pair.
    """
    encoder, evaluators = load("shared_encoder"), (load("identity_evaluator"), load("pose_regressor"))
    held_out = {name: faces_of(person, HELD_OUT) for name, person in people().items()}
    records = {}
    for b, decoder in decoders.items():
        known = faces_of(people()[b], PICTURES)
        for a in held_out:
            if a != b:
                records[a, b] = evaluate_pair(held_out[a], held_out[b], known, decoder, encoder, evaluators, b)
    return records


def scores(records):
    """Write the records as the section of a card.

    Args:
        records: of measure.
    Returns:
        Markdown, from its heading on.
    """
    over = [r["rows"]["swap"]["psnr"] - r["rows"]["no swap"]["psnr"] for r in records.values()]
    return model_card("swap_scores", n=len(records), people=" and ".join(dict.fromkeys(b for _, b in records)),
                      pictures=len(PICTURES), test=len(HELD_OUT), table=table(records), least=min(over))


def main():
    """Fine-tune, ship and measure the decoders of SHIPPED."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="tuning time for each person")
    parser.add_argument("--measure", action="store_true", help="only measure the shipped decoders and renew the cards")
    options = parser.parse_args()
    if not options.measure:
        for name in SHIPPED:
            decoder, history = tune_decoder(faces_of(people()[name], PICTURES), options.seconds)
            card = model_card("named_decoder", name=name, seconds=options.seconds, n=len(PICTURES),
                              steps=len(history.steps))
            register(f"decoder_{name.lower()}", decoder, card, f"the swap's decoder of {name}, one of the cast")
    records = measure({name: load(f"decoder_{name.lower()}") for name in SHIPPED})
    for name in SHIPPED:
        write_scores(f"decoder_{name.lower()}", scores({pair: r for pair, r in records.items() if pair[1] == name}))
    for name in ("shared_encoder", "personal_decoder"):
        write_scores(name, scores(records))


def write_scores(checkpoint, text):
    """Put the scores into a card, in place of earlier ones.

    Args:
        checkpoint: its name.
        text: of scores.
    """
    card = find(checkpoint).path.with_name("card.md")
    before = card.read_text(encoding="utf-8").split("## Scores")[0].strip()
    card.write_text(f"{before}\n\n{text.strip()}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
