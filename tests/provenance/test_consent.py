"""A folder of photographs is opened only beside a consent that is whole and holds today."""
import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.provenance import consent

TODAY = datetime.date(2026, 6, 1)
GOOD = 'subject = "Ada"\npurpose = "exercises"\ndate = 2026-01-01\nexpiry = 2026-12-31\n'


def test_a_valid_consent_is_read(tmp_path):
    (tmp_path / "consent.toml").write_text(GOOD)
    found = consent.require(tmp_path, TODAY)
    assert (found.subject, found.purpose, found.expiry) == ("Ada", "exercises", datetime.date(2026, 12, 31))
    (tmp_path / "consent.toml").write_text(GOOD.replace("2026-01-01", '"2026-01-01"'), encoding="utf-8-sig")
    assert consent.require(tmp_path, TODAY).date == datetime.date(2026, 1, 1)  # quoted, and saved by a Windows editor


@pytest.mark.parametrize(("text", "says"), [
    (None, "holds no consent.toml"),
    ("subject = Ada", "cannot be read"),
    (GOOD.replace('"Ada"', '"  "'), "names no subject"),
    (GOOD.replace("purpose", "why"), "names no purpose"),
    (GOOD.replace("date = 2026-01-01", ""), "date is missing"),
    (GOOD.replace("2026-12-31", '"next year"'), "expiry is 'next year'"),
    (GOOD.replace("2026-01-01", "2026-06-02"), "dated 2026-06-02, which is after today"),
    (GOOD.replace("2026-12-31", "2025-12-31"), "before its own date"),
    (GOOD.replace("2026-12-31", "2026-05-31"), "expired on 2026-05-31"),
])
def test_anything_else_is_refused_with_the_reason_and_the_template(tmp_path, text, says):
    if text is not None:
        (tmp_path / "consent.toml").write_text(text)
    with pytest.raises(consent.ConsentError, match=says) as caught:
        consent.require(tmp_path, TODAY)
    assert consent.template(TODAY) in str(caught.value)


def test_the_template_must_be_filled_in_and_then_holds(tmp_path):
    (tmp_path / "consent.toml").write_text(consent.template())
    with pytest.raises(consent.ConsentError, match="names no subject"):
        consent.require(tmp_path)
    (tmp_path / "consent.toml").write_text(consent.template().replace('""', '"x"'))
    assert consent.require(tmp_path).date == datetime.date.today()


@settings(max_examples=40, deadline=None)
@given(st.dates(), st.dates(), st.dates())
def test_it_holds_from_its_date_to_its_expiry(tmp_path_factory, date, expiry, today):
    folder = tmp_path_factory.mktemp("own")
    (folder / "consent.toml").write_text(f'subject = "a"\npurpose = "b"\ndate = "{date}"\nexpiry = "{expiry}"\n')
    if date <= today <= expiry:
        assert consent.require(folder, today).expiry == expiry
    else:
        with pytest.raises(consent.ConsentError):
            consent.require(folder, today)
