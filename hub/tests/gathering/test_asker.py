"""The requests of one gather: tries, pauses, the ledger's counts, days, cancelling; no network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from scripted_client import CLOCK, ScriptedClient, response, source_error

from academichub.errors import CancelledError, SourceError
from academichub.gathering.asker import Asker
from academichub.gathering.hosts import HostGivenUpError
from academichub.gathering.outcomes import Unchanged
from academichub.http.conditional import Validators
from academichub.hub import Hub, open_hub
from academichub.messages import Message

URL = "https://a.example/list"
MODULE = "arxiv_oai"


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = open_hub()
    yield opened
    opened.close()


@pytest.fixture
def client() -> ScriptedClient:
    return ScriptedClient()


@pytest.fixture
def asker(hub: Hub, client: ScriptedClient) -> Asker:
    return Asker(hub, client)


def test_an_answer_is_read_and_its_validators_are_not_yet_saved(
    asker: Asker, client: ScriptedClient
) -> None:
    client.script(URL, response(URL, b"7", etag='"v1"'))
    entry = asker.open(MODULE, "list")
    answer = asker.ask(entry, MODULE, URL, int)
    assert answer.value == 7
    assert answer.validators == Validators('"v1"', None)
    assert entry.asked == 1
    assert asker.validators.get(URL) is None, "they are saved once the answer is merged"


def test_a_conditional_request_may_come_to_unchanged(asker: Asker, client: ScriptedClient) -> None:
    client.script(URL, response(URL, status=304))
    saved = Validators('"v1"')
    outcome = asker.ask_if_changed(asker.open(MODULE, "x"), MODULE, URL, int, validators=saved)
    assert isinstance(outcome, Unchanged)
    assert client.validators == [saved]


def test_each_try_is_counted_and_noted(asker: Asker, client: ScriptedClient) -> None:
    client.script(
        URL, source_error("unavailable"), source_error("unavailable"), response(URL, b"7")
    )
    entry = asker.open(MODULE, "list")
    assert asker.ask(entry, MODULE, URL, int).value == 7
    assert entry.asked == 3
    assert [message.params["seconds"] for message in entry.messages] == [1.0, 2.0]


def test_the_last_failure_is_raised_and_its_host_left_alone(
    asker: Asker, client: ScriptedClient
) -> None:
    client.script(URL, *[source_error("rate_limited", URL) for _ in range(3)])
    entry = asker.open(MODULE, "list")
    with pytest.raises(SourceError, match="rate_limited"):
        asker.ask(entry, MODULE, URL, int)
    with pytest.raises(HostGivenUpError):
        asker.ask(entry, MODULE, "https://a.example/other", int)
    assert client.requests == [URL] * 3, "the second address was never requested"
    assert entry.asked == 3


def test_a_redirect_to_a_host_given_up_is_not_followed_and_blames_nobody(
    asker: Asker, client: ScriptedClient
) -> None:
    away = "https://b.example/list"
    client.script(away, source_error("refused", away))
    client.script(URL, response(away, b"7"), response(URL, b"8"))
    entry = asker.open(MODULE, "list")
    with pytest.raises(SourceError):
        asker.ask(entry, MODULE, away, int)
    with pytest.raises(HostGivenUpError):
        asker.ask(entry, MODULE, URL, int)
    assert asker.ask(entry, MODULE, URL, int).value == 8


def test_a_body_our_code_fails_on_is_our_fault_and_carries_the_servers_clock(
    asker: Asker, client: ScriptedClient
) -> None:
    client.script(URL, response(URL, b"seven"))
    with pytest.raises(SourceError) as raised:
        asker.ask(asker.open(MODULE, "list"), MODULE, URL, int)
    assert raised.value.failure == "our_fault"
    assert raised.value.url == URL
    assert raised.value.server_date == CLOCK
    activity = Message.of("fault.reading_answer", url=URL)
    expected = Message.of("fault.logged", exception="ValueError", activity=activity)
    assert raised.value.message == expected


def test_a_failure_of_the_client_itself_is_our_fault_while_asking(
    asker: Asker, client: ScriptedClient
) -> None:
    client.script(URL, ZeroDivisionError())
    with pytest.raises(SourceError) as raised:
        asker.ask(asker.open(MODULE, "list"), MODULE, URL, int)
    assert raised.value.params["activity"] == Message.of("fault.asking", url=URL)


def test_nobody_reading_the_output_ends_the_gather(asker: Asker, client: ScriptedClient) -> None:
    client.script(URL, BrokenPipeError())
    with pytest.raises(BrokenPipeError):
        asker.ask(asker.open(MODULE, "list"), MODULE, URL, int)


def test_the_day_is_the_latest_a_server_gave(asker: Asker) -> None:
    for day in ("2026-06-23", "2026-06-24", "2026-06-22"):
        asker.saw_day(day)
    assert asker.day == asker.best_day() == "2026-06-24"


def test_a_refusal_gives_the_day_of_its_date_header_in_eastern_time(
    asker: Asker, client: ScriptedClient
) -> None:
    refusal = source_error("not_found", URL)
    refusal.server_date = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)  # 22:00 on the 24th in New York
    client.script(URL, refusal)
    entry = asker.open(MODULE, "list")
    with pytest.raises(SourceError):
        asker.ask(entry, MODULE, URL, int)
    assert asker.day == ""
    assert asker.best_day() == "2026-06-24"
    asker.saw_day("2026-06-23")
    assert asker.best_day() == "2026-06-23", "an answer is preferred to a refusal"


def test_without_any_answer_the_day_is_the_ledgers_latest(asker: Asker) -> None:
    asker.close(asker.open(MODULE, "list", "2026-06-19"))
    assert asker.best_day() == "2026-06-19"


@pytest.mark.parametrize(
    ("status", "merged", "expected"),
    [("ok", 0, "failed"), ("ok", 3, "partial"), ("failed", 3, "partial"), ("stale", 3, "stale")],
)
def test_a_row_with_a_fault_of_ours_is_partial_if_anything_was_merged(
    asker: Asker, status: str, merged: int, expected: str
) -> None:
    entry = asker.open(MODULE, "list")
    entry.failure, entry.status, entry.merged = "our_fault", status, merged  # type: ignore[assignment]
    asker.close(entry)
    assert [row.status for row in asker.ledger.entries()] == [expected]
    assert asker.open_rows == {}
    assert asker.closed == [entry]


def test_progress_counts_steps_up_to_the_total(hub: Hub, client: ScriptedClient) -> None:
    reported: list[tuple[int, int]] = []
    asker = Asker(hub, client, lambda done, total, _: reported.append((done, total)))
    asker.total = 2
    for _ in range(4):
        asker.step(Message.of("progress.source", source="x"))
    assert reported == [(0, 2), (1, 2), (2, 2), (2, 2)]


def test_a_cancelled_gather_makes_no_further_request(hub: Hub, client: ScriptedClient) -> None:
    answers = iter([False, True])
    asker = Asker(hub, client, cancel=lambda: next(answers))
    client.script(URL, source_error("truncated"), response(URL, b"7"))
    with pytest.raises(CancelledError):
        asker.ask(asker.open(MODULE, "list"), MODULE, URL, int)
    assert client.requests == [URL]
