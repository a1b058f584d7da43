"""The stored measurement of the pulse is complete."""
from course_lib import cast
from course_lib.experiments import pulse_codec


def test_the_pulse_was_measured_on_the_whole_cast_with_and_without():
    rows = pulse_codec.read()["clips"]
    seen = {(r["person"], r["pulse"], r["crf"], r["method"]) for r in rows}
    assert len(seen) == len(rows) == len(cast.people()) * 2 * len(pulse_codec.CRFS) * 3
