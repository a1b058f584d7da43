"""The leaderboard: one line of JSON for every meeting, and a page that is computed from these lines. Lesson 15."""
import html
import io
import json

import numpy as np
from PIL import Image

from course_lib.metrics.detection import auc, bootstrap, tpr_at_fpr

from . import ratings
from .matrix import caught

STYLE = """body{font:16px/1.45 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#1f2328}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.3em .6em;border:1px solid #d0d7de;text-align:right}
th:first-child,td:first-child{text-align:left}figure{display:inline-block;margin:.4em}img{display:block;width:112px}
figcaption{font-size:13px}"""


def lines(round_, digests=None, rounds=200):
    """The meetings of a round, as they are written down. Ratings are computed from them, never edited.

    Args:
        round_: matrix.Round.
        digests: Dict: entry -> SHA-256 of what was handed in.
        rounds: Of the bootstrap.
    Returns:
        List of dicts: round, detector, creator, n, auc, low, high, tpr (at 5 % false positives), caught, seed, sha256.
    Lesson 15.
    """
    out, digests = [], digests or {}
    for detector in round_.detectors:
        for creator in round_.creators:
            sample = round_.sample(detector, creator)
            area = bootstrap(auc, *sample, rounds=rounds)
            out.append({
                "round": round_.seed, "detector": detector, "creator": creator, "n": len(round_.people[creator]),
                "auc": round(area.value, 4), "low": round(area.low, 4), "high": round(area.high, 4),
                "tpr": round(tpr_at_fpr(*sample[:2], 0.05), 4),
                "caught": [int(c) for c in caught(round_, detector, creator)], "people": list(round_.people[creator]),
                "seed": round_.seed, "sha256": [digests.get(detector, ""), digests.get(creator, "")]})
    return out


def as_text(rows):
    """The lines of a leaderboard as text.

    Args:
        rows: Of `lines`.
    Returns:
        JSON lines.
    Lesson 15.
    """
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def rated(rows, ridge=0.1, rounds=300):
    """Ratings with intervals from the lines of a leaderboard.

    Args:
        rows: Of `lines`, of one or several rounds.
        ridge, rounds: As for ratings.bootstrap_ratings.
    Returns:
        List of (name, "detector" or "creator", rating, low, high), the best first.
    Lesson 15.
    """
    detectors = list(dict.fromkeys(r["detector"] for r in rows))
    creators = list(dict.fromkeys(r["creator"] for r in rows))
    outcomes, people = [], []
    for row in rows:
        i, j = detectors.index(row["detector"]), len(detectors) + creators.index(row["creator"])
        outcomes += [(i, j) if won else (j, i) for won in row["caught"]]
        people += row["people"]
    numbers = ratings.bootstrap_ratings(np.array(outcomes), np.array(people), len(detectors) + len(creators), ridge,
                                        rounds)
    table = zip(detectors + creators, ["detector"] * len(detectors) + ["creator"] * len(creators), *numbers,
                strict=True)
    return sorted(((n, kind, float(r), float(a), float(b)) for n, kind, r, a, b in table), key=lambda x: -x[2])


def page(rows, problems=None, pictures=None, house=None, title="The arena"):
    """The leaderboard as a page of HTML that needs nothing else.

    Args:
        rows: Of `lines`.
        problems: Dict: entry -> why it was refused, or what else is to be said.
        pictures: Dict: (heading, caption) -> f32 RGB image.
        house: Dict: detector -> AUC on the secret house set.
        title: Of the page.
    Returns:
        HTML; every text of an entry is escaped.
    Lesson 15.
    """
    safe = lambda text: html.escape(str(text))  # noqa: E731
    detectors = list(dict.fromkeys(r["detector"] for r in rows))
    creators = list(dict.fromkeys(r["creator"] for r in rows))
    cells = {(r["detector"], r["creator"]): r for r in rows}
    body = [f"<h1>{safe(title)}</h1><h2>Matrix</h2><p>AUC, with its 95 % interval over people. 0.5 is chance.</p>",
            "<table><tr>" + "".join(f"<th>{safe(c)}</th>" for c in ["detector", *creators, "house set"]) + "</tr>"]
    for d in detectors:
        row = [f"{cells[d, c]['auc']:.2f}<br><small>{cells[d, c]['low']:.2f} to {cells[d, c]['high']:.2f}</small>"
               for c in creators]
        secret = f"{(house or {})[d]:.2f}" if d in (house or {}) else ""
        body.append(f"<tr><td>{safe(d)}</td>" + "".join(f"<td>{x}</td>" for x in [*row, secret]) + "</tr>")
    body.append("</table><h2>Ratings</h2><p>Bradley-Terry, logits, with 95 % intervals over people. Overlapping "
                "intervals are a tie.</p><table><tr><th>entry</th><th>side</th><th>rating</th><th>interval</th></tr>")
    for name, kind, value, low, high in rated(rows) if rows else ():
        numbers = f"<td>{value:+.2f}</td><td>{low:+.2f} to {high:+.2f}</td>"
        body.append(f"<tr><td>{safe(name)}</td><td>{kind}</td>{numbers}</tr>")
    body.append("</table>")
    if problems:
        listed = "".join(f"<li>{safe(name)}: {safe(why)}</li>" for name, why in problems.items())
        body.append(f"<h2>Remarks</h2><ul>{listed}</ul>")
    for (heading, caption), image in (pictures or {}).items():
        body.append(f"<figure>{_image(image, f'{heading}: {caption}')}<figcaption>{safe(heading)}<br>{safe(caption)}"
                    "</figcaption></figure>")
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{safe(title)}</title><style>{STYLE}</style>'
    return head + "\n".join(body) + "</html>\n"


def _image(image, alt):
    import base64

    file = io.BytesIO()
    Image.fromarray((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)).save(file, "PNG")
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}">'
