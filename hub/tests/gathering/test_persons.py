"""A person's works by ORCID iD and by name: exact names only, and doubt where they look like several people's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from literature_server import Literature, Paper, literature

from academichub.errors import NotFoundError, SourceError, UsageError
from academichub.gathering.lookups import Lookups
from academichub.gathering.persons import add_works_of_orcid, works_of_name
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.settings import load_settings
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.references import parse_orcid, read_references
from academichub.works.work import Record

ORCID = "0000-0002-1825-0097"
ARXIV = (
    Paper("2606.00001", "Latent rollouts", ("Wei Wang",)),
    Paper("2606.00002", "Another Wang", ("Wei Wang Junior", "Weiwei Wang")),
)
CROSSREF = (
    Paper("10.5555/a", "One of mine", orcid=ORCID),
    Paper("10.5555/b", "Two of mine", orcid=ORCID),
    Paper("10.5555/c", "Not mine"),
)


@pytest.fixture
def sources() -> Iterator[Literature]:
    with literature(ARXIV, CROSSREF) as served:
        yield served


@pytest.fixture
def hub(sources: Literature, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(load_settings(sources.environment(tmp_path)))
    yield opened
    opened.close()


@pytest.fixture
def lookups(hub: Hub) -> Iterator[Lookups]:
    with Lookups(hub) as opened:
        yield opened


def test_the_works_of_an_orcid_become_examples(hub: Hub, lookups: Lookups) -> None:
    radar = Radar(hub.database)
    assert add_works_of_orcid(hub, radar, ORCID, lookups).examples == 2
    assert {signal.value for signal in radar.signals("example")} == {
        "doi:10.5555/a",
        "doi:10.5555/b",
    }
    with pytest.raises(NotFoundError, match="0000-0001-5109-3700: Crossref and the library"):
        add_works_of_orcid(hub, radar, "0000-0001-5109-3700", lookups)


def test_only_the_exact_name_counts_and_several_fields_mean_doubt(
    hub: Hub, lookups: Lookups
) -> None:
    found = works_of_name(hub, "Wang, Wei", lookups)
    assert (found.name, [work.key for work in found.works]) == ("Wei Wang", ["arxiv:2606.00001"])
    assert not found.ambiguous
    hub.library.add(
        Record(
            "bibtex",
            f"k{field}",
            (Identifier("doi", f"10.5555/{field}"),),
            f"A work on {field}",
            authors=(Author("Wei Wang"),),
            field=field,
        )
        for field in ("chemistry", "economics")
    )
    found = works_of_name(hub, "Wei Wang", lookups)
    assert len(found.works) == 3 and found.ambiguous


def test_a_name_needs_two_parts_and_a_source_that_fails_is_named(
    hub: Hub, lookups: Lookups, sources: Literature
) -> None:
    with pytest.raises(UsageError, match="Wang is not a whole name"):
        works_of_name(hub, "Wang", lookups)
    with pytest.raises(NotFoundError, match="Zed Nobody"):
        works_of_name(hub, "Zed Nobody", lookups)
    sources.status = 503
    with pytest.raises(SourceError):
        works_of_name(hub, "Wei Wang", lookups)


@pytest.mark.parametrize(
    ("text", "orcid"),
    [
        (ORCID, ORCID),
        (f"https://orcid.org/{ORCID}", ORCID),
        ("ORCID: 0000-0002-9079-593X", None),
        ("0000-0002-1694-233X", "0000-0002-1694-233X"),
        ("0000-0002-1825-0098", None),
        ("Ada Example", None),
    ],
)
def test_an_orcid_is_checked_by_its_last_sign(text: str, orcid: str | None) -> None:
    assert parse_orcid(text) == orcid


def test_lines_name_works_once_each() -> None:
    text = """
    1. arXiv:2606.00001v2
    - 10.5555/A, 10.5555/b; https://arxiv.org/abs/2606.00001
    [3] F. Grün. The brain. J. Ex. 3 (2025) 12. https://doi.org/10.5555/brain
    “Latent rollouts for street maps”.
    latent ROLLOUTS for street maps
    世界模型的简短综述
    """
    named = [one.identifier.key if one.identifier else one.title for one in read_references(text)]
    assert named == [
        "arxiv:2606.00001",
        "doi:10.5555/a",
        "doi:10.5555/b",
        "doi:10.5555/brain",
        "Latent rollouts for street maps",
        "世界模型的简短综述",
    ]
