"""The starter shelf: real recent works with a note of ours, shown until a live source has answered.

`works.jsonl` holds one work a line: arXiv id, title, authors, categories, announcement day, field
and note. All but the note are facts of arXiv's metadata (CC0); the notes are written for this
project. There are no abstracts. A test compares the facts with real announcement days, and each
note with the abstract it must not repeat.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Version

SOURCE = "shelf"
"""The `source` of every record and announcement of the shelf."""


@dataclass(frozen=True, slots=True)
class About:
    """What a page says of the shelf.

    Attributes:
        works: Number of works.
        days: The announcement days, earliest first (`YYYY-MM-DD`).
        fields: Field id -> number of works, the fullest field first.
    """

    works: int
    days: tuple[str, ...]
    fields: Mapping[str, int]


def shelf_records() -> list[Record]:
    """Return the records of the shelf, by announcement day, then by arXiv id."""
    text = resources.files(__package__).joinpath("works.jsonl").read_text(encoding="utf-8")
    return [_record(line) for line in text.splitlines()]


@cache
def about() -> About:
    """Return the facts a page states of the shelf."""
    records = shelf_records()
    return About(
        works=len(records),
        days=tuple(sorted({record.datestamp for record in records})),
        fields=MappingProxyType(dict(Counter(record.field for record in records).most_common())),
    )


def _record(line: str) -> Record:
    """Return one line as a record: the first version, announced as new in its primary category."""
    work = json.loads(line)
    day, primary = work["day"], work["categories"][0]
    return Record(
        source=SOURCE,
        source_key=work["id"],
        identifiers=(Identifier("arxiv", work["id"]),),
        title=work["title"],
        authors=tuple(Author(name) for name in work["authors"]),
        categories=tuple(work["categories"]),
        version=1,
        datestamp=day,
        published=day,
        versions=(Version(1, announced=day),),
        announcements=(Announcement(SOURCE, day, "new", primary, 1),),
        url=f"https://arxiv.org/abs/{work['id']}",
        note=work["note"],
        field=work["field"],
        kind="preprint",
        language="en",
        raw=line,
    )
