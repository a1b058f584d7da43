"""A row for each file, whoever scores it, however often it is stopped, and whatever is wrong with the file."""
import os
import time

import numpy as np
import pytest
from PIL import Image

from course_lib import cli
from course_lib.pipelines import Finding, corpus, files_in, score

NO_DASK = "Dask is not installed: `make extras` brings it"


def make_detector(deadly=""):
    """A detector whose score is a function of the bytes, and which ends its process at files of one name."""

    def detector(path, model, frames):
        if deadly and path.name == deadly:
            time.sleep(2)  # Dask's nanny does not replace a worker that ends while it is still being started
            os._exit(1)
        content = path.read_bytes()
        if not content:
            return Finding(str(path), model, "video", problem="it is\nempty")
        return Finding(str(path), model, "photograph", frames=frames, score=sum(content) / 7, notes=["a, b", "c"])

    return detector


@pytest.fixture
def folder(tmp_path):
    """Seven files, of which one is empty, in a folder and one below it; files of text and hidden ones beside them."""
    home = tmp_path / "corpus"
    (home / "below").mkdir(parents=True)
    for k in range(6):
        (home / f"{k}.jpg").write_bytes(bytes([k, k + 3]))
    (home / "below" / "empty.mp4").touch()
    (home / "notes.txt").write_text("no picture")
    (home / ".hidden.png").write_text("no picture")
    return home


@pytest.fixture(scope="module")
def client():
    """A function that gives a Client with one or two workers; a worker that dies is replaced."""
    distributed = pytest.importorskip("distributed", reason=NO_DASK)
    made = {}

    def start(workers):
        if workers not in made:
            cluster = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")
            made[workers] = cluster, distributed.Client(cluster)
        return made[workers][1]

    yield start
    for cluster, one in made.values():
        one.close()
        cluster.close()


def test_text_and_hidden_files_are_not_listed(folder):
    assert [os.path.relpath(path, folder).replace(os.sep, "/") for path in files_in(folder)] == [
        "0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "below/empty.mp4"]
    with pytest.raises(FileNotFoundError, match="no folder"):
        files_in(folder / "nowhere")


def test_every_file_has_a_row_in_the_order_of_the_paths(folder, tmp_path):
    paths = files_in(folder)[::-1] + [str(folder / "gone.jpg")]
    rows = score(paths, detector=make_detector(), output=tmp_path / "s.csv", batch=2, quiet=True)
    assert [row.path for row in rows] == paths
    assert rows[0].problem == "it is empty" and rows[0].score is None and len(rows[0].sha256) == 64
    assert rows[1].score == 13 / 7 and rows[1].notes == "a, b; c" and rows[1].frames == corpus.FRAMES
    assert "No such file" in rows[-1].problem and rows[-1].sha256 == ""
    assert set(corpus._read(tmp_path / "s.csv").values()) == set(rows)


def test_a_stopped_run_goes_on_and_only_what_changed_is_scored_again(folder, tmp_path):
    table, paths = tmp_path / "s.csv", files_in(folder)
    seen = []

    def counting(path, model, frames):
        seen.append(path.name)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return make_detector()(path, model, frames)

    with pytest.raises(KeyboardInterrupt):
        score(paths, detector=counting, output=table, batch=1, quiet=True)
    with table.open("a") as file:
        file.write(f"{paths[3]},abc,meso4_c")  # a line that the power cut
    rows = score(paths, detector=counting, output=table, batch=1, quiet=True)
    assert seen == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "3.jpg", "4.jpg", "5.jpg", "empty.mp4"]
    assert rows == score(paths, detector=make_detector(), quiet=True)
    (folder / "2.jpg").write_bytes(b"other")
    del seen[:]
    seen += [""] * 4
    changed = score(paths, detector=counting, output=table, quiet=True)
    assert seen[4:] == ["2.jpg"] and changed[2].score == sum(b"other") / 7
    score(paths, detector=counting, model="another", output=table, quiet=True)
    assert len(seen) == 5 + len(paths)
    assert len(table.read_text().splitlines()) == 1 + len(paths) + 1 + len(paths)


def test_another_table_is_not_written_over(folder, tmp_path):
    (tmp_path / "marks.csv").write_text("name,points\nAda,3\n")
    with pytest.raises(ValueError, match="no table of scores"):
        score(files_in(folder), detector=make_detector(), output=tmp_path / "marks.csv")
    assert (tmp_path / "marks.csv").read_text() == "name,points\nAda,3\n"


def test_an_unknown_model_is_refused_before_any_work(folder, tmp_path):
    with pytest.raises(ValueError, match="resnet"):
        score(files_in(folder), model="resnet", output=tmp_path / "s.csv")
    assert not (tmp_path / "s.csv").exists()


def test_an_estimate_follows_the_first_batch(folder, capsys):
    score(files_in(folder), detector=make_detector(), batch=3)
    assert "s a file: about 0 s for the other 4" in capsys.readouterr().out
    assert [corpus._long(s) for s in (12, 89, 90, 5399, 5400, 360_000)] == [
        "12 s", "89 s", "1.5 minutes", "90.0 minutes", "1.5 hours", "100.0 hours"]


def pictures(folder, cast_pictures):
    """Four pictures of the cast at twice their size, and an empty file."""
    folder.mkdir()
    for k, picture in enumerate(cast_pictures[:4]):
        Image.fromarray((picture * 255).astype(np.uint8)).resize((256, 256)).save(folder / f"{k}.png")
    (folder / "empty.mp4").touch()
    return folder


def test_the_command(tmp_path, capsys, cast_pictures):
    home, table = pictures(tmp_path / "home", cast_pictures), str(tmp_path / "s.csv")
    assert cli.main(["detect", "--many", str(home), "-o", table]) == 0
    assert "5 files" in (said := capsys.readouterr().out) and "not a proof" in said
    (tmp_path / "nothing").mkdir()
    assert cli.main(["detect", "--many", str(tmp_path / "nothing"), "-o", table]) == 1
    assert "no picture and no video" in capsys.readouterr().err
    for wrong in (["--many", str(home)], ["a.jpg", "-o", table], []):
        with pytest.raises(SystemExit):
            cli.main(["detect", *wrong])


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_give_the_same_rows(folder, tmp_path, client, workers):
    paths = [*files_in(folder), str(folder / "gone.jpg")]
    rows = score(paths, client(workers), detector=make_detector(), output=tmp_path / "s.csv", batch=2, quiet=True)
    assert rows == score(paths, detector=make_detector(), quiet=True)
    assert set(corpus._read(tmp_path / "s.csv").values()) == set(rows)


def test_a_file_that_kills_its_worker_costs_no_other_its_score(folder, tmp_path, client):
    paths = files_in(folder)
    rows = score(paths, client(2), detector=make_detector("1.jpg"), output=tmp_path / "s.csv", batch=3, quiet=True)
    alone = score(paths, detector=make_detector(), quiet=True)
    assert "every worker that scored it ended" in rows[1].problem and rows[1].sha256 == ""
    assert rows[:1] + rows[2:] == alone[:1] + alone[2:]
    again = score(paths, client(2), detector=make_detector(), output=tmp_path / "s.csv", quiet=True)
    assert again == alone, "with the fault repaired, the same call scores the rest"


def test_the_real_detector_gives_the_same_scores_on_workers(tmp_path, client, cast_pictures):
    paths = files_in(pictures(tmp_path / "home", cast_pictures))
    here = score(paths, quiet=True)
    assert sum(row.score is not None for row in here) >= 2
    for workers in (1, 2):
        assert score(paths, client(workers), batch=1, quiet=True) == here


def test_the_command_finds_a_scheduler_by_its_address(tmp_path, client, cast_pictures, capsys):
    home, table = pictures(tmp_path / "home", cast_pictures), str(tmp_path / "s.csv")
    assert cli.main(["detect", "--many", str(home), "-o", table, "--scheduler", client(1).scheduler.address]) == 0
    said = capsys.readouterr().out
    assert "workers: 1; Dask's dashboard: http" in said and "5 files" in said
