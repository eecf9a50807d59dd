"""The hosts a gather leaves alone, against a plain recount of every failure in a row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_client import source_error

from academichub.errors import FAILURES
from academichub.gathering.hosts import HostGivenUpError, Hosts
from academichub.gathering.outcomes import CONSEQUENCES, NOTHING, Failure

HOSTS = ("https://a.example/x", "https://b.example/x")
WORDS = [word for word in FAILURES if word != "refused"]  # which depends on the source, see below


def is_given_up(hosts: Hosts, url: str, module: str = "arxiv_oai") -> str | None:
    """Return the failure for which a host was given up."""
    try:
        hosts.refuse_given_up(module, url)
    except HostGivenUpError as problem:
        return problem.failure
    return None


def fail(hosts: Hosts, word: str, url: str, module: str = "arxiv_oai") -> None:
    hosts.note_failure(Failure(source_error(word), module, url))


@given(st.lists(st.tuples(st.sampled_from(["answer", *WORDS]), st.sampled_from(HOSTS)), max_size=8))
def test_a_host_is_given_up_after_its_failures_in_a_row(steps: list[tuple[str, str]]) -> None:
    hosts = Hosts()
    for word, url in steps:
        if word == "answer":
            hosts.note_answer("arxiv_oai", url)
        else:
            fail(hosts, word, url)
    for url in HOSTS:
        expected, run = None, 0
        for word in (word for word, step_url in steps if step_url == url):
            limit = CONSEQUENCES.get(word, NOTHING).gives_up_after
            run = run + 1 if limit else 0
            if limit and run >= limit:
                expected = word
        assert is_given_up(hosts, url) == expected


def test_a_host_stays_given_up_whatever_it_answers_later() -> None:
    hosts = Hosts()
    fail(hosts, "rate_limited", HOSTS[0])
    hosts.note_answer("arxiv_oai", HOSTS[0])
    assert is_given_up(hosts, "https://a.example/other") == "rate_limited"


def test_an_answer_between_two_timeouts_spares_the_host() -> None:
    hosts = Hosts()
    fail(hosts, "timeout", HOSTS[0])
    hosts.note_answer("arxiv_oai", HOSTS[0])
    fail(hosts, "timeout", HOSTS[0])
    assert is_given_up(hosts, HOSTS[0]) is None
    fail(hosts, "timeout", HOSTS[0])
    assert is_given_up(hosts, HOSTS[0]) == "timeout"


def test_a_failure_concerns_its_source_port_and_host_alone() -> None:
    hosts = Hosts()
    fail(hosts, "rate_limited", "https://a.example:8443/x")
    assert is_given_up(hosts, "https://a.example:8443/y") == "rate_limited"
    assert is_given_up(hosts, "https://a.example/x") is None
    assert is_given_up(hosts, "https://a.example:8443/x", "crossref") is None


def test_the_refusal_names_host_and_address() -> None:
    hosts = Hosts()
    fail(hosts, "unavailable", HOSTS[0])
    fail(hosts, "unavailable", HOSTS[0])
    with pytest.raises(HostGivenUpError) as refused:
        hosts.refuse_given_up("arxiv_oai", "https://a.example/later")
    assert refused.value.url == "https://a.example/later"
    assert refused.value.code == "http.given_up.unavailable"
    assert refused.value.params == {"host": "a.example"}


def test_one_feed_that_a_publisher_refuses_does_not_close_its_others() -> None:
    hosts = Hosts()
    fail(hosts, "refused", HOSTS[0], "feed")
    assert is_given_up(hosts, HOSTS[0], "feed") is None
    fail(hosts, "refused", HOSTS[0], "arxiv_oai")
    assert is_given_up(hosts, HOSTS[0], "arxiv_oai") == "refused"
