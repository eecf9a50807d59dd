"""The text model of a library: fitted on its latest works, stored on disk, refitted as it grows.

A page never waits for a large fit: where there is no model yet, or only one of a much smaller
library, a quick one is fitted on QUICK_WORKS works; `refresh` (after a gather or an import) fits
the whole one.
"""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from academichub.errors import StorageError
from academichub.index.tokens import TOKENISER
from academichub.library.works import Library
from academichub.messages import Message
from academichub.radar.text_model import TextModel, Vectors, fit_text_model
from academichub.radar.vocabulary import Vocabulary, bag, fit_vocabulary
from academichub.store.works_store import latest_texts

FULL_WORKS = 20_000
"""Works a whole model is fitted on: the latest ones."""

QUICK_WORKS = 2_000
"""Works a model is fitted on while a reader waits: about 1.5 s of one core, half of it the import
of sklearn."""

OUTGROWN = 1.2
"""A model is refitted when the library has this many times the works it was fitted for."""

LAYOUT = "2"
"""Version of the files; a model of another version is fitted again."""

FileStamp = tuple[int, int]
"""When a file was last changed (nanoseconds) and its size in bytes."""

MAX_CACHED_VECTORS = 60_000
"""Works whose counted words are remembered in memory."""


@dataclass
class LibraryModel:
    """A vocabulary, the text model fitted with it, and the counted words of the works seen so far.

    Attributes:
        vocabulary: The words.
        model: The fitted numbers.
        num_works: How many works the library had when it was fitted.
        fingerprint: Differs when the model differs.
    """

    vocabulary: Vocabulary
    model: TextModel
    num_works: int
    fingerprint: str
    _bags: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict, repr=False)

    def vectors(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        """Return (title, text) pairs as vectors; counted words are remembered by content."""
        if len(self._bags) > MAX_CACHED_VECTORS:
            self._bags.clear()
        return self.model.vectors(
            self.vocabulary.counts([self._bag(title, text) for title, text in texts])
        )

    def _bag(self, title: str, text: str) -> dict[str, int]:
        name = (title, hash(text))
        counted = self._bags.get(name)
        if counted is None:
            counted = self._bags[name] = dict(bag(title, text))
        return counted


class ModelStore:
    """The models of a data folder.

    Args:
        folder: Where they are stored; made on first use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[Path, tuple[FileStamp, LibraryModel]] = {}
        self._lock = threading.Lock()

    def get(self, library: Library) -> LibraryModel | None:
        """Return the model to rank with, without a large fit; None for a library without words."""
        path = self._path(library)
        loaded = self._load(path)
        if loaded is not None and loaded.model.num_fitted * OUTGROWN >= min(
            library.count(), QUICK_WORKS
        ):
            return loaded
        quick = _fitted(library, QUICK_WORKS)
        if quick is not None:
            with suppress(
                StorageError
            ):  # a page is ranked all the same where the folder cannot be written
                self._save(path, quick)
        return quick

    def is_stale(self, library: Library) -> bool:
        """Whether `refresh` would fit a new model."""
        loaded = self._load(self._path(library))
        count = library.count()
        if loaded is None:
            return count > 0
        num_fitted = min(count, FULL_WORKS)
        return (
            loaded.model.num_fitted * OUTGROWN < num_fitted or loaded.num_works * OUTGROWN < count
        )

    def refresh(self, library: Library) -> LibraryModel | None:
        """Refit the whole model if the library has outgrown it; return the one to use."""
        if not self.is_stale(library):
            return self.get(library)
        fitted = _fitted(library, FULL_WORKS)
        if fitted is not None:
            self._save(self._path(library), fitted)
        return fitted

    def _path(self, library: Library) -> Path:
        name = hashlib.sha256(library.database.place.encode()).hexdigest()[:12]
        return self._folder / f"text-{name}.npz"

    def _save(self, path: Path, fitted: LibraryModel) -> None:
        """Write a model; a reader of the file sees the old one or the new one, never a part."""
        model = fitted.model
        temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.npz")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            np.savez(
                temporary,
                about=np.asarray(
                    [
                        LAYOUT,
                        TOKENISER,
                        str(fitted.num_works),
                        str(model.num_fitted),
                        fitted.fingerprint,
                    ]
                ),
                words=np.frombuffer("\n".join(fitted.vocabulary.words).encode(), dtype=np.uint8),
                idf=model.idf_D,
                basis=model.basis_DK,
                energy=model.energy_K,
                gram=model.gram_KK,
            )
            temporary.replace(path)
        except OSError as problem:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StorageError(
                Message.of(
                    "storage.text_model", folder=str(self._folder), why=str(problem.strerror)
                )
            ) from problem
        self._remember(path, fitted)

    def _remember(self, path: Path, model: LibraryModel) -> None:
        stamp = _stamp(path)
        if stamp is not None:
            with self._lock:
                self._loaded[path] = (stamp, model)

    def _load(self, path: Path) -> LibraryModel | None:
        """Return the model of a file, from memory where it has not changed; None if not usable."""
        stamp = _stamp(path)
        if stamp is None:
            return None
        with self._lock:
            stored = self._loaded.get(path)
        if stored is not None and stored[0] == stamp:
            return stored[1]
        model = _read(path)
        if model is not None:
            self._remember(path, model)
        return model


def _stamp(path: Path) -> FileStamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> LibraryModel | None:
    """Return a stored model; None if it is damaged or of another layout or tokeniser."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            parts: dict[str, Any] = {name: stored[name] for name in stored.files}
        layout, tokeniser, num_works, num_fitted, fingerprint = (
            str(text) for text in parts["about"]
        )
        words = bytes(parts["words"]).decode().split("\n")
        if (layout, tokeniser) != (LAYOUT, TOKENISER) or len(words) != len(parts["idf"]):
            return None
        model = TextModel(
            parts["idf"], parts["basis"], parts["energy"], parts["gram"], int(num_fitted)
        )
        return LibraryModel(Vocabulary(words), model, int(num_works), fingerprint)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _fitted(library: Library, limit: int) -> LibraryModel | None:
    """Fit on the latest works of a library; None where they have no words."""
    with library.database.read() as connection:
        texts = latest_texts(connection, limit)
    return fit_library_model(texts, library.count())


def fit_library_model(texts: Sequence[tuple[str, str]], num_works: int) -> LibraryModel | None:
    """Fit a model; None where the texts have no words.

    Args:
        texts: (title, text) of the works to fit on.
        num_works: How many works the library has.
    """
    bags = [bag(title, text) for title, text in texts]
    vocabulary = fit_vocabulary(bags)
    if not len(vocabulary):
        return None
    model = fit_text_model(vocabulary.counts(bags))
    digest = hashlib.sha256(
        "\n".join(vocabulary.words).encode() + model.idf_D.tobytes() + model.gram_KK.tobytes()
    )
    return LibraryModel(vocabulary, model, num_works, digest.hexdigest()[:16])
