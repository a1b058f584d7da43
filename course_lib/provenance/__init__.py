"""Provenance of files: consent before reading; label, watermark and manifest when writing. Lesson 14."""

from . import (
    boxes,
    certificates,
    chance,
    clip_mark,
    consent,
    credentials,
    fingerprints,
    label,
    ledger,
    log,
    lookup,
    manifest,
    payload,
    samples,
    signing,
    spread,
    stamp,
    steering,
    tile,
    validation,
    watermark,
)

__all__ = ["boxes", "certificates", "chance", "clip_mark", "consent", "credentials", "fingerprints", "label", "ledger",
           "log", "lookup", "manifest", "payload", "samples", "signing", "spread", "stamp", "steering", "tile",
           "validation", "watermark"]
