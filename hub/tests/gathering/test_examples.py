"""Examples from what readers name: the same count on every path, reasons for the rest, retries."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from literature_server import Literature, Paper, literature

from academichub.errors import NotFoundError, UsageError
from academichub.formats import parse_library
from academichub.gathering.examples import (
    ExamplesAdded,
    NamedEntry,
    add_entries,
    add_references,
    forget_unresolved,
    unresolved_of,
)
from academichub.gathering.gather import run_gather
from academichub.gathering.lookups import Lookups
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.settings import load_settings
from academichub.works.identifiers import Identifier
from academichub.works.references import read_references
from academichub.works.work import Record

ARXIV = (
    Paper("2606.00001", "Latent rollouts for street maps", ("Ada Example", "Bo Chen")),
    Paper("2606.00002", "Spiking networks on a chip", ("Cleo Dupont",)),
    Paper("2606.00003", "A title that two works have", ("Dana First",)),
    Paper("2606.00004", "A title that two works have", ("Eli Second",)),
    Paper("2606.00005", "世界模型的简短综述", ("李雷",)),
)
CROSSREF = (
    Paper("10.5555/brain", "The brain predicts its next state", ("Fay Grün",)),
    Paper("10.5555/other", "The brain and the heart", ("Gil Haas",)),
)
LIBRARY = b"""
@article{a, title={Latent rollouts for street maps}, author={Example, Ada}, eprint={2606.00001},
  archiveprefix={arXiv}}
@article{b, title={The brain predicts its next state}, author={Gr{\\"u}n, Fay}}
@article{c, title={Spiking networks on a chip}, author={Dupont, Cleo}}
@article{d, title={Nobody ever wrote this work}, author={Nobody, Ned}}
@article{e, title={Soil and sound}, author={Example, Ada}, doi={10.5555/soil}}
@article{f, title={Spiking networks on a chip}, author={Somebody, Else}}
"""
"""Six entries: two with identifiers, two whose titles resolve, and two that no source has."""

EXAMPLES = {"arxiv:2606.00001", "doi:10.5555/brain", "arxiv:2606.00002", "doi:10.5555/soil"}


@pytest.fixture
def sources() -> Iterator[Literature]:
    with literature(ARXIV, CROSSREF) as served:
        yield served


@pytest.fixture
def hub(sources: Literature, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(load_settings(sources.environment(tmp_path)))
    yield opened
    opened.close()


def name(hub: Hub, text: str) -> ExamplesAdded:
    with Lookups(hub) as lookups:
        return add_references(hub, Radar(hub.database), read_references(text), lookups)


def import_library(hub: Hub, content: bytes = LIBRARY, file: str = "refs.bib") -> ExamplesAdded:
    parsed = parse_library(content, file)
    hub.library.add(parsed.records)
    entries = [NamedEntry.of(record) for record in parsed.records]
    with Lookups(hub) as lookups:
        return add_entries(hub, Radar(hub.database), entries, lookups, file)


def examples(hub: Hub) -> set[str]:
    return {signal.value for signal in Radar(hub.database).signals("example")}


def codes(added: ExamplesAdded) -> dict[str, str]:
    return {entry.text: entry.reason.code for entry in added.unresolved}


def test_every_kind_of_name_is_resolved_at_its_source(hub: Hub) -> None:
    added = name(
        hub,
        "arXiv:2606.00001v3\n"
        "- https://doi.org/10.5555/BRAIN\n"
        '3. "Spiking Networks on a Chip."\n'
        "世界模型的简短综述\n"
        "Fay Grün. The brain predicts. doi:10.5555/brain\n",
    )
    assert added.examples == 4 and not added.unresolved
    assert examples(hub) == {
        "arxiv:2606.00001",
        "doi:10.5555/brain",
        "arxiv:2606.00002",
        "arxiv:2606.00005",
    }
    assert hub.library.require("doi:10.5555/brain").title == "The brain predicts its next state"


def test_what_a_source_gives_for_an_example_is_no_news(hub: Hub) -> None:
    name(hub, "10.5555/brain")
    assert hub.library.last_day() is None


def test_what_cannot_be_resolved_is_listed_with_its_reason_and_can_be_removed(hub: Hub) -> None:
    added = name(
        hub,
        "2606.09999\n10.5555/nothing\nNobody ever wrote this work\npmid:12345\n"
        "A title that two works have\nWord",
    )
    assert added.examples == 0 and not examples(hub)
    assert codes(added) == {
        "2606.09999": "example.unknown",
        "10.5555/nothing": "example.unknown",
        "pmid:12345": "example.no_source",
        "Nobody ever wrote this work": "example.no_such_title",
        "A title that two works have": "example.ambiguous",
        "Word": "example.title_too_short",
    }
    radar = Radar(hub.database)
    assert {entry.text for entry in unresolved_of(hub, radar)} == set(codes(added))
    forget_unresolved(hub, radar, "Word")
    assert "Word" not in {entry.text for entry in unresolved_of(hub, radar)}
    with pytest.raises(NotFoundError, match="Word"):
        forget_unresolved(hub, radar, "Word")


def test_a_title_in_the_library_is_not_asked_for(hub: Hub, sources: Literature) -> None:
    record = Record("arxiv_oai", "k", (Identifier("arxiv", "2601.00001"),), "Quiet dwarf galaxies")
    hub.library.add([record])
    assert name(hub, "quiet dwarf GALAXIES").examples == 1
    assert examples(hub) == {"arxiv:2601.00001"} and not sources.paths


@pytest.mark.parametrize("known_before", [False, True])
def test_a_library_file_gives_the_same_examples_however_often_it_is_imported(
    hub: Hub, known_before: bool
) -> None:
    if known_before:
        hub.library.add(parse_library(LIBRARY, "refs.bib").records)
    for _ in range(2):
        added = import_library(hub)
        assert added.examples == 4 and examples(hub) == EXAMPLES
        assert codes(added) == {
            "Nobody ever wrote this work": "example.no_such_title",
            "Spiking networks on a chip": "example.no_such_title",
        }


def test_without_an_answer_the_rest_waits_and_the_next_gather_tries_again(
    hub: Hub, sources: Literature
) -> None:
    sources.status = 503
    added = import_library(hub)
    assert added.examples == 2
    assert set(codes(added).values()) == {"example.not_yet"}
    assert all(entry.waits for entry in added.unresolved)
    sources.status = 200
    run_gather(hub)
    assert examples(hub) == EXAMPLES
    assert {entry.text: entry.waits for entry in unresolved_of(hub, Radar(hub.database))} == {
        "Nobody ever wrote this work": False,
        "Spiking networks on a chip": False,
    }


def test_without_a_network_the_answer_comes_within_ten_seconds(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> Sequence[object]:
        time.sleep(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr("academichub.gathering.lookups.PATIENCE_S", 0.3)
    added = name(hub, "2606.00001\n10.5555/brain\nSpiking networks on a chip")
    assert set(codes(added).values()) == {"example.not_yet"} and len(added.unresolved) == 3


def test_examples_the_library_lacks_are_fetched_by_the_next_gather(hub: Hub) -> None:
    Radar(hub.database).add("example", "arxiv:2606.00002")
    run_gather(hub)
    assert hub.library.require("arxiv:2606.00002").title == "Spiking networks on a chip"


def test_nothing_named_and_too_much_named_are_refused(hub: Hub) -> None:
    with pytest.raises(UsageError, match="one a line"):
        name(hub, " \n\n")
    with pytest.raises(UsageError, match="501 works"):
        name(hub, "\n".join(f"2606.{number:05d}" for number in range(1, 502)))
