"""Embeddings of works, stored by work and model, for search, themes and bridges.

Vectors come from the endpoint in the settings (llm/), through a function that embeds texts. They
are stored as float16 of unit length with a hash of their text, so that a changed abstract is
embedded again. Some or all of them may be missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from academichub.store.database import Database
from academichub.store.embeddings_store import (
    embedded_text_hashes,
    newest_vector,
    number_and_latest_time,
    numbered_vectors,
    packed_vectors,
    write_vector_rows,
)
from academichub.works.work import Work

_STORED_TYPE = np.dtype("<f2")

Embed = Callable[[Sequence[str]], list[list[float]]]
"""Texts -> a vector for each, in order."""


def embedded_text(work: Work) -> str:
    """Return the text of a work that is embedded."""
    return f"{work.title}\n{' '.join(work.text.split())}"[:4_000]


def text_hash(text: str) -> str:
    """Return the hash of a text that is stored with its vector."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def embed_works(database: Database, works: Sequence[Work], model: str, embed: Embed) -> int:
    """Embed the works without a vector of their current text, and return how many there were.

    Args:
        database: Where vectors are stored.
        works: The works.
        model: Name of the embedding model.
        embed: Function that returns a vector for each text, in order.
    """
    texts = {work.key: embedded_text(work) for work in works}
    with database.read() as connection:
        stored_hashes = embedded_text_hashes(connection, model, texts)
    stale_keys = [key for key, text in texts.items() if stored_hashes.get(key) != text_hash(text)]
    if not stale_keys:
        return 0
    rows = _unit(np.asarray(embed([texts[key] for key in stale_keys]), dtype=np.float64))
    _store(
        database,
        model,
        {key: (text_hash(texts[key]), row) for key, row in zip(stale_keys, rows, strict=True)},
    )
    return len(stale_keys)


def latest_model(database: Database) -> str | None:
    """Return the model of the newest vectors, or None if there are none."""
    with database.read() as connection:
        newest = newest_vector(connection)
    return newest[0] if newest else None


def vectors_of(
    database: Database, keys: Sequence[str], model: str | None = None
) -> NDArray[np.float64] | None:
    """Return a row of unit length for each work, in order.

    None if a work has no vector of the model, which is the latest one if not given.
    """
    name = model or latest_model(database)
    if name is None or not keys:
        return None
    with database.read() as connection:
        vectors = packed_vectors(connection, name, keys)
    if (
        any(key not in vectors for key in keys)
        or len({len(vector) for vector in vectors.values()}) != 1
    ):
        return None
    return np.vstack(
        [np.frombuffer(vectors[key], dtype=_STORED_TYPE).astype(np.float64) for key in keys]
    )


def stored_vectors(
    database: Database, keys: Sequence[str], model: str | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return the vectors of unit length that some works have, by key.

    Args:
        database: Where they are stored.
        keys: Keys of works; those without a vector are left out.
        model: Whose vectors; the latest model's if not given.
    """
    name = model or latest_model(database)
    if name is None or not keys:
        return {}
    with database.read() as connection:
        packed = packed_vectors(connection, name, keys)
    size = max((len(vector) for vector in packed.values()), default=0)
    # An endpoint may have changed its dimension under the same name.
    return {
        key: np.frombuffer(vector, dtype=_STORED_TYPE).astype(np.float64)
        for key, vector in packed.items()
        if len(vector) == size
    }


def all_vectors(database: Database, model: str) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return the row numbers of all works with a vector of a model, and these vectors."""
    numbers: list[int] = []
    packed: list[bytes] = []
    with database.read() as connection:
        for number, vector in numbered_vectors(connection, model):
            # An endpoint may have changed its dimension under the same name; the first one counts.
            if not packed or len(vector) == len(packed[0]):
                numbers.append(number)
                packed.append(vector)
    if not packed:
        return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float16)
    return np.asarray(numbers, dtype=np.int64), np.frombuffer(
        b"".join(packed), dtype=_STORED_TYPE
    ).reshape(len(packed), -1)


def stamp(database: Database) -> tuple[int, str]:
    """Return the number of vectors and the time of the newest, which change with each addition."""
    with database.read() as connection:
        return number_and_latest_time(connection)


def _store(
    database: Database, model: str, rows: dict[str, tuple[str, NDArray[np.float64]]]
) -> None:
    """Store vectors and the hashes of their texts, in place of earlier ones."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    values = [
        {
            "work_key": key,
            "model": model,
            "text_hash": digest,
            "vector": row.astype(_STORED_TYPE).tobytes(),
            "made_at": now,
        }
        for key, (digest, row) in rows.items()
    ]
    write_vector_rows(database, model, values)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return unit
