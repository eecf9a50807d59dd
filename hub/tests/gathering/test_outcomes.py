"""What follows from each failure of a request: pauses, further tries, hosts left alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_client import source_error

from academichub.errors import FAILURES
from academichub.gathering.outcomes import (
    CONSEQUENCES,
    LONGEST_WAIT_S,
    NO_CONNECTION,
    NOTHING,
    Consequence,
    Failure,
    day_of,
    host_of,
)
from academichub.http.client import Response
from academichub.messages import Message, plain

URL = "https://export.example/oai"


def failure_of(
    word: str,
    module: str = "arxiv_oai",
    *,
    failed_url: str = "",
    retry_after_s: float | None = None,
) -> Failure:
    return Failure(source_error(word, failed_url, retry_after_s), module, URL)


def test_every_consequence_is_of_a_word_of_the_taxonomy() -> None:
    assert set(CONSEQUENCES) <= set(FAILURES)


@pytest.mark.parametrize(
    ("word", "pauses"),
    [
        ("rate_limited", [1.0, 2.0, None]),
        ("unavailable", [1.0, 2.0, None]),
        ("unreachable", [1.0, None]),
        ("truncated", [1.0, None]),
        ("timeout", [None]),
        ("refused", [None]),
        ("not_found", [None]),
        ("our_fault", [None]),
    ],
)
def test_the_pause_doubles_until_the_tries_are_used_up(
    word: str, pauses: list[float | None]
) -> None:
    assert [failure_of(word).pause_s(attempt) for attempt in range(len(pauses))] == pauses


@given(asked_for=st.floats(0, 1e6), attempt=st.integers(0, 1))
def test_the_pause_a_server_asks_for_is_taken_up_to_a_minute(
    asked_for: float, attempt: int
) -> None:
    pause_s = failure_of("rate_limited", retry_after_s=asked_for).pause_s(attempt)
    assert pause_s == (asked_for if asked_for <= LONGEST_WAIT_S else None)


@given(word=st.sampled_from(FAILURES), asked_for=st.none() | st.floats(0, 120))
def test_no_failure_is_tried_more_than_twice_again(word: str, asked_for: float | None) -> None:
    failure = failure_of(word, retry_after_s=asked_for)
    pauses = [failure.pause_s(attempt) for attempt in range(10)]
    assert pauses[2:] == [None] * 8
    assert all(pause is None or 0 <= pause <= LONGEST_WAIT_S for pause in pauses)


@pytest.mark.parametrize("cause", [httpcore2.ConnectError, httpcore2.ConnectTimeout])
def test_without_a_connection_the_host_is_left_alone_at_once(cause: type[Exception]) -> None:
    failure = failure_of("unreachable")
    failure.problem.__cause__ = cause()
    assert failure.consequence == NO_CONNECTION
    assert failure.pause_s(0) is None
    failure.problem.__cause__ = httpcore2.ReadError()
    assert failure.consequence == Consequence(retries=1)


def test_a_refusal_concerns_the_whole_service_but_of_a_publisher_the_one_feed() -> None:
    assert failure_of("refused", "arxiv_oai").consequence.gives_up_after == 1
    assert failure_of("refused", "feed").consequence == NOTHING


def test_the_address_that_failed_is_where_the_redirect_led() -> None:
    assert failure_of("timeout").address == URL
    assert failure_of("timeout", failed_url="no address").address == URL
    assert (
        failure_of("timeout", failed_url="https://cdn.example/x").address == "https://cdn.example/x"
    )


def test_the_ledger_says_which_failure_is_tried_again_and_when() -> None:
    assert failure_of("rate_limited").retry_message(2.0) == Message.of(
        "ledger.retry",
        failure=Message.of("failure.rate_limited"),
        why=plain("rate_limited"),
        seconds=2.0,
    )


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example/x?y=1", "a.example"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("a.example/x", ""),
        ("http://[::1/x", ""),
        ("", ""),
    ],
)
def test_a_host_includes_its_port(url: str, host: str) -> None:
    assert host_of(url) == host


def test_the_day_of_an_answer_is_that_of_utc() -> None:
    evening = datetime(2026, 6, 23, 22, 0, tzinfo=timezone(timedelta(hours=-4)))
    assert day_of(Response(200, URL, {}, b"", evening)) == "2026-06-24"
    assert day_of(Response(200, URL, {}, b"")) == ""
