"""The stored continuations of an hour-old swap."""
from course_lib.checkpoints import find
from course_lib.experiments import code_alignment


def test_the_continuations_began_at_the_shipped_weights():
    record = code_alignment.read()
    assert record["checkpoint"] == find("swap_from_scratch").sha256
    seeds = {run["seed"] for run in record["runs"]}
    assert len(seeds) > 1 and {(run["variant"], run["seed"]) for run in record["runs"]} == {
        (variant, seed) for variant in code_alignment.VARIANTS for seed in seeds}
    assert len(code_alignment.table(record).splitlines()) == len(record["runs"]) + 2
