"""Invented records, and a library as comparable data; shared by the tests of several areas."""

from __future__ import annotations

import dataclasses

from academichub.library.works import Library
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Work

DAYS = ("2026-01-05", "2026-01-06", "2026-01-07")


def record(
    number: int,
    day: str = DAYS[0],
    source: str = "arxiv_announce",
    version: int = 1,
    doi: str = "",
    **more: object,
) -> Record:
    names = (Identifier("arxiv", f"2601.{number:05d}"), *((Identifier("doi", doi),) if doi else ()))
    made = Record(
        source,
        f"oai:{number}v{version}",
        names,
        f"Title {number}",
        authors=(Author("Ada B. Curie"), Author(f"Person {number}")),
        abstract=f"Abstract of work {number}.",
        categories=("cs.LG", "math.OC") if number % 2 else ("q-bio.NC",),
        version=version,
        datestamp=day,
        announcements=(
            Announcement(source, day, "new" if version == 1 else "replace", "cs.LG", version),
        ),
        raw=f"<entry>{number}</entry>",
    )
    return dataclasses.replace(made, **more)


def dump(library: Library) -> list[Work]:
    return sorted(
        (dataclasses.replace(work, id=0) for work in library.all_works()), key=lambda work: work.key
    )
