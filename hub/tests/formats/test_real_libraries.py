"""Real, messy libraries: every entry that an independent count finds is a record or a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from academichub.errors import InputError
from academichub.formats import FORMATS, guess_format
from academichub.formats.protocol import ParsedFile
from academichub.text.charset import decode_text

BIBTEX_ENTRY = re.compile(
    r"^[ \t]*@(?!string|comment|preamble)\w+\s*[{(]", re.IGNORECASE | re.MULTILINE
)

UNUSABLE = {
    "bbt_entries_quietly_discarded_873.bib": 1,
    "bbt_jabref_groups_97.bib": 10,
    "bibtex_ruby_errors.bib": 4,
    "kishkash_articles.ris": 7,
    "kishkash_zotero.csl.json": 84,
    "vlc1_journals.opml": 2,
}
"""Entries without title, broken ones, and feeds listed twice, as looked up in the files."""


@pytest.fixture(scope="module")
def libraries(shared_data: Path) -> Path:
    return shared_data / "libraries"


def read(path: Path) -> ParsedFile:
    data = path.read_bytes()
    return FORMATS[guess_format(data, path.name)].parse(data, name=path.name)


def counted(path: Path) -> int:
    text = decode_text(path.read_bytes())
    if path.suffix == ".bib":
        return len(BIBTEX_ENTRY.findall(text))
    if path.suffix == ".ris":
        return len(re.findall(r"^TY  - ", text, re.MULTILINE))
    return len(json.loads(text)) if path.suffix == ".json" else len(re.findall(r"\bxmlUrl=", text))


def test_no_entry_is_lost(libraries: Path) -> None:
    paths = [
        path
        for path in sorted(libraries.iterdir())
        if path.suffix in (".bib", ".ris", ".json", ".opml")
    ]
    assert len(paths) >= 18
    for path in paths:
        parsed = read(path)
        assert parsed.read == counted(path), path.name
        assert len(parsed.skipped) == UNUSABLE.get(path.name, 0), path.name
        titles = [record.title for record in parsed.records]
        assert all(titles)
        assert (
            sum("{" in title and "$" not in title and "\\(" not in title for title in titles)
            <= 0.01 * len(titles) + 1
        ), path.name


def test_known_entries_come_out_right(libraries: Path) -> None:
    by_key = {
        record.source_key: record for record in read(libraries / "bibtexparser_gbk.bib").records
    }
    assert by_key["凯撒2013"].venue == "测试期刊"
    astro = read(libraries / "straw674_zotero_astro.bib").records
    assert sum(
        any(one.scheme in ("doi", "arxiv") for one in record.identifiers) for record in astro
    ) > 0.9 * len(astro)
    assert sum(bool(record.abstract) for record in astro) >= 1000
    chinese = read(libraries / "tombener_chinese.csl.json").records
    assert (
        sum(
            " " not in author.name
            for record in chinese
            for author in record.authors
            if author.name > "\u3000"
        )
        > 50
    )


def test_what_is_not_read_is_refused_with_the_accepted_formats(libraries: Path) -> None:
    for name in ("kishkash_articles.rdf", "sg-s_4700_journal_feed_urls.txt"):
        with pytest.raises(InputError, match="BibTeX"):
            guess_format((libraries / name).read_bytes(), name)
