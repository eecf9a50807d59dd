from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner, Result
from made_works import WORKS

from academichub.commands.search import search
from academichub.errors import UsageError
from academichub.hub import open_hub


@pytest.fixture(autouse=True)
def filled() -> None:
    hub = open_hub()
    hub.library.add(WORKS)
    hub.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(search, list(arguments), catch_exceptions=False)


def test_json_is_a_search_page() -> None:
    outcome = run("检索增强", "--json")
    assert outcome.exit_code == 0
    told = json.loads(outcome.stdout)
    assert told.keys() == {"query", "total", "hits"}
    assert (told["query"], told["total"]) == ("检索增强", 1)
    (hit,) = told["hits"]
    assert hit.keys() == {"rank", "key", "identifiers", "title", "score"}
    assert (hit["rank"], hit["key"], hit["title"]) == (1, "arxiv:2606.00002", "检索增强生成综述")
    assert hit["identifiers"] == {"arxiv": "2606.00002", "doi": "10.48550/arXiv.2606.00002"}
    assert hit["score"] > 0


@pytest.mark.parametrize(
    ("arguments", "count"),
    [(("network", "-n", "1"), 1), (("network",), 2), (("neural", "networks"), 2)],
)
def test_words_may_be_several_arguments_and_n_limits(arguments: Sequence[str], count: int) -> None:
    told = json.loads(run(*arguments, "--json").stdout)
    assert (len(told["hits"]), told["total"]) == (count, 2)


@pytest.mark.parametrize(
    ("arguments", "query", "total"),
    [
        (("-diffusion cat:cs.LG",), "-diffusion cat:cs.LG", 4),
        (("network", "-n5", "-molecules"), "network -molecules", 1),
        (("-n", "5", "--", "--molecules"), "--molecules", 1),
        (("-",), "-", 0),
    ],
)
def test_a_query_may_begin_with_a_minus_sign(
    arguments: Sequence[str], query: str, total: int
) -> None:
    told = json.loads(run("--json", *arguments).stdout)
    assert (told["query"], told["total"]) == (query, total)


def test_any_words_on_request() -> None:
    assert json.loads(run("molecules", "networks", "--any", "--json").stdout)["total"] == 2


def test_messages_go_to_standard_error() -> None:
    outcome = run("molecules transformers", "--json")
    assert json.loads(outcome.stdout)["total"] == 2
    assert "no work has all the words" in outcome.stderr


def test_text_names_what_was_found() -> None:
    outcome = run("molecules")
    assert outcome.stdout.startswith(
        "1 works\n\n1. Graph neural networks for molecules\n   Jean-Pierre M\u00fcller, Wei Wang"
    )
    assert "https://arxiv.org/abs/2606.00003" in outcome.stdout


@pytest.mark.parametrize("arguments", [(), ("a", "-n", "0"), ("a", "-n", "1001"), ("a", "--jsno")])
def test_bad_usage_is_exit_2(arguments: Sequence[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_value_that_cannot_be_one_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="year:soon"):
        run("year:soon")
