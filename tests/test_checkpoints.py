"""Weights are read only when size and hash agree, and a download leaves the whole file or nothing."""
import hashlib
import http.server
import threading
import tomllib

import keras
import numpy as np
import pytest

from course_lib import checkpoints
from course_lib.checkpoints import CheckpointError, fetch, find, list_checkpoints, load, register, verify

SENT = b"weights of somebody else" * 50
SHA256 = hashlib.sha256(SENT).hexdigest()


@pytest.fixture
def datasets(tmp_path, monkeypatch):
    """A registry of our own, with one download; the cache beside it."""
    folder = tmp_path / "datasets"
    folder.mkdir()
    monkeypatch.setattr(checkpoints, "DATASETS", folder)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    (folder / "registry.toml").write_text("# what stands on top stays on top\n", encoding="utf-8")
    return folder


@pytest.fixture
def server():
    """A web server on this machine; its `.sends` are the bytes that it answers with."""
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(SENT)))
            self.end_headers()
            self.wfile.write(self.server.sends)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as web:
        web.sends = SENT
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield web
        web.shutdown()


def offer(datasets, url, size=None):
    with open(datasets / "registry.toml", "a", encoding="utf-8") as file:
        file.write(f'\n[checkpoints.theirs]\nfile = "theirs.bin"\nsize = {size or len(SENT)}\nsha256 = "{SHA256}"\n'
                   f'about = "a test"\nlicence = "none"\nurl = "{url}"\n')
    return find("theirs")


def small_model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


def test_registered_model_comes_back_the_same(datasets):
    model = small_model()
    path = register("tiny", model, "# Tiny\nOne layer.", 'says "hello" \\ über')
    x = np.ones((1, 3), np.float32)
    np.testing.assert_array_equal(load("tiny")(x), model(x))
    assert path.with_name("card.md").read_text(encoding="utf-8").startswith("# Tiny")
    assert [c.about for c in list_checkpoints()] == ['says "hello" \\ über']
    assert not list(path.parent.glob(".part*"))


def test_registering_again_keeps_the_others_and_the_header(datasets):
    entry = offer(datasets, "https://example.org/x")
    register("tiny", small_model(), "card", "first")
    register("tiny", small_model(), "card", "second")
    text = (datasets / "registry.toml").read_text(encoding="utf-8")
    assert text.startswith("# what stands on top stays on top") and list(tomllib.loads(text)) == ["checkpoints"]
    assert [c.name for c in list_checkpoints()] == ["theirs", "tiny"]
    assert find("theirs") == entry and find("tiny").about == "second"


@pytest.mark.parametrize(("name", "card"), [("../up", "card"), ("a b", "card"), ("", "card"), ("fine", " \n")])
def test_bad_registration_writes_nothing(datasets, name, card):
    before = (datasets / "registry.toml").read_text(encoding="utf-8")
    with pytest.raises(CheckpointError):
        register(name, small_model(), card, "about")
    assert (datasets / "registry.toml").read_text(encoding="utf-8") == before
    assert [p.name for p in datasets.iterdir()] == ["registry.toml"]


def test_a_download_is_not_overwritten_by_a_recipe(datasets):
    offer(datasets, "https://example.org/x")
    with pytest.raises(CheckpointError, match="another name"):
        register("theirs", small_model(), "card", "about")


def test_one_changed_byte_is_refused(datasets):
    path = register("tiny", small_model(), "card", "about")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(CheckpointError, match="sha256"):
        load("tiny")
    path.write_bytes(damaged[:-1])
    with pytest.raises(CheckpointError, match="bytes instead of"):
        verify("tiny")
    path.unlink()
    with pytest.raises(CheckpointError, match="git checkout"):
        verify("tiny")


def test_a_checkpoint_that_carries_code_is_refused(datasets):
    register("trojan", keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x + 1)]), "card", "about")
    with pytest.raises(CheckpointError, match="unsafe"):
        load("trojan")


def test_fetch_downloads_once(datasets, server):
    entry = offer(datasets, f"http://127.0.0.1:{server.server_port}/theirs.bin")
    assert fetch("theirs") == entry.path and entry.path.read_bytes() == SENT
    server.sends = b""  # a second fetch does not ask again
    assert fetch("theirs") == entry.path
    assert [p.name for p in entry.path.parent.iterdir()] == ["theirs.bin"]
    with pytest.raises(CheckpointError, match="no Keras model"):
        load("theirs")


def test_fetch_replaces_a_damaged_file(datasets, server):
    entry = offer(datasets, f"http://127.0.0.1:{server.server_port}/theirs.bin")
    entry.path.parent.mkdir(parents=True)
    entry.path.write_bytes(SENT[:-3])
    assert fetch("theirs").read_bytes() == SENT


@pytest.mark.parametrize("sends", [SENT[:100], SENT[:-1] + b"?", SENT * 2])
def test_a_wrong_download_leaves_nothing(datasets, server, sends):
    # a server cannot send more than it announced, so the longer answer meets a smaller size in the registry
    size = len(SENT) - 5 if len(sends) > len(SENT) else len(SENT)
    entry = offer(datasets, f"http://127.0.0.1:{server.server_port}/x", size=size)
    server.sends = sends
    with pytest.raises(CheckpointError):
        fetch("theirs", timeout=5)
    assert list(entry.path.parent.iterdir()) == []


def test_without_a_network_the_error_says_where_to_put_the_file(datasets, server):
    port = server.server_port
    server.shutdown()
    server.server_close()
    entry = offer(datasets, f"http://127.0.0.1:{port}/x")
    with pytest.raises(CheckpointError, match="put it at") as error:
        fetch("theirs", timeout=2)
    assert str(entry.path) in str(error.value) and list(entry.path.parent.iterdir()) == []


def test_unknown_name_lists_the_known(datasets):
    register("tiny", small_model(), "card", "about")
    with pytest.raises(CheckpointError, match="tiny"):
        find("tinny")


def test_everything_shipped_is_intact_and_has_its_card():
    for entry in list_checkpoints():
        assert len(entry.sha256) == 64 and entry.size > 0 and entry.about and entry.licence
        if entry.url:
            assert entry.url.startswith("https://")
        else:
            assert verify(entry.name).with_name("card.md").read_text(encoding="utf-8").strip()
    shipped = {c.name for c in list_checkpoints() if not c.url}
    folder = checkpoints.DATASETS / "checkpoints"
    weights = {p.parent.name for p in folder.glob("*/*") if p.suffix in (".keras", ".h5", ".npz", ".onnx")}
    assert weights <= shipped, "a checkpoint that the registry does not know"


def test_size_of_the_clone_stays_moderate():
    assert sum(c.size for c in list_checkpoints() if not c.url) < 150e6


def test_damaged_weights_of_keras_2_are_refused(tmp_path):
    path = tmp_path / "theirs.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(CheckpointError, match="no weights of a Keras 2 model"):
        checkpoints.read_h5(path)


@pytest.mark.parametrize("text", ["[checkpoints.x\n", "[checkpoints.x]\nname = 3\n", "[checkpoints.x]\nfile = 'a'\n",
                                  "checkpoints = 3\n", "[checkpoints]\nx = 3\n", "a = " + "[" * 3000])
def test_a_damaged_registry_is_one_clear_line(datasets, text, capsys):
    from course_lib import cli

    (datasets / "registry.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CheckpointError, match="cannot be read as the registry"):
        list_checkpoints()
    assert cli.main(["checkpoints"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("[FAIL]") and "registry" in out and out.count("\n") == 1 and "Error" not in out


def test_a_registry_with_a_byte_order_mark_is_read(datasets):
    register("mine", small_model(), "a card", "about")
    path = datasets / "registry.toml"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert find("mine").name == "mine"


def test_without_a_cache_nothing_is_fetched_and_the_list_still_comes(datasets, server, tmp_path, monkeypatch, capsys):
    from course_lib import cli

    offer(datasets, f"http://localhost:{server.server_address[1]}/x")
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(CheckpointError, match="cannot be kept.*set COURSE_CACHE"):
        fetch("theirs")
    assert cli.main(["checkpoints"]) == 0 and "absent" in capsys.readouterr().out
