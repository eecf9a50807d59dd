"""Batches of a day: the top of the line-up, then further batches that never repeat a work (换一批).

Batch 0 is what the radar puts first. Each later batch is drawn from the works of no earlier batch.
Works are drawn without replacement with a probability that grows with their score (Gumbel's trick:
log score + noise that depends on the seed and the key alone), and the batch is a diverse subset of
those drawn. Batches 1, 2, ... are stored for the day, so that a work is not shown twice if the
library grows between two requests.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from academichub.radar.lineup import LineUp
from academichub.radar.ranking import diverse_order
from academichub.radar.text_model import Floats
from academichub.store.batches_store import (
    BatchScope,
    add_shown_works,
    remove_shown_before,
    shown_works,
)
from academichub.store.database import Database
from academichub.text.moments import day_before

POOL = 3
"""A batch of n works is the most diverse subset of POOL * n works drawn."""

GREED = 2.0
"""Exponent of the score in the probability that a work is drawn."""

SCORE_FLOOR = 0.02
"""Added to every score, so that works without any reason can be drawn too."""

KEPT_DAYS = 30
"""Days for which shown batches are stored."""


def choose_batches(
    line: LineUp, size: int, batch: int, seed: int, shown: Mapping[int, Sequence[str]]
) -> list[list[int]]:
    """Return batches 0 to `batch` as positions in the line-up, each in the line-up's order.

    Args:
        line: The line-up.
        size: Number of works in a batch.
        batch: Number of the last batch to return.
        seed: Seed of the draws; batch 0 does not depend on it.
        shown: Batch number -> the keys stored for it; a stored batch from 1 on is returned as it
            was.
    """
    position_of = {
        candidate.work.key: position for position, candidate in enumerate(line.candidates)
    }
    top = np.arange(min(len(position_of), POOL * size))
    first = sorted(_diverse(line, top.tolist(), line.scores_N[top], size))
    remembered = {
        number: [position_of[key] for key in keys if key in position_of]
        for number, keys in shown.items()
        if number
    }
    # What was stored for batch 0 may differ from today's first works, but is not drawn again.
    spent = set(first).union(*remembered.values()) | {
        position_of[key] for key in shown.get(0, ()) if key in position_of
    }
    batches = [first]
    drawn = _draw_order(line, seed) if batch else []
    for number in range(1, batch + 1):
        if number in remembered:
            chosen = [position for position in remembered[number] if position not in first]
        else:
            pool = [position for position in drawn if position not in spent][: POOL * size]
            chosen = _diverse(line, pool, np.linspace(1, 0, len(pool)), size)
        spent.update(chosen)
        batches.append(sorted(chosen))
    return batches


def _diverse(line: LineUp, pool: list[int], worth: Floats, size: int) -> list[int]:
    """Return the most diverse `size` positions of a pool.

    Args:
        line: The line-up.
        pool: Positions to choose from.
        worth: Worth of each position of the pool in [0, 1]: its score, or how early it was drawn.
        size: How many to choose; fewer if the pool has fewer.
    """
    return [pool[index] for index in diverse_order(worth, line.latent_NK[pool], size)]


def _draw_order(line: LineUp, seed: int) -> list[int]:
    """Return all positions in the order they are drawn."""
    keys = [candidate.work.key for candidate in line.candidates]
    noise = np.asarray([_gumbel(seed, key) for key in keys])
    order = np.argsort(-(GREED * np.log(line.scores_N + SCORE_FLOOR) + noise), kind="stable")
    return [int(position) for position in order]


def _gumbel(seed: int, key: str) -> float:
    """Return a draw from the standard Gumbel distribution, fixed by seed and key."""
    digest = hashlib.blake2b(f"{seed}\x1f{key}".encode(), digest_size=8).digest()
    uniform = (int.from_bytes(digest, "big") + 1) / (2**64 + 2)
    return -math.log(-math.log(uniform))


class ShownBatches:
    """The batches shown on a day, for a radar and a scope (filters, seed, state of the radar).

    Args:
        database: Where they are stored.
        radar: Row number of the radar.
        day: The day of the page.
        scope: Hash of everything that must be equal for batches to belong together.
    """

    def __init__(self, database: Database, radar: int, day: str, scope: str) -> None:
        self._database = database
        self._shown_in = BatchScope(radar, day, scope)

    def get(self) -> dict[int, list[str]]:
        """Return batch number -> keys shown."""
        shown: dict[int, list[str]] = {}
        with self._database.read() as connection:
            for number, key in shown_works(connection, self._shown_in):
                shown.setdefault(number, []).append(key)
        return shown

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
