"""The gather of a source read page by page: totals, gaps, bookmarks and disorder; no network."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

import pytest
from made_records import record
from scripted_client import ScriptedClient, response, source_error

from academichub.errors import CancelledError
from academichub.gathering.asker import Asker
from academichub.gathering.pages import gather_pages
from academichub.http.conditional import Validators
from academichub.hub import Hub, open_hub
from academichub.library.ledger import LedgerEntry, source_state
from academichub.messages import plain
from academichub.sources import find_source
from academichub.sources.protocol import Listing, Page, Plan

SOURCE = find_source("arxiv_oai")
BASE = SOURCE.base_url
FIRST, SECOND = f"{BASE}?page=1", f"{BASE}?page=2"
BIRDS = Listing("birds", FIRST)


class JsonReader:
    """Reads pages given as JSON: `numbers` of works, `total`, `next`, `problems`, `source`."""

    def __init__(self, *listings: Listing) -> None:
        self._listings = listings
        self.since: dict[str, str] = {}

    def listings(self, plan: Plan) -> Sequence[Listing]:
        self.since = {listing.window: plan.since(listing.window) for listing in self._listings}
        return self._listings

    def read(self, data: bytes, url: str) -> Page:
        page = json.loads(data)
        if "failure" in page:
            raise source_error(page["failure"])
        source = page.get("source", SOURCE.name)
        return Page(
            [record(number, source=source) for number in page["numbers"]],
            [plain(problem) for problem in page.get("problems", [])],
            total=page.get("total"),
            next_url=page.get("next", ""),
        )


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = open_hub()
    yield opened
    opened.close()


@pytest.fixture
def client() -> ScriptedClient:
    return ScriptedClient()


def serve(client: ScriptedClient, url: str, page: dict[str, object], **headers: str) -> None:
    client.script(url, response(url, json.dumps(page).encode(), **headers))


def gather(hub: Hub, client: ScriptedClient, *listings: Listing) -> list[LedgerEntry]:
    """Gather the lists, and return the rows of the ledger."""
    asker = Asker(hub, client)
    gather_pages(asker, SOURCE, JsonReader(*(listings or (BIRDS,))))
    return asker.ledger.entries()


def counts(row: LedgerEntry) -> tuple[str, int | None, int, int, int]:
    return row.status, row.expected, row.received, row.merged, row.failed


def bookmark(hub: Hub) -> str:
    return str(source_state(hub.database, SOURCE.name, "since:birds", ""))


def test_a_list_is_read_to_its_end_and_its_bookmark_moves(hub: Hub, client: ScriptedClient) -> None:
    serve(client, FIRST, {"numbers": [1, 2], "total": 3, "next": SECOND}, etag='"v1"')
    serve(client, SECOND, {"numbers": [3]})
    (row,) = gather(hub, client)
    assert counts(row) == ("ok", 3, 3, 3, 0)
    assert row.day == bookmark(hub) == "2026-06-24"
    assert len(list(hub.library.all_works())) == 3
    assert Asker(hub, client).validators.get(FIRST) is None, "of several pages nothing tells"


def test_a_list_of_one_page_is_requested_conditionally_the_next_time(
    hub: Hub, client: ScriptedClient
) -> None:
    serve(client, FIRST, {"numbers": [1]}, etag='"v1"')
    client.script(FIRST, response(FIRST, status=304))
    gather(hub, client)
    first, second = gather(hub, client)
    assert client.validators == [None, Validators('"v1"')]
    assert counts(first) == ("ok", 1, 1, 1, 0)
    assert counts(second) == ("ok", None, 0, 0, 0)
    assert second.messages[0].code == "ledger.unchanged_since_gather"


def test_items_missing_of_the_promised_total_leave_the_bookmark(
    hub: Hub, client: ScriptedClient
) -> None:
    serve(client, FIRST, {"numbers": [1, 2], "total": 5})
    (row,) = gather(hub, client)
    assert counts(row) == ("partial", 5, 2, 2, 3)
    assert row.messages[0].params == {"missing": 3, "total": 5}
    assert bookmark(hub) == ""


def test_an_unreadable_item_counts_towards_the_total(hub: Hub, client: ScriptedClient) -> None:
    serve(client, FIRST, {"numbers": [1], "problems": ["no title"], "total": 2})
    (row,) = gather(hub, client)
    assert counts(row) == ("partial", 2, 1, 1, 1)
    assert bookmark(hub) == "2026-06-24", "asking again would not mend it"


@pytest.mark.parametrize(
    ("second_page", "code"),
    [
        ({"numbers": [2, 1]}, "source.page_repeated"),
        ({"numbers": [3], "next": "https://elsewhere.example/oai"}, "source.next_page_elsewhere"),
    ],
)
def test_disorder_ends_the_list_and_what_came_before_stays(
    hub: Hub, client: ScriptedClient, second_page: dict[str, object], code: str
) -> None:
    serve(client, FIRST, {"numbers": [1, 2], "next": SECOND})
    serve(client, SECOND, second_page)
    (row,) = gather(hub, client)
    assert (row.status, row.failure, row.received) == ("partial", "protocol", 2)
    assert row.messages[-1].params["why"].code == code  # type: ignore[union-attr]
    assert bookmark(hub) == ""


def test_records_of_another_source_are_our_fault(hub: Hub, client: ScriptedClient) -> None:
    serve(client, FIRST, {"numbers": [1], "source": "crossref"})
    (row,) = gather(hub, client)
    assert (row.status, row.failure, row.merged) == ("failed", "our_fault", 0)


def test_each_list_stands_alone(hub: Hub, client: ScriptedClient) -> None:
    stones = dataclasses.replace(BIRDS, window="stones", url=SECOND)
    serve(client, FIRST, {"failure": "not_the_format"})
    serve(client, SECOND, {"numbers": [1]})
    birds_row, stones_row = gather(hub, client, BIRDS, stones)
    assert (birds_row.status, birds_row.failure) == ("failed", "not_the_format")
    assert counts(stones_row) == ("ok", 1, 1, 1, 0)


def test_the_plan_knows_when_each_list_was_last_read_whole(
    hub: Hub, client: ScriptedClient
) -> None:
    serve(client, FIRST, {"numbers": [1]})
    gather(hub, client)
    serve(client, FIRST, {"numbers": [2]})
    reader = JsonReader(BIRDS, dataclasses.replace(BIRDS, window="new", url=FIRST))
    serve(client, FIRST, {"numbers": [3]})
    gather_pages(Asker(hub, client), SOURCE, reader)
    assert reader.since == {"birds": "2026-06-24", "new": ""}


def test_a_source_without_lists_says_so_in_the_ledger(hub: Hub, client: ScriptedClient) -> None:
    asker = Asker(hub, client)
    gather_pages(asker, SOURCE, JsonReader())
    (row,) = asker.ledger.entries()
    assert [message.code for message in row.messages] == ["source.no_lists"]
    assert client.requests == []


def test_a_list_without_end_is_cut_and_the_ledger_says_so(
    hub: Hub, client: ScriptedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academichub.gathering.pages.MAX_PAGES", 2)
    serve(client, FIRST, {"numbers": [1], "next": SECOND})
    serve(client, SECOND, {"numbers": [2], "next": f"{BASE}?page=3"})
    (row,) = gather(hub, client)
    assert (row.status, row.failure, row.merged) == ("partial", "too_large", 2)
    assert bookmark(hub) == ""


def test_cancelling_closes_the_row_with_what_came(hub: Hub, client: ScriptedClient) -> None:
    serve(client, FIRST, {"numbers": [1], "next": SECOND})
    # Before the source, and before its first page: go on. Before the second page: stop.
    answers = iter([False, False, True])
    asker = Asker(hub, client, cancel=lambda: next(answers))
    with pytest.raises(CancelledError):
        gather_pages(asker, SOURCE, JsonReader(BIRDS))
    (row,) = asker.ledger.entries()
    assert (row.status, row.received) == ("partial", 1)
    assert row.messages[-1].code == "ledger.cancelled"
