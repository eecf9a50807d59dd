"""Invented works with words of two worlds (sailing, baking), as records, works and an open hub."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from random import Random

import pytest

from academichub.hub import Hub, open_hub
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Version, Work

DAY = "2026-03-11"  # a Wednesday
SAILING = (
    "A keel and a rudder steer the yacht against wind; the mast carries canvas over open water."
)
BAKING = "Yeast and flour make a dough; the oven turns the dough into bread with a golden crust."
SAILING_WORDS = (
    "keel rudder yacht wind mast canvas water harbour tide anchor hull rope sailor regatta current "
    "jib boom tiller wave buoy deck stern bow knot gale cabin reef compass winch spar"
)
BAKING_WORDS = (
    "yeast flour dough oven bread crust loaf butter sugar pastry crumb starter rye wheat kneading "
    "proofing baguette salt syrup tin gluten batter cake glaze malt bran roll scone tart biscuit"
)


def make_work(number: int, title: str, abstract: str = "", **more: object) -> Work:
    work = Work(
        id=number,
        key=f"arxiv:2603.{number:05d}",
        identifiers=(Identifier("arxiv", f"2603.{number:05d}"),),
        title=title,
        abstract=abstract,
        authors=(Author("Ada Lovelace"),),
        categories=("cs.LG",),
        announcements=(Announcement("arxiv_announce", DAY, "new", "cs.LG", 1),),
        versions=(Version(1, announced=DAY),),
        sources=("arxiv_announce",),
    )
    return dataclasses.replace(work, **more)


def make_record(
    number: int, title: str, abstract: str = "", day: str = DAY, **more: object
) -> Record:
    record = Record(
        "arxiv_announce",
        f"oai:2603.{number:05d}v1",
        (Identifier("arxiv", f"2603.{number:05d}"),),
        title,
        authors=(Author("Ada Lovelace"), Author("Grace Hopper")),
        abstract=abstract,
        categories=("cs.LG", "math.OC"),
        version=1,
        datestamp=day,
        published=day,
        versions=(Version(1, announced=day),),
        announcements=(Announcement("arxiv_announce", day, "new", "cs.LG", 1),),
    )
    return dataclasses.replace(record, **more)


def sailing_text(seed: int) -> str:
    """Return a sentence of sailing in words of its own: two of them are no near-duplicates."""
    return f"{' '.join(Random(seed).sample(SAILING_WORDS.split(), 14))}."


def baking_text(seed: int) -> str:
    """Return a sentence of baking in words of its own."""
    return f"{' '.join(Random(seed).sample(BAKING_WORDS.split(), 14))}."


def two_worlds(count: int = 30) -> list[Record]:
    """Return `count` records of each world; odd numbers sail, even ones bake."""
    return [
        make_record(
            2 * n + odd,
            f"{'Sailing' if odd else 'Baking'} study {n}",
            sailing_text(n) if odd else baking_text(n),
        )
        for n in range(1, count + 1)
        for odd in (1, 0)
    ]


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = open_hub()
    yield opened
    opened.close()
