"""What a resumed run has seen, and what it has not."""
from course_lib.training import fit
from course_lib.training.history import rest_of

from .test_fit import data, tiny


def test_a_resumed_run_sees_the_batches_that_an_unbroken_one_would_have_seen(tmp_path):
    file, seen = tmp_path / "run.npz", {3: [], 8: []}

    def noted(numbered, numbers):
        for number, batch in numbered:
            numbers.append(number)
            yield batch

    for steps in (3, 8):
        model = tiny()
        batches = noted(rest_of(enumerate(data()), file, model), seen[steps])
        fit(model, batches, steps=steps, checkpoint=file, resume=True, quiet=True)
    assert seen[3][:3] == [0, 1, 2] and seen[8][:5] == [3, 4, 5, 6, 7]  # what lies beyond was fetched ahead
