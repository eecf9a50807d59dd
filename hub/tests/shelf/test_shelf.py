"""Laws of the starter shelf: real facts, notes of our own, enough of both for a page and a brief."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import date
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from academichub import shelf
from academichub.facts import catalogue
from academichub.works.fields import FIELDS, field_of_category
from academichub.works.identifiers import Identifier, parse_arxiv
from academichub.works.work import Announcement

RECORDS = shelf.shelf_records()
SHARED_RUN = 8
"""Words in a row that a note may never have in common with its abstract."""

DATA_FILES = (
    "stream_2026-06-15_to_2026-06-29.jsonl.gz",
    "rare_categories_2025_2026.jsonl.gz",
    "pool_100k.jsonl.gz",
)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)}


def sentences(note: str) -> int:
    return len(re.findall(r"[.!?](?= [A-Z]|$)", note))


@cache
def facts(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the data folder says of the works of the shelf, from every file that names them."""
    wanted = {record.source_key for record in RECORDS}
    found: dict[str, list[dict[str, Any]]] = {}
    for name in DATA_FILES:
        with gzip.open(folder / "arxiv" / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                if line[8:18] in wanted:
                    found.setdefault(line[8:18], []).append(json.loads(line))
    return found


def test_the_shelf_is_large_and_broad_enough() -> None:
    assert len(RECORDS) >= 130
    fields = Counter(record.field for record in RECORDS)
    assert len(fields) >= 9
    assert sum(number >= 5 for number in fields.values()) >= 9
    assert set(fields) <= set(FIELDS)


def test_the_last_day_fills_a_page_and_the_last_week_a_brief() -> None:
    days = Counter(record.datestamp for record in RECORDS)
    assert len(days) >= 5
    assert days[max(days)] >= 20
    assert sum(number for day, number in days.items() if day >= "2026-06-23") >= 100
    assert len({record.field for record in RECORDS if record.datestamp >= "2026-06-23"}) >= 9


def test_every_work_is_there_once_in_a_stable_order() -> None:
    assert len({record.identifiers for record in RECORDS}) == len(RECORDS)
    assert len({record.title.lower() for record in RECORDS}) == len(RECORDS)
    assert all(
        (one.datestamp, one.source_key) < (two.datestamp, two.source_key)
        for one, two in pairwise(RECORDS)
    )


def test_a_record_says_what_it_knows_and_nothing_else() -> None:
    for record in RECORDS:
        identifier = record.source_key
        assert parse_arxiv(identifier) == (identifier, None)
        assert record.identifiers == (Identifier("arxiv", identifier),)
        assert record.source == "shelf"
        assert record.abstract == ""
        assert record.title == " ".join(record.title.split()) != "", identifier
        assert record.authors, identifier
        assert all(author.name.strip() for author in record.authors), identifier
        assert all(catalogue.is_category(category) for category in record.categories), identifier
        assert record.field == field_of_category(record.categories[0]), identifier


def test_a_work_was_announced_as_new_on_its_day_and_never_before_its_id() -> None:
    for record in RECORDS:
        day = record.datestamp
        assert date.fromisoformat(day).weekday() < 5, record.source_key
        assert record.published == day
        assert record.announcements == (Announcement("shelf", day, "new", record.categories[0], 1),)
        assert [(one.version, one.date) for one in record.versions] == [(1, day)]
        # An arXiv id begins with the year and month of submission.
        assert record.source_key[:4] <= day[2:4] + day[5:7], record.source_key


def test_a_note_is_one_or_two_sentences_of_plain_text() -> None:
    for record in RECORDS:
        note = record.note
        assert sentences(note) in (1, 2), note
        assert 20 <= len(note.split()) <= 45, note
        assert note[0].isupper(), note
        assert note.endswith("."), note
        assert note == " ".join(note.split()), note
        assert not re.search(r"[<>{}$\\]|https?:", note), note
        assert not runs(note, 6) & runs(record.title, 6), note


def test_notes_are_not_made_from_one_mould() -> None:
    openings = Counter(" ".join(record.note.split()[:2]) for record in RECORDS)
    assert openings.most_common(1)[0][1] <= 4
    shared = Counter(run for record in RECORDS for run in runs(record.note, 6))
    assert [run for run, times in shared.items() if times > 2] == []


def test_about_states_the_facts() -> None:
    about = shelf.about()
    assert about.works == len(RECORDS)
    assert about.days == tuple(sorted({record.datestamp for record in RECORDS}))
    assert sum(about.fields.values()) == about.works
    assert list(about.fields.values()) == sorted(about.fields.values(), reverse=True)


def test_the_file_is_small_and_one_work_a_line() -> None:
    data = resources.files("academichub.shelf").joinpath("works.jsonl").read_bytes()
    assert len(data) < 150_000
    assert data.endswith(b"\n")
    keys = {"id", "title", "authors", "categories", "day", "field", "note"}
    assert all(set(json.loads(line)) == keys for line in data.splitlines())


def test_facts_equal_the_data(shared_data: Path) -> None:
    known = facts(shared_data)
    for record in RECORDS:
        stated = (
            record.title,
            [author.name for author in record.authors],
            list(record.categories),
            record.datestamp,
        )
        real = [
            (one["title"], one["authors"], one["categories"], one["day"])
            for one in known[record.source_key]
        ]
        assert stated in real, record.source_key


def test_no_note_repeats_its_abstract(shared_data: Path) -> None:
    known = facts(shared_data)
    for record in RECORDS:
        for real in known[record.source_key]:
            assert not runs(record.note, SHARED_RUN) & runs(real["abstract"], SHARED_RUN), (
                record.source_key
            )


def test_numbers_in_notes_come_from_the_abstract(shared_data: Path) -> None:
    known = facts(shared_data)
    number = re.compile(r"\d+(?:\.\d+)?")
    for record in RECORDS:
        real = known[record.source_key][0]
        invented = set(number.findall(record.note)) - set(
            number.findall(real["abstract"] + " " + real["title"])
        )
        assert not invented, record.source_key
