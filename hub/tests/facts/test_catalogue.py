"""Laws of the shipped catalogue: facts that can be checked without the network are checked here."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.facts import catalogue
from academichub.works.fields import FIELDS

TAXONOMY_SIZES = {
    "cs": 40,
    "math": 32,
    "physics": 51,
    "q-bio": 10,
    "q-fin": 9,
    "stat": 6,
    "eess": 4,
    "econ": 3,
}
"""Categories a group, counted on arXiv's taxonomy page: 155 in all."""

ARCHIVE_SIZES = {
    "astro-ph": 6,
    "cond-mat": 9,
    "nlin": 5,
    "physics": 22,
    "quant-ph": 1,
    "gr-qc": 1,
    "math-ph": 1,
}


def test_every_group_has_as_many_categories_as_arxiv_lists() -> None:
    assert Counter(one.group for one in catalogue.categories().values()) == TAXONOMY_SIZES
    assert len(catalogue.categories()) == 155
    archives = Counter(one.archive for one in catalogue.categories().values())
    assert {archive: archives[archive] for archive in ARCHIVE_SIZES} == ARCHIVE_SIZES
    assert len(catalogue.archives()) == 20


def test_every_category_is_named_in_both_languages_and_belongs_to_a_field() -> None:
    for identifier, category in catalogue.categories().items():
        assert category.id == identifier
        assert category.archive == identifier.split(".")[0]
        assert category.group in catalogue.groups()
        assert re.fullmatch(r"[\x20-\x7e]{3,60}", category.en), identifier
        assert re.search(r"[\u4e00-\u9fff]{2}", category.zh), identifier
        assert category.field in FIELDS, identifier
        assert category.name("zh-CN") == category.zh
        assert category.name("en") == category.en


def test_names_are_shared_only_by_the_two_machine_learnings() -> None:
    own = [one for one in catalogue.categories().values() if not one.alias_of]
    assert [name for name, times in Counter(one.en for one in own).items() if times > 1] == [
        "Machine Learning"
    ]
    assert max(Counter(one.zh for one in own).values()) == 1


def test_aliases_point_to_a_category_of_the_same_name_that_is_none_itself() -> None:
    known = catalogue.categories()
    aliases = {one.id: one.alias_of for one in known.values() if one.alias_of}
    assert aliases == {
        "cs.NA": "math.NA",
        "cs.SY": "eess.SY",
        "math.IT": "cs.IT",
        "math.MP": "math-ph",
        "q-fin.EC": "econ.GN",
        "stat.TH": "math.ST",
    }
    for alias, main in aliases.items():
        assert not known[main].alias_of
        assert known[alias].en in known[main].en or known[main].id == "econ.GN"


@pytest.mark.parametrize("text", ["cs", "quant-ph", "astro-ph", "math-ph"])
def test_archives_are_known(text: str) -> None:
    assert catalogue.is_archive(text)


@pytest.mark.parametrize("text", ["CS", "cs.LG", "", "alg-geom", "cs."])
def test_other_texts_are_no_archives(text: str) -> None:
    assert not catalogue.is_archive(text)


def test_a_category_is_known_by_its_exact_id_only() -> None:
    assert catalogue.is_category("cs.LG")
    assert catalogue.is_category("hep-th")
    assert not catalogue.is_category("cs")
    assert not catalogue.is_category("cs.lg")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("cs.LG", "cs.LG"),
        ("CS.lg", "cs.LG"),
        ("cs.LGG", "cs.LG"),
        ("cs LG", "cs.LG"),
        ("machine learning", "cs.LG"),
        ("机器学习", "cs.LG"),
        ("machne lerning", "cs.LG"),
        ("quantph", "quant-ph"),
        ("astro-ph.COO", "astro-ph.CO"),
        ("systems and control", "eess.SY"),
        ("数论", "math.NT"),
        ("stat.ml", "stat.ML"),
    ],
)
def test_the_nearest_category_is_what_a_reader_meant(text: str, category: str) -> None:
    assert catalogue.nearest_category(text) == category


@given(st.text(max_size=300))
def test_the_nearest_category_is_always_a_category(text: str) -> None:
    assert catalogue.is_category(catalogue.nearest_category(text))


def test_journals_are_at_least_seventy_over_twelve_fields() -> None:
    fields = Counter(one.field for one in catalogue.journals())
    assert len(catalogue.journals()) >= 70
    assert len(fields) >= 12
    assert set(fields) <= set(FIELDS)
    assert min(fields.values()) >= 5
    assert sum(one.language == "zh" for one in catalogue.journals()) >= 3


def test_every_issn_has_the_right_check_digit_and_belongs_to_one_journal() -> None:
    numbers = [issn for one in catalogue.journals() for issn in (one.issn, one.eissn) if issn]
    assert [issn for issn in numbers if not catalogue.is_issn(issn)] == []
    assert len(numbers) == len(set(numbers))
    assert all(one.key_issn for one in catalogue.journals())


def test_check_digit_finds_every_single_wrong_digit_and_every_neighbour_swap() -> None:
    good = "2041-1723"
    assert catalogue.is_issn(good)
    for place, old in enumerate(good):
        for new in "0123456789":
            if old != "-" and new != old:
                assert not catalogue.is_issn(good[:place] + new + good[place + 1 :])
    assert not catalogue.is_issn("2014-1723")
    assert catalogue.is_issn("0304-405X")
    assert not catalogue.is_issn("0304405X")
    assert not catalogue.is_issn("0304-405x")


def test_names_abbreviations_and_feeds_are_unique() -> None:
    shelf = catalogue.journals()
    assert len({one.name.lower() for one in shelf}) == len(shelf)
    assert len({one.abbrev.lower() for one in shelf}) == len(shelf)
    feeds = [one.feed for one in shelf if one.feed]
    assert len(feeds) == len(set(feeds)) >= 60


def test_feeds_are_https_unless_the_entry_says_the_host_has_none() -> None:
    for journal in catalogue.journals():
        assert journal.via == ("feed" if journal.feed else "crossref")
        if journal.feed:
            parts = urlsplit(journal.feed)
            assert parts.scheme == ("http" if journal.http_only else "https"), journal.name
            assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,5}", parts.netloc), journal.name
            assert parts.path not in ("", "/"), journal.name
        else:
            assert not journal.http_only


WALLED = ("science.org", "cell.com", "wiley.com", "acs.org", "pnas.org", "iop.org")


def test_no_feed_lies_behind_a_bot_wall() -> None:
    assert [
        one.feed for one in catalogue.journals() if urlsplit(one.feed).netloc.endswith(WALLED)
    ] == []


def test_elsevier_feeds_are_named_by_the_print_issn() -> None:
    elsevier = [one for one in catalogue.journals() if "rss.sciencedirect.com" in one.feed]
    assert len(elsevier) >= 10
    for journal in elsevier:
        assert journal.feed.rsplit("/", 1)[1] == journal.issn.replace("-", ""), journal.name


def test_a_journal_is_found_by_either_issn_in_any_spelling() -> None:
    nature = catalogue.journal_by_issn("0028-0836")
    assert nature is not None
    assert nature.name == "Nature"
    assert catalogue.journal_by_issn(" 14764687 ") is nature
    finance = catalogue.journal_by_issn("0304405x")
    assert finance is not None
    assert finance.abbrev == "JFE"
    assert catalogue.journal_by_issn("1234-5679") is None


def test_journals_of_a_field_and_of_no_field() -> None:
    assert {one.name for one in catalogue.journals_of("quantum")} >= {"PRX Quantum", "Quantum"}
    assert catalogue.journals_of("alchemy") == ()


def test_the_first_run_proposes_main_categories_of_several_fields() -> None:
    proposed = catalogue.default_categories()
    known = catalogue.categories()
    assert 6 <= len(proposed) == len(set(proposed)) <= 8
    assert all(not known[one].alias_of for one in proposed)
    assert len({known[one].field for one in proposed}) >= 5


def test_the_first_run_offers_every_field_with_known_categories_and_its_journals() -> None:
    offers = catalogue.offer()
    assert [one.field_id for one in offers] == list(FIELDS)
    for one in offers:
        assert one.categories
        assert all(catalogue.is_category(category) for category in one.categories), one.field_id
        assert not any(catalogue.categories()[category].alias_of for category in one.categories), (
            one.field_id
        )
        assert one.journals == catalogue.journals_of(one.field_id)
    assert sum(len(one.journals) for one in offers) == len(catalogue.journals())


def test_every_category_seen_on_real_announcement_days_is_in_the_catalogue(
    shared_data: Path,
) -> None:
    stream = shared_data / "arxiv" / "stream_2026-06-15_to_2026-06-29.jsonl.gz"
    with gzip.open(stream, "rt", encoding="utf-8") as lines:
        seen = {category for line in lines for category in json.loads(line)["categories"]}
    unknown = {one for one in seen if "." in one and one.split(".")[0] in catalogue.archives()}
    assert unknown - set(catalogue.categories()) == set()


def test_feed_addresses_agree_with_real_lists(shared_data: Path) -> None:
    """Where a real list of feeds names an Elsevier or Oxford feed of the catalogue, the address is the same."""
    libraries = shared_data / "libraries"
    text = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in libraries.glob("*feed_urls.txt")
    )
    listed = {
        line.partition(" | ")[0].strip().lower(): line.partition(" | ")[2].strip()
        for line in text.splitlines()
    }
    compared = 0
    for journal in catalogue.journals():
        address = listed.get(journal.name.lower(), "")
        if "sciencedirect" in address and journal.issn:
            assert address.rsplit("/", 1)[1] == journal.issn.replace("-", ""), journal.name
            compared += 1
        elif "academic.oup.com" in address and journal.feed:
            assert address == journal.feed, journal.name
            compared += 1
    assert compared >= 20
