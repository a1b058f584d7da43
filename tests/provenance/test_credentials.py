"""Real C2PA, where the optional package is installed: the states that the page tells of."""
import io

import numpy as np
import pytest
from PIL import Image

from course_lib.provenance import credentials

needs_c2pa = pytest.mark.skipif(not credentials.available(), reason="c2pa is not installed (make extras)")
ACTIONS = [{"label": "c2pa.actions.v2", "data": {"actions": [{
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}]}}]


def jpeg():
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(file, "JPEG")
    return file.getvalue()


@needs_c2pa
def test_a_signed_jpeg_is_valid_trusted_and_invalid_when_changed():
    chain, private, root = credentials.test_chain()
    data = credentials.sign(jpeg(), "jpeg", chain, private, ACTIONS)
    assert credentials.read(data, "jpeg")[0] == "Valid"
    assert credentials.read(data, "jpeg", root)[0] == "Trusted"
    state, codes, _ = credentials.read(data + b"x", "jpeg", root)
    assert state == "Invalid" and "assertion.dataHash.mismatch" in codes
    assert credentials.read(jpeg(), "jpeg", root)[0] == "None"


def test_the_sentence_for_those_without_it_says_what_to_do():
    assert "make extras" in credentials.ABSENT
    chain, private, root = credentials.test_chain()
    assert chain.count(b"BEGIN CERTIFICATE") == 2 and b"PRIVATE KEY" in private and root in chain
