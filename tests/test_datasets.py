"""The consent template is refused as it stands, and accepted once it is filled in."""
import datetime

import pytest

from course_lib.checkpoints import DATASETS
from course_lib.provenance import consent

WITHIN, AFTER = datetime.date(2026, 6, 1), datetime.date(2027, 1, 1)


def test_consent_template(tmp_path):
    text = (DATASETS / "consent.template.toml").read_text(encoding="utf-8")
    file = tmp_path / "consent.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(consent.ConsentError, match="names no subject"):
        consent.require(tmp_path, WITHIN)
    file.write_text(text.replace('subject = ""', 'subject = "Ada"').replace('purpose = ""', 'purpose = "a test"'))
    assert consent.require(tmp_path, WITHIN).subject == "Ada"
    with pytest.raises(consent.ConsentError, match="expired"):
        consent.require(tmp_path, AFTER)
