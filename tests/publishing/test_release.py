"""What a release must have, and that each lack is named."""
import http.server
import subprocess
import threading

import pytest

from course_lib.publishing import release

FILES = {"pyproject.toml": '[project]\nversion = "1.2.0"\n', "CHANGELOG.md": "# Changes\n\n## 1.2.0 - 2026-12-01\n",
         "CITATION.cff": "title: t\nversion: 1.2.0\ndate-released: 2026-12-01\n"}


@pytest.mark.parametrize(("file", "old", "new", "says"), [
    ("CITATION.cff", "version: 1.2.0", "version: 1.1.0", ["CITATION.cff does not name version 1.2.0"]),
    ("CITATION.cff", "2026-12-01", "2026-11-01", ["CITATION.cff has no `date-released: 2026-12-01`"]),
    ("CHANGELOG.md", "2026-12-01", "unreleased", ["CHANGELOG.md has no date for 1.2.0"]),
    ("CHANGELOG.md", "## 1.2.0", "## 1.1.0", ["CHANGELOG.md begins with 1.1.0"]),
    ("CHANGELOG.md", "2026-12-01", "2026-12-01", []),
])
def test_version_and_date_agree(tmp_path, file, old, new, says):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.replace(old, new) if name == file else text)
    found = release.disagreements(tmp_path)
    assert len(found) == len(says) and all(text in line for text, line in zip(says, found, strict=True))


def test_all_weights_have_a_licence_and_ours_a_card(monkeypatch):
    lines, wrong = release.weights()
    entries = release.checkpoints.list_checkpoints()
    assert wrong == [] and len(lines) == 2 + len(entries) + 4
    bare = release.checkpoints.Checkpoint("mine", "model.keras", 3, "0" * 64, "about", " ")
    monkeypatch.setattr(release.checkpoints, "list_checkpoints", lambda: [bare])
    assert [line.split(" ", 1)[1] for line in release.weights()[1]] == [
        "has no licence in datasets/registry.toml", "is shipped without a card"]


def test_links_are_found_in_texts_and_examples_left_out(tmp_path):
    (tmp_path / "datasets").mkdir()
    for name in ("CITATION.cff", "datasets/registry.toml"):
        (tmp_path / name).write_text("")
    (tmp_path / "README.md").write_text("[a](https://a.org/x_(y)), <https://b.org/c>. http://localhost:8888/ https://HUB/x")
    assert release.outside_links(tmp_path) == {"https://a.org/x_(y": "README.md", "https://b.org/c": "README.md"}


def test_a_dead_link_is_named():
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response({"/gone": 404, "/closed": 403}.get(self.path, 200))
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_port}"
        found = release.dead({f"{home}/{name}": "a.md" for name in ("there", "gone", "closed")})
        server.shutdown()
    assert found == [f"a.md links to {home}/gone: 404 Not Found"]


def test_the_clone_refuses_what_is_not_committed(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "new.py").write_text("")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="new.py"):
        release.clone()


def test_the_first_step_that_fails_ends_the_check(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(release, "clone", lambda: None)
    monkeypatch.setattr(release, "CLONE", tmp_path)
    codes = {"lab": "open('lab', 'w')", "test": "raise SystemExit(3)", "book": "open('book', 'w')"}
    monkeypatch.setattr(release, "STEPS", {name: [["{python}", "-c", code]] for name, code in codes.items()})
    assert release.main(["--only", "lab", "test", "book"]) == 1
    assert (tmp_path / "lab").exists() and not (tmp_path / "book").exists()
    assert "exit status 3" in capsys.readouterr().out
    assert release.main(["--only", "lab"]) == 0


def test_a_step_finds_the_wheel_that_it_built(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "clone", lambda: None)
    monkeypatch.setattr(release, "CLONE", tmp_path)
    build = "import pathlib; p = pathlib.Path('build/dist'); p.mkdir(parents=True); (p / 'a-1.whl').touch()"
    install = "import sys; open('said', 'w').write(' '.join(sys.argv[1:]))"
    monkeypatch.setattr(release, "STEPS", {"lab": [["{python}", "-c", build],
                                                   ["{python}", "-c", install, "{wheel}", "{bin}/course"]]})
    assert release.main(["--only", "lab"]) == 0
    wheel, course = (tmp_path / "said").read_text().split()
    assert wheel.endswith("a-1.whl") and "build" in course and course.endswith("/course")
