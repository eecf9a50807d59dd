"""Batches of a day: pages of the order, or draws from what comes next (换一批).

Without a seed batch N is a page: the places N * size to (N + 1) * size of the order. With a seed
batch 0 is the first page, and each later one is a draw from the POOL places of the order that come
next and were not shown yet, so that a reader who asks for another batch sees works that are
still near the top. Works are drawn without replacement with a probability that grows with their
score (Gumbel's trick: log score + noise that depends on the seed and the key alone), and the batch
is a diverse subset of those drawn. Drawn batches are stored for the day: no work is drawn twice on
a day, whatever the seeds, also if the library grows between two requests.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from academichub.radar.lineup import LineUp
from academichub.radar.ranking import diverse_order
from academichub.store.batches_store import (
    BatchScope,
    add_shown_works,
    remove_shown_before,
    shown_works,
    works_shown_by_any_seed,
)
from academichub.store.database import Database
from academichub.text.moments import day_before

POOL = 60
"""Places of the order, not shown yet, from which a batch is drawn; twice a large batch."""

DRAWN = 1.5
"""A batch of n works is the most diverse subset of DRAWN * n works drawn."""

GREED = 2.0
"""Exponent of the score in the probability that a work is drawn."""

SCORE_FLOOR = 0.02
"""Added to every score, so that works without any reason can be drawn too."""

KEPT_DAYS = 30
"""Days for which shown batches are stored."""


def page_of_order(line: LineUp, size: int, batch: int) -> list[int]:
    """Return the positions of page `batch`, from 0: the next `size` places of the order."""
    return list(range(len(line.candidates)))[batch * size : (batch + 1) * size]


def draw_batches(
    line: LineUp,
    size: int,
    batch: int,
    seed: int,
    stored: Mapping[int, Sequence[str]],
    shown: Collection[str] = (),
) -> list[list[int]]:
    """Return batches 0 to `batch` as positions in the line-up, each in the line-up's order.

    Args:
        line: The line-up.
        size: Number of works in a batch.
        batch: Number of the last batch to return.
        seed: Seed of the draws; batch 0 does not depend on it.
        stored: Batch number -> the keys stored for it with this seed; a stored batch from 1 on is
            returned as it was.
        shown: Keys shown on the day with other seeds, which are not drawn again.
    """
    position_of = {
        candidate.work.key: position for position, candidate in enumerate(line.candidates)
    }
    first = page_of_order(line, size, 0)
    remembered = {
        number: [position_of[key] for key in keys if key in position_of]
        for number, keys in stored.items()
        if number
    }
    # What was stored for batch 0 may differ from today's first works, but is not drawn again.
    spent = set(first).union(*remembered.values()) | {
        position_of[key] for key in (*stored.get(0, ()), *shown) if key in position_of
    }
    batches = [first]
    for number in range(1, batch + 1):
        if number in remembered:
            chosen = [position for position in remembered[number] if position not in first]
        else:
            chosen = _draw(
                line, [place for place in range(len(position_of)) if place not in spent], size, seed
            )
        spent.update(chosen)
        batches.append(sorted(chosen))
    return batches


def _draw(line: LineUp, left: Sequence[int], size: int, seed: int) -> list[int]:
    """Return a diverse draw of `size` from the first of the positions that are left."""
    pool = left[: max(POOL, 2 * size)]
    noise = np.asarray([_gumbel(seed, line.candidates[place].work.key) for place in pool])
    worth = GREED * np.log(line.scores_N[list(pool)] + SCORE_FLOOR) + noise
    drawn = [pool[index] for index in np.argsort(-worth, kind="stable")]
    drawn = drawn[: math.ceil(DRAWN * size)]
    # Those drawn first are worth most, so that diversity chooses among equals.
    order = diverse_order(np.linspace(1, 0, len(drawn)), line.latent_NK[drawn], size)
    return [drawn[index] for index in order]


def _gumbel(seed: int, key: str) -> float:
    """Return a draw from the standard Gumbel distribution, fixed by seed and key."""
    digest = hashlib.blake2b(f"{seed}\x1f{key}".encode(), digest_size=8).digest()
    uniform = (int.from_bytes(digest, "big") + 1) / (2**64 + 2)
    return -math.log(-math.log(uniform))


class ShownBatches:
    """The batches drawn on a day, for a radar, filters and a seed.

    Args:
        database: Where they are stored.
        scope: What must be equal for batches to belong together.
    """

    def __init__(self, database: Database, scope: BatchScope) -> None:
        self._database = database
        self._shown_in = scope

    def get(self) -> dict[int, list[str]]:
        """Return batch number -> keys shown."""
        shown: dict[int, list[str]] = {}
        with self._database.read() as connection:
            for number, key in shown_works(connection, self._shown_in):
                shown.setdefault(number, []).append(key)
        return shown

    def by_any_seed(self) -> set[str]:
        """Return the keys of the works that were drawn with any seed."""
        with self._database.read() as connection:
            return works_shown_by_any_seed(connection, self._shown_in)

    def put(self, batches: Sequence[Collection[str]]) -> None:
        """Store the keys of batches 0, 1, ...; keys already stored stay, old days are deleted."""
        shown_keys = {key for keys in self.get().values() for key in keys}
        unseen = [
            (number, key)
            for number, keys in enumerate(batches)
            for key in keys
            if key not in shown_keys
        ]
        if not unseen:
            return
        oldest = day_before(self._shown_in.day, KEPT_DAYS)
        with self._database.write() as connection:
            add_shown_works(connection, self._shown_in, unseen)
            remove_shown_before(connection, self._shown_in.radar, oldest)
