"""Embeddings of works, stored by work and model, for search, themes and bridges.

Vectors come from the endpoint in the settings (llm/), through a function that embeds texts. They
are stored as float16 of unit length with a hash of their text, so that a changed abstract is
embedded again. Some or all of them may be missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from academichub.store import schema
from academichub.store.database import Database
from academichub.works.work import Work

_CHUNK = 400  # keys in an IN list: older builds of SQLite allow 999 variables
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
    stored_hashes = _hashes(database, model, list(texts))
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
    table = schema.work_embeddings
    query = select(table.c.model, func.max(table.c.made_at).label("last")).group_by(table.c.model)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return max(rows, key=lambda row: row.last).model if rows else None


def vectors_of(
    database: Database, keys: Sequence[str], model: str | None = None
) -> NDArray[np.float64] | None:
    """Return a row of unit length for each work, in order.

    None if a work has no vector of the model, which is the latest one if not given.
    """
    name = model or latest_model(database)
    if name is None or not keys:
        return None
    table, vectors = schema.work_embeddings, {}
    with database.read() as connection:
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            query = select(table.c.work_key, table.c.vector).where(
                table.c.model == name, table.c.work_key.in_(chunk)
            )
            vectors.update({row.work_key: row.vector for row in connection.execute(query)})
    if (
        any(key not in vectors for key in keys)
        or len({len(vector) for vector in vectors.values()}) != 1
    ):
        return None
    return np.vstack(
        [np.frombuffer(vectors[key], dtype=_STORED_TYPE).astype(np.float64) for key in keys]
    )


def all_vectors(database: Database, model: str) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return the row numbers of all works with a vector of a model, and these vectors."""
    table, works = schema.work_embeddings, schema.works
    query = (
        select(works.c.id, table.c.vector)
        .join(works, works.c.key == table.c.work_key)
        .where(table.c.model == model)
    )
    numbers: list[int] = []
    packed: list[bytes] = []
    with database.read() as connection:
        for row in connection.execute(query.order_by(works.c.id)):
            # An endpoint may have changed its dimension under the same name; the first one counts.
            if not packed or len(row.vector) == len(packed[0]):
                numbers.append(row.id)
                packed.append(row.vector)
    if not packed:
        return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float16)
    return np.asarray(numbers, dtype=np.int64), np.frombuffer(
        b"".join(packed), dtype=_STORED_TYPE
    ).reshape(len(packed), -1)


def stamp(database: Database) -> tuple[int, str]:
    """Return the number of vectors and the time of the newest, which change with each addition."""
    table = schema.work_embeddings
    with database.read() as connection:
        count, last = connection.execute(
            select(func.count(), func.max(table.c.made_at)).select_from(table)
        ).one()
    return int(count), str(last or "")


def _hashes(database: Database, model: str, keys: Sequence[str]) -> dict[str, str]:
    """Return key -> hash of the embedded text, for works with a vector of a model."""
    table = schema.work_embeddings
    query = select(table.c.work_key, table.c.text_hash).where(
        table.c.model == model, table.c.work_key.in_(keys)
    )
    with database.read() as connection:
        return {row.work_key: row.text_hash for row in connection.execute(query)}


def _store(
    database: Database, model: str, rows: dict[str, tuple[str, NDArray[np.float64]]]
) -> None:
    """Store vectors and the hashes of their texts, in place of earlier ones."""
    table, now = schema.work_embeddings, datetime.now(UTC).isoformat(timespec="microseconds")
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
    # An IntegrityError means that another process has just stored vectors of the same works.
    with suppress(IntegrityError), database.write() as connection:
        connection.execute(
            delete(table).where(table.c.model == model, table.c.work_key.in_(list(rows)))
        )
        connection.execute(insert(table), values)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return unit
