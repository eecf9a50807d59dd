"""Works that readers name, resolved: what is asked for where, what counts as the work named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from literature_server import Literature, Paper, literature

from academichub.errors import SourceError
from academichub.gathering.lookups import Lookups
from academichub.gathering.resolve import Resolution, add_records, keys_of, resolve
from academichub.hub import Hub
from academichub.messages import Message
from academichub.settings import load_settings
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.references import MAX_REFERENCE_CHARACTERS, Reference, read_reference
from academichub.works.work import Announcement, Record

T = TypeVar("T")

ARXIV = (
    Paper("2606.00001", "Latent rollouts for street maps", ("Ada Example", "Bo Chen")),
    Paper("2606.00002", "Spiking networks on a chip", ("Cleo Dupont",)),
    Paper("2606.00003", "A title that two works have", ("Dana First",)),
    Paper("2606.00004", "A title that two works have", ("Eli Second",)),
    Paper("2606.00005", "Schrödinger waves in Fe₂O₃", ("Fay Grün",)),
    Paper("2606.00006", "A title that two journals printed", ("Gil Haas",)),
    *(Paper(f"2607.{number:05d}", f"Ferry number {number}") for number in range(1, 102)),
)
CROSSREF = (
    Paper("10.5555/brain", "The brain predicts its next state", ("Fay Grün",)),
    Paper("10.5555/both", "Spiking networks on a chip", ("Cleo Dupont",)),
    Paper("10.5555/here", "A title that two journals printed", ("Gil Haas",)),
    Paper("10.5555/there", "A title that two journals printed", ("Ida Jung",)),
    *(Paper(f"10.5555/ferry{number}", f"Ferry number {number}") for number in range(1, 22)),
)
"""Works that the two services know; none has an identifier of both."""


class Asking:
    """Requests as a reader's are made, noted by module; those of `failures` fail so."""

    def __init__(self, lookups: Lookups, failures: Mapping[str, str]) -> None:
        self._lookups, self._failures = lookups, failures
        self.modules: list[str] = []

    def __call__(self, module: str, url: str, read: Callable[[bytes], T]) -> T:
        self.modules.append(module)
        if module in self._failures:
            raise SourceError(self._failures[module], "refused by the test", url=url)
        return self._lookups(module, url, read)


@pytest.fixture
def sources() -> Iterator[Literature]:
    with literature(ARXIV, CROSSREF) as served:
        yield served


@pytest.fixture
def hub(sources: Literature, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(load_settings(sources.environment(tmp_path)))
    yield opened
    opened.close()


def resolved(
    hub: Hub, *references: Reference, failures: Mapping[str, str] | None = None
) -> tuple[Resolution, list[str]]:
    """Return what became of references, and the modules asked for it in turn."""
    with Lookups(hub) as lookups:
        asking = Asking(lookups, failures or {})
        return resolve(hub, references, asking), asking.modules


def titled(title: str, first_author: str = "") -> Reference:
    return read_reference(title, first_author)


def code_of(hub: Hub, reference: Reference) -> str:
    """Return the code of the message why a reference is refused."""
    resolution, _ = resolved(hub, reference)
    assert not resolution.keys and not resolution.waiting
    return resolution.refused[reference].code


def library_record(name: Identifier, title: str, author: str = "Ada Example") -> Record:
    return Record("arxiv_oai", name.value, (name,), title, authors=(Author(author),))


def test_what_the_library_has_is_not_asked_for(hub: Hub) -> None:
    hub.library.add(
        [
            library_record(Identifier("arxiv", "2601.00001"), "Quiet dwarf galaxies"),
            library_record(Identifier("pmid", "123"), "Salt on the tongue"),
        ]
    )
    names = [read_reference("arXiv:2601.00001v2"), read_reference("pmid:123")]
    titles = [titled("Quiet Dwarf GALAXIES."), titled("Salt on the tongue", "Example, Ada")]
    resolution, modules = resolved(hub, *names, *titles)
    assert modules == []
    assert list(resolution.keys.values()) == ["arxiv:2601.00001", "pmid:123"] * 2
    assert not resolution.refused and not resolution.waiting


@pytest.mark.parametrize("first_author", ["Example, Ada", "Nobody, Ned"])
def test_a_title_of_the_library_needs_its_first_author_too(hub: Hub, first_author: str) -> None:
    hub.library.add([library_record(Identifier("arxiv", "2601.00001"), "Quiet dwarf galaxies")])
    reference = titled("Quiet dwarf galaxies", first_author)
    resolution, modules = resolved(hub, reference)
    assert (reference in resolution.keys, modules == []) == ((first_author == "Example, Ada"),) * 2


def test_an_entry_that_has_only_its_title_does_not_resolve_a_title(hub: Hub) -> None:
    hub.library.add([library_record(Identifier("local", "x"), "Spiking networks on a chip")])
    reference = titled("Spiking networks on a chip")
    assert resolved(hub, reference)[0].keys == {reference: "doi:10.5555/both"}


def test_identifiers_are_looked_up_a_portion_a_request(hub: Hub, sources: Literature) -> None:
    ids = [Reference("", Identifier("arxiv", f"2607.{number:05d}")) for number in range(1, 102)]
    dois = [Reference("", Identifier("doi", f"10.5555/ferry{number}")) for number in range(1, 22)]
    resolution, modules = resolved(hub, *ids, *dois)
    assert resolution.keys == {
        reference: reference.identifier.key for reference in (*ids, *dois) if reference.identifier
    }
    assert modules == ["arxiv_query"] * 2 + ["crossref"] * 2
    assert len(sources.paths) == 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2606.09999", "example.unknown"),
        ("10.5555/nothing", "example.unknown"),
        ("10.5555/with,comma", "example.unknown"),
        ("pmid:123", "example.no_source"),
        ("acl:2020.acl-main.1", "example.no_source"),
        ("Nobody ever wrote this work", "example.no_such_title"),
        ("A title that two works have", "example.ambiguous"),
        ("Word", "example.title_too_short"),
        ("a b", "example.no_such_title"),
        ("...", "example.title_too_short"),
        ("脑", "example.title_too_short"),
        ("世界模型", "example.no_such_title"),
        ("x" * (MAX_REFERENCE_CHARACTERS + 1), "example.too_long"),
    ],
)
def test_why_a_work_is_refused(hub: Hub, text: str, code: str) -> None:
    assert code_of(hub, read_reference(text)) == code


def test_a_doi_that_cannot_be_listed_is_not_asked_for(hub: Hub) -> None:
    _, modules = resolved(hub, read_reference("10.5555/with,comma"))
    assert modules == []


def test_the_first_author_chooses_among_works_of_one_title(hub: Hub) -> None:
    by_author = {
        titled("A title that two works have", "First, Dana"): "arxiv:2606.00003",
        titled("A title that two works have", "Eli Second"): "arxiv:2606.00004",
        titled("A title that two journals printed", "Ida Jung"): "doi:10.5555/there",
    }
    assert resolved(hub, *by_author)[0].keys == by_author
    nobodys = titled("A title that two works have", "Nobody, Ned")
    assert code_of(hub, nobodys) == "example.no_such_title"


def test_a_title_is_compared_without_latex_case_and_signs(hub: Hub) -> None:
    references = [
        titled('SCHR{\\"O}DINGER waves in Fe$_2$O$_3$', 'Gr{\\"u}n, Fay'),
        titled("Schrodinger waves in Fe2O3!"),
    ]
    assert set(resolved(hub, *references)[0].keys.values()) == {"arxiv:2606.00005"}
    longer = titled("Schrodinger waves in Fe2O3 revisited")
    assert code_of(hub, longer) == "example.no_such_title"


def test_a_title_is_looked_for_at_crossref_first_and_no_further_than_needed(hub: Hub) -> None:
    at_both, at_arxiv = (
        titled("Spiking networks on a chip"),
        titled("Latent rollouts for street maps"),
    )
    resolution, modules = resolved(hub, at_both)
    assert (resolution.keys, modules) == ({at_both: "doi:10.5555/both"}, ["crossref"])
    resolution, modules = resolved(hub, at_arxiv)
    assert resolution.keys == {at_arxiv: "arxiv:2606.00001"}
    assert modules == ["crossref", "arxiv_query"]


def test_a_title_that_is_ambiguous_at_one_source_may_be_clear_at_the_next(hub: Hub) -> None:
    reference = titled("A title that two journals printed")
    assert resolved(hub, reference)[0].keys == {reference: "arxiv:2606.00006"}


def test_the_works_to_choose_from_are_named(hub: Hub) -> None:
    reference = titled("A title that two works have")
    assert resolved(hub, reference)[0].refused[reference] == Message.of(
        "example.ambiguous", works=["2606.00003", "2606.00004"]
    )


NAMED = (
    read_reference("2606.00001"),
    read_reference("10.5555/brain"),
    titled("Spiking networks on a chip"),
    titled("Latent rollouts for street maps"),
    titled("Nobody ever wrote this work"),
)


@pytest.mark.parametrize(
    ("failures", "resolves", "refused", "waiting"),
    [
        ({}, {0, 1, 2, 3}, {4}, set()),
        ({"crossref": "timeout"}, {0, 2, 3}, set(), {1, 4}),
        ({"arxiv_query": "unavailable"}, {1, 2}, set(), {0, 3, 4}),
        ({"crossref": "timeout", "arxiv_query": "timeout"}, set(), set(), {0, 1, 2, 3, 4}),
        ({"crossref": "bad_request"}, {0, 2, 3}, {1, 4}, set()),
        ({"arxiv_query": "bad_request"}, {1, 2}, {0, 3, 4}, set()),
    ],
)
def test_without_an_answer_a_work_waits_and_after_a_refusal_it_does_not(
    hub: Hub, failures: dict[str, str], resolves: set[int], refused: set[int], waiting: set[int]
) -> None:
    resolution, _ = resolved(hub, *NAMED, failures=failures)
    assert {NAMED.index(reference) for reference in resolution.keys} == resolves
    assert {NAMED.index(reference) for reference in resolution.refused} == refused
    assert {NAMED.index(reference) for reference in resolution.waiting} == waiting
    assert {message.code for message in resolution.waiting.values()} <= {"example.not_yet"}
    if failures and refused:
        assert {resolution.refused[NAMED[number]].code for number in refused} == {"example.refused"}


def test_why_a_work_waits_is_what_failed(hub: Hub) -> None:
    resolution, _ = resolved(hub, NAMED[0], failures={"arxiv_query": "timeout"})
    assert resolution.waiting[NAMED[0]] == Message.of(
        "example.not_yet",
        source=Message.of("source.arxiv_query"),
        why=Message.of("failure.timeout"),
    )


@pytest.mark.parametrize(
    ("enabled", "codes"),
    [
        (["crossref"], {0: "example.not_enabled", 3: "example.no_such_title"}),
        (["arxiv_query"], {1: "example.not_enabled"}),
        (
            ["arxiv_announce"],
            {
                0: "example.not_enabled",
                1: "example.not_enabled",
                2: "example.no_title_source",
                3: "example.no_title_source",
                4: "example.no_title_source",
            },
        ),
    ],
)
def test_sources_that_are_not_enabled_are_not_asked(
    sources: Literature, tmp_path: Path, enabled: list[str], codes: dict[int, str]
) -> None:
    environment = dict(sources.environment(tmp_path))
    environment["ACADEMICHUB_SOURCES__ENABLED"] = json.dumps(enabled)
    hub = Hub(load_settings(environment))
    resolution, modules = resolved(hub, *NAMED)
    hub.close()
    assert set(modules) <= set(enabled)
    refused = {NAMED.index(name): reason.code for name, reason in resolution.refused.items()}
    assert refused == {4: "example.no_such_title", **codes}


def announced(name: Identifier) -> Record:
    news = (Announcement("arxiv_announce", "2026-06-16", "new", "cs.LG", 1),)
    return Record("arxiv_announce", name.value, (name,), "Tides", announcements=news)


def test_added_records_are_no_news_and_named_by_all_their_identifiers(hub: Hub) -> None:
    preprint, journal = Identifier("arxiv", "2601.00001"), Identifier("doi", "10.5555/tides")
    record = announced(preprint)
    both = Record("crossref", "x", (journal, preprint), "Tides", announcements=record.announcements)
    added = list(add_records(hub, [record, both]))
    key = hub.library.require(preprint.key).key
    assert added == [((preprint,), key), ((journal, preprint), key)]
    assert hub.library.count() == 1
    assert hub.library.last_day() is None


def test_a_work_announced_before_stays_announced(hub: Hub) -> None:
    record = announced(Identifier("arxiv", "2601.00001"))
    hub.library.add([record])
    assert [key for _, key in add_records(hub, [record])] == ["arxiv:2601.00001"]
    assert hub.library.last_day() == "2026-06-16"


def test_keys_are_those_of_works_the_library_has(hub: Hub) -> None:
    known, unknown = Identifier("arxiv", "2601.00001"), Identifier("doi", "10.5555/nothing")
    hub.library.add([announced(known)])
    names = [(unknown,), (known,), (unknown, known)]
    assert list(keys_of(hub, names)) == [
        ((known,), "arxiv:2601.00001"),
        ((unknown, known), "arxiv:2601.00001"),
    ]
