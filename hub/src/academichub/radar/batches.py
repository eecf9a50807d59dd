"""Batches of a day: the top of the line-up, then seeded, diverse, non-repeating "another batch" (换一批).

Batch 0 is what the radar puts first. Each later batch is drawn from what no earlier batch held: works are drawn without
replacement with a probability that grows with their score (Gumbel's trick: log score + noise that depends on seed and
key alone), and of those drawn a diverse set is kept. Batches 1, 2, ... are remembered for the day, so that a work that
was shown does not come again when the library grows meanwhile.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from sqlalchemy import delete, insert, select

from academichub.radar.lineup import LineUp
from academichub.radar.ranking import diverse_order
from academichub.radar.text_model import Floats
from academichub.store import schema
from academichub.store.database import Database
from academichub.text.moments import day_before

POOL = 3
"""A batch of n works is the most diverse n of POOL * n drawn."""

GREED = 2.0
"""Exponent of the score in the probability of being drawn."""

SCORE_FLOOR = 0.02
KEPT_DAYS = 30
"""How long what was shown is remembered."""


def choose_batches(
    line: LineUp, size: int, batch: int, seed: int, shown: Mapping[int, Sequence[str]]
) -> list[list[int]]:
    """Return batches 0 to `batch` as places in the line-up, each in the line-up's order.

    Args:
        line: The line-up.
        size: Works a batch.
        batch: The last batch wanted.
        seed: Of the draws; batch 0 does not depend on it.
        shown: Batch number (from 1) -> keys remembered; such a batch is given again as it was.
    """
    places = {one.work.key: place for place, one in enumerate(line.candidates)}
    leading = np.arange(min(len(places), POOL * size))
    first = sorted(_diverse(line, leading.tolist(), line.scores_N[leading], size))
    remembered = {
        number: [places[key] for key in keys if key in places]
        for number, keys in shown.items()
        if number
    }
    spent = set(first).union(*remembered.values()) | {
        places[key] for key in shown.get(0, ()) if key in places
    }
    batches = [first]
    drawn = _drawn(line, seed) if batch else []
    for number in range(1, batch + 1):
        if number in remembered:
            chosen = [place for place in remembered[number] if place not in first]
        else:
            pool = [place for place in drawn if place not in spent][: POOL * size]
            chosen = _diverse(line, pool, np.linspace(1, 0, len(pool)), size)
        spent.update(chosen)
        batches.append(sorted(chosen))
    return batches


def _diverse(line: LineUp, pool: list[int], worth: Floats, size: int) -> list[int]:
    """Return the most diverse `size` of a pool; `worth` is that of its places: a score, or how early it was drawn."""
    return [pool[one] for one in diverse_order(worth, line.latent_NK[pool], size)]


def _drawn(line: LineUp, seed: int) -> list[int]:
    """Return all places in the order drawn."""
    keys = [one.work.key for one in line.candidates]
    luck = np.asarray([_gumbel(seed, key) for key in keys])
    order = np.argsort(-(GREED * np.log(line.scores_N + SCORE_FLOOR) + luck), kind="stable")
    return [int(place) for place in order]


def _gumbel(seed: int, key: str) -> float:
    digest = hashlib.blake2b(f"{seed}\x1f{key}".encode(), digest_size=8).digest()
    uniform = (int.from_bytes(digest, "big") + 1) / (2**64 + 2)
    return -math.log(-math.log(uniform))


class ShownBatches:
    """What was shown on a day, for one radar and one scope (filters, seed, radar state).

    Args:
        database: Where it is remembered.
        radar: Row number of the radar.
        day: The day of the page.
        scope: Hash of all that makes batches comparable.
    """

    def __init__(self, database: Database, radar: int, day: str, scope: str) -> None:
        self._database = database
        self._where = {"radar_id": radar, "day": day, "scope": scope}

    def get(self) -> dict[int, list[str]]:
        """Return batch number -> keys shown."""
        table = schema.batches_shown
        query = select(table.c.batch, table.c.work_key).filter_by(**self._where)
        found: dict[int, list[str]] = {}
        with self._database.read() as connection:
            for number, key in connection.execute(query.order_by(table.c.batch, table.c.work_key)):
                found.setdefault(number, []).append(key)
        return found

    def put(self, batches: Sequence[Collection[str]]) -> None:
        """Remember the keys of batches 0, 1, ...; those remembered stay, old days are forgotten."""
        table = schema.batches_shown
        known = {key for keys in self.get().values() for key in keys}
        rows = [
            {**self._where, "batch": number, "work_key": key}
            for number, keys in enumerate(batches)
            for key in keys
            if key not in known
        ]
        if not rows:
            return
        oldest = day_before(str(self._where["day"]), KEPT_DAYS)
        with self._database.write() as connection:
            connection.execute(insert(table), rows)
            connection.execute(
                delete(table).where(
                    table.c.radar_id == self._where["radar_id"], table.c.day < oldest
                )
            )
