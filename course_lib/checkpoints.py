"""Trained weights: list, fetch, verify, load, and register what a recipe has trained. Lesson 00.

datasets/registry.toml lists every file with its size and sha256, and nothing is read before both agree. What the
project trained is shipped in datasets/checkpoints/<name>/ with a card; what others trained is downloaded on request.
"""
import hashlib
import http.client
import json
import os
import tempfile
import tomllib
import urllib.request
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from .faults import in_words
from .profile import cache_path, usable_cache

HERE = Path(__file__).resolve().parent
# Beside the library in a checkout; inside it where the course was installed from a wheel (setup.py).
DATASETS = HERE / "datasets" if (HERE / "datasets").is_dir() else HERE.parent / "datasets"
CHUNK = 1 << 20


class CheckpointError(ValueError):
    """A file of weights is missing, damaged, unreachable, or differs from the registry."""


@dataclass(frozen=True)
class Checkpoint:
    """One entry of the registry.

    Args:
        name: Its key in the registry.
        file: The file's name.
        size: Bytes.
        sha256: 64 hexadecimal digits.
        about: What it is for.
        licence: Terms and holder.
        url: Where it is downloaded from; empty where it is shipped.
    """

    name: str
    file: str
    size: int
    sha256: str
    about: str
    licence: str
    url: str = ""

    @property
    def path(self):
        """Path of the file, whether it is there or not. Lesson 00."""
        home = cache_path() if self.url else DATASETS
        return home / "checkpoints" / self.name / self.file


def _registry():
    path = DATASETS / "registry.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        for name, entry in found.get("checkpoints", {}).items():
            made = Checkpoint(name, **entry)
            if not isinstance(made.size, int) or any(not isinstance(v, str) for k, v in entry.items() if k != "size"):
                raise TypeError(f"the entry {name} holds values of the wrong kind")
        return found
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read as the registry of checkpoints ({in_words(error)}); get the "
                              "course again, or `git checkout datasets/registry.toml`") from error


def list_checkpoints():
    """Every entry of the registry, shipped or not, present or not, in its order.

    Returns:
        List of Checkpoint.
    Lesson 00.
    """
    return [Checkpoint(name, **entry) for name, entry in _registry().get("checkpoints", {}).items()]


def find(name):
    """One entry of the registry.

    Args:
        name: Its key.
    Returns:
        Checkpoint.
    Raises:
        CheckpointError: For an unknown name; the message lists the known ones.
    Lesson 00.
    """
    known = {c.name: c for c in list_checkpoints()}
    if name not in known:
        raise CheckpointError(f"no checkpoint is called {name!r}; the registry knows {', '.join(known)}")
    return known[name]


def sha256_of(path):
    """The SHA-256 of a file, which is read in chunks.

    Args:
        path: The file.
    Returns:
        64 hexadecimal digits.
    Lesson 00.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def verify(name):
    """Check a checkpoint's file against the size and sha256 in the registry.

    Args:
        name: Key of the registry.
    Returns:
        Path of the file.
    Raises:
        CheckpointError: When the name is unknown, or the file is missing or differs; the message says what to do.
    Lesson 00.
    """
    entry = find(name)
    again = f"`course checkpoints fetch {name}`" if entry.url else f"`git checkout -- datasets/checkpoints/{name}`"
    if not entry.path.is_file():
        raise CheckpointError(f"checkpoint {name} is not at {entry.path}; get it with {again}")
    size = entry.path.stat().st_size
    if size != entry.size:
        raise CheckpointError(f"checkpoint {name} has {size} bytes instead of {entry.size}; delete {entry.path} "
                              f"and get it again with {again}")
    if (digest := sha256_of(entry.path)) != entry.sha256:
        raise CheckpointError(f"checkpoint {name} has sha256 {digest} instead of {entry.sha256}; delete "
                              f"{entry.path} and get it again with {again}")
    return entry.path


def fetch(name, timeout=30.0):
    """Download a checkpoint unless an intact file is there.

    Args:
        name: Key of the registry.
        timeout: Seconds without an answer.
    Returns:
        Path of the intact file.
    Raises:
        CheckpointError: When there is no network, or the download is not the file; nothing of it is kept.
    Lesson 00.
    """
    entry = find(name)
    if not entry.url:
        return verify(name)
    try:
        return verify(name)
    except CheckpointError:
        pass
    try:
        usable_cache()
        entry.path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=entry.path.parent, prefix=".part-")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"checkpoint {name} cannot be kept: {in_words(error)}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            _download(entry, file, timeout)
        os.replace(part, entry.path)
    except OSError as error:
        raise CheckpointError(f"checkpoint {name} cannot be kept at {entry.path} ({error.strerror or error}); nothing "
                              "of it is left. Free some disk, or set COURSE_CACHE") from error
    finally:
        Path(part).unlink(missing_ok=True)
    return entry.path


def _download(entry, file, timeout):
    request = urllib.request.Request(entry.url, headers={"User-Agent": "deepfake-course"})
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            while (chunk := answer.read(CHUNK)) and size <= entry.size:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
    except (OSError, http.client.HTTPException) as error:
        raise CheckpointError(
            f"checkpoint {entry.name} could not be downloaded from {entry.url} ({error}). Without a network, bring the "
            f"file from elsewhere and put it at {entry.path}; the lessons run without it.") from error
    if (size, digest.hexdigest()) != (entry.size, entry.sha256):
        more = "more than " if size > entry.size else ""
        raise CheckpointError(
            f"what {entry.url} sent is not checkpoint {entry.name}: {more}{min(size, entry.size)} bytes with sha256 "
            f"{digest.hexdigest()}, expected {entry.size} bytes with {entry.sha256}. Nothing of it was kept; "
            "try again later.")


def load(name):
    """Load a shipped model after its hash was checked, in safe mode: no code in the file is run.

    The course's own layers must have been registered, by importing the module that defines them.

    Args:
        name: Key of the registry.
    Returns:
        keras.Model, not compiled.
    Raises:
        CheckpointError: When the file is missing, damaged, holds weights alone, or needs a layer that is not
            registered.
    Lesson 00.
    """
    path = verify(name)
    if path.suffix != ".keras":
        raise CheckpointError(f"checkpoint {name} ({path.name}) is no Keras model: build its network and give it "
                              f"the path that fetch({name!r}) returns")
    import keras  # here, so that listing and verifying stay fast

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (TypeError, ValueError, OSError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise CheckpointError(f"checkpoint {name} does not load: {in_words(error)}\nIf a layer is not found, "
                              "import the module that registers it (the course's networks do) before load.") from error


def read_h5(path):
    """The weights in an .h5 file of Keras 2, by layer; no code in the file is run.

    Args:
        path: The file.
    Returns:
        Dict of a layer's name -> list of f32 arrays.
    Raises:
        CheckpointError: When the file is missing or of another kind.
    Lesson 10.
    """
    import h5py  # comes with Keras
    import numpy as np

    try:
        with h5py.File(path, "r") as file:
            root = file["model_weights"] if "model_weights" in file else file
            return {str(layer, "utf-8") if isinstance(layer, bytes) else layer:
                    [np.array(root[layer][weight], np.float32) for weight in root[layer].attrs["weight_names"]]
                    for layer in root.attrs["layer_names"]}
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise CheckpointError(f"{path} holds no weights of a Keras 2 model ({error}); "
                              "get it again with `course checkpoints fetch`") from error


def register(name, model, card, about, licence="Apache-2.0, the project"):
    """Ship a trained model: write model.keras and card.md, and its size and sha256 into the registry.

    Args:
        name: Letters, digits and underscores.
        model: keras.Model.
        card: The model card, Markdown: data, training, scores, limits, how to rebuild.
        about: One line for listings.
        licence: Terms and holder.
    Returns:
        Path of model.keras.
    Raises:
        CheckpointError: For an invalid name, an empty card, or a name that belongs to a download.
    Lesson 02.
    """
    registry = _registry()
    entries = registry.setdefault("checkpoints", {})
    if not name.isidentifier() or not name.isascii():
        raise CheckpointError(f"a checkpoint's name is letters, digits and underscores, got {name!r}")
    if not card.strip():
        raise CheckpointError(f"checkpoint {name} needs a card: data, training, scores, limits, how to rebuild it")
    if entries.get(name, {}).get("url"):
        raise CheckpointError(f"{name!r} is a download in the registry; choose another name")
    folder = DATASETS / "checkpoints" / name
    folder.mkdir(parents=True, exist_ok=True)
    part, path = folder / ".part.keras", folder / "model.keras"
    try:
        model.save(part)
        entry = Checkpoint(name, path.name, part.stat().st_size, sha256_of(part), about, licence)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    (folder / "card.md").write_text(card.strip() + "\n", encoding="utf-8")
    entries[name] = {k: v for k, v in asdict(entry).items() if k != "name" and v != ""}
    _write(registry)
    return path


def _write(registry):
    path = DATASETS / "registry.toml"
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    # a JSON string or integer is also a TOML one
    sections = ["\n".join([f"[{kind}.{name}]"] + [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in e.items()])
                for kind, entries in registry.items() for name, e in entries.items()]
    part = path.with_suffix(".part")
    part.write_text("\n\n".join(["\n".join(header), *sections]) + "\n", encoding="utf-8")
    os.replace(part, path)
