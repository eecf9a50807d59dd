"""The client of language models against a real local server that misbehaves as providers do."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from model_server import (
    DIMENSIONS,
    ModelServer,
    completion,
    cut_body,
    hang_up,
    huge,
    raw,
    say,
    slow,
    status,
    trickle,
)
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from academichub.errors import (
    CancelledError,
    ModelAnswerError,
    ModelBudgetError,
    ModelError,
    ModelSettingsError,
    ModelUnavailableError,
)
from academichub.llm import wire
from academichub.llm.model import DEFAULT_TOKENS_PER_DAY, LanguageModel, Sampling
from academichub.settings import LlmSettings
from academichub.store import schema
from academichub.store.database import Database

from .conftest import Opener

HELLO = [{"role": "user", "content": "Say a sentence."}]
SAMPLING = Sampling(max_tokens=32)
KEY = "sk-very-secret-1234"


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sentence: str
    number: int


def ask(model: LanguageModel, text: str = "Say a sentence.") -> str:
    return model.write([{"role": "user", "content": text}], SAMPLING).text


def test_a_question_and_its_answer(server: ModelServer, open_model: Opener) -> None:
    reply = open_model().write(HELLO, Sampling(0.7, 40, 3, ("\n",)))
    assert (reply.text, reply.is_whole, reply.cached, reply.tokens) == (
        "A sentence.",
        True,
        False,
        25,
    )
    assert server.questions == [
        {
            "model": "tiny-135m",
            "messages": HELLO,
            "temperature": 0.7,
            "max_tokens": 40,
            "seed": 3,
            "stop": ["\n"],
        }
    ]


def test_models_are_chosen_from_the_list_where_none_is_set(
    server: ModelServer, open_model: Opener
) -> None:
    model = open_model(model=None)
    assert (model.name(), model.embedding_name(), model.capability()) == (
        "tiny-135m",
        "all-minilm-embed",
        "small",
    )
    assert [one.path for one in server.asked] == ["/v1/models"], "asked once"
    server.models = ("only-embed",)
    assert open_model(model=None).name() == "only-embed"
    server.models = ("chat",)
    other = open_model(model=None)
    assert other.embedding_name() is None
    with pytest.raises(ModelSettingsError, match=r"set llm\.embedding_model"):
        other.embed(["x"])
    server.models = ()
    with pytest.raises(ModelSettingsError, match=r"lists no model: set llm\.model"):
        open_model(model=None).name()


def test_no_endpoint_is_said() -> None:
    with pytest.raises(ModelSettingsError, match=r"set llm\.base_url"):
        LanguageModel(LlmSettings(), None)  # type: ignore[arg-type]


def test_only_our_headers_leave_and_the_key_only_if_set(
    server: ModelServer, open_model: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Spy: elsewhere")
    ask(open_model())
    ask(open_model(api_key=KEY), "again")
    without, with_key = server.asked
    assert "elsewhere" not in json.dumps([without.headers, with_key.headers])
    assert "authorization" not in without.headers
    assert with_key.headers["authorization"] == f"Bearer {KEY}"
    assert set(with_key.headers) <= {"host", "accept", "content-type", "content-length", "user-agent", "accept-encoding",
                                     "authorization"}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "error", "words", "asked"),
    [
        (status(401, f"Incorrect API key {KEY}"), ModelSettingsError, r"refuses the key \(HTTP 401\): check llm\.api_key", 1),
        (status(403), ModelSettingsError, "refuses the key", 1),
        (status(404, "no such model"), ModelSettingsError, r"check llm\.model \(tiny-135m\)", 1),
        (status(429, "quota", {"code": "insufficient_quota"}), ModelSettingsError, "quota is spent", 1),
        (raw(b"", 302, location="http://127.0.0.1:1/"), ModelSettingsError, "redirects elsewhere", 1),
        (status(400, f"too long for {KEY}"), ModelAnswerError, r"not accept the request \(HTTP 400\): too long for \*\*\*", 1),
        (status(413, "too long"), ModelAnswerError, "HTTP 413", 1),
        (status(422, "odd"), ModelAnswerError, "HTTP 422", 1),
        (status(500, "boom"), ModelUnavailableError, "HTTP 500: boom", 3),
        (status(503), ModelUnavailableError, "HTTP 503", 3),
        (raw(b"<html>bad gateway</html>", 502, content_type="text/html"), ModelUnavailableError, "HTTP 502", 3),
        (status(429, "slow down", retry_after="600"), ModelUnavailableError, "asks for 600 s", 1),
        (hang_up, ModelAnswerError, "broke off", 3),
        (cut_body, ModelAnswerError, "broke off", 3),
        (raw(b'{"id": "x", "choices": [{'), ModelAnswerError, "JSON that cannot be read", 3),
        (raw(b"<html>login</html>", content_type="text/html"), ModelAnswerError, "is not JSON", 3),
        (raw(b"[1, 2]"), ModelAnswerError, "endpoint", None),
        (raw(b"null"), ModelAnswerError, "endpoint", None),
        (raw(b'{"choices": []}'), ModelAnswerError, "has no choice", 1),
        (raw(b'{"choices": null}'), ModelAnswerError, "has no choice", 1),
        (raw(b'{"choices": [{"index": 0}]}'), ModelAnswerError, "has no choice", 1),
        (raw(b'{"choices": ["x"]}'), ModelAnswerError, "has no choice", 1),
        (say(None), ModelAnswerError, "answer is empty", 1),
        (say("  \n"), ModelAnswerError, "answer is empty", 1),
        (say("<think>only thoughts</think>"), ModelAnswerError, "answer is empty", 1),
        (say(None, refusal="I cannot help"), ModelAnswerError, "declined", 1),
        (say("x", "content_filter"), ModelAnswerError, "declined", 1),
        (raw(b"x", content_encoding="gzip"), ModelAnswerError, "more than", 1),
    ],
)  # fmt: skip
def test_every_way_to_fail_has_its_kind_and_no_key_in_it(
    server: ModelServer, open_model: Opener, database: Database, caplog: pytest.LogCaptureFixture,
    answer: Any, error: type[ModelError], words: str, asked: int | None,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    server.script = [answer] * 5
    with pytest.raises(error, match=words) as caught:
        ask(open_model(api_key=KEY))
    assert asked is None or len(server.questions) == asked
    assert KEY not in str(caught.value) + caplog.text
    with database.read() as connection:
        stored = str(connection.execute(select(schema.model_calls)).all())
    assert KEY not in stored and "answered" not in stored
    server.script.clear()
    assert ask(open_model()) == "A sentence.", "the next question is asked all the same"


def test_a_passing_trouble_is_tried_again(server: ModelServer, open_model: Opener) -> None:
    server.script = [status(500), cut_body]
    assert ask(open_model()) == "A sentence."
    assert len(server.questions) == 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured_by_all_questions(
    server: ModelServer, open_model: Opener, form: str
) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=2)
    value = "1" if form == "seconds" else format_datetime(moment, usegmt=True)
    server.script = [status(429, retry_after=value)]
    model = open_model(concurrency=1)
    assert ask(model) == "A sentence."
    first, second = server.asked
    assert second.at - first.at >= 0.9


def test_a_slow_answer_ends_at_the_deadline_once(server: ModelServer, open_model: Opener) -> None:
    for answer in (slow(5), trickle):
        server.script = [answer]
        began = time.monotonic()
        with pytest.raises(ModelUnavailableError, match=r"0\.3 s \(llm\.timeout_s\)"):
            ask(open_model(timeout_s=0.3))
        assert time.monotonic() - began < 2
    assert len(server.questions) == 2


def test_an_unreachable_endpoint(open_model: Opener) -> None:
    with pytest.raises(
        ModelUnavailableError, match=r"cannot be reached \(ConnectError\); check llm\.base_url"
    ):
        ask(open_model(base_url="http://127.0.0.1:9/v1", retries=1))


def test_a_huge_answer_is_cut_off(
    server: ModelServer, open_model: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model()
    monkeypatch.setattr(model._wire._client._client._transport, "_limit", 1 << 18)
    for answer in (huge(1 << 22), raw(b" " * (1 << 20))):
        server.script = [answer]
        with pytest.raises(ModelAnswerError, match="answers with more than") as caught:
            ask(model)
        assert caught.value.failure == "too_large"


def test_cancel_breaks_the_request_off_and_the_server_sees_it(
    server: ModelServer, open_model: Opener
) -> None:
    server.script = [slow(30)]
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        open_model(timeout_s=60).write(HELLO, SAMPLING, stop.is_set)
    assert time.monotonic() - began < 2
    end = time.monotonic() + 3
    while not server.gone and time.monotonic() < end:
        time.sleep(0.02)
    assert server.gone


def test_no_more_questions_at_a_time_than_set(server: ModelServer, open_model: Opener) -> None:
    server.script = [slow(0.1)] * 6
    model = open_model(concurrency=2)
    threads = [threading.Thread(target=ask, args=(model, f"question {n}")) for n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(server.questions), server.most_at_once) == (6, 2)


@pytest.mark.parametrize(
    ("complaint", "gone", "came"),
    [("Unsupported parameter: 'max_tokens' is not supported, use 'max_completion_tokens'", "max_tokens", "max_completion_tokens"),
     ("Unsupported value: 'temperature' does not support 0", "temperature", None),
     ("seed is unknown", "seed", None), ("'response_format' of type json_schema is not supported", "response_format", None),
     ("something is wrong", "response_format", None)],
)  # fmt: skip
def test_what_an_endpoint_does_not_know_is_left_out_from_then_on(
    server: ModelServer, open_model: Opener, complaint: str, gone: str, came: str | None
) -> None:
    server.write = lambda question: '{"sentence": "x", "number": 1}'
    server.script = [status(400, complaint)]
    model = open_model()
    assert model.structured(HELLO, Shape, SAMPLING) == Shape(sentence="x", number=1)
    assert model.structured([{"role": "user", "content": "more"}], Shape, SAMPLING)
    first, *later = server.questions
    assert gone in first and len(later) == 2
    assert all(gone not in one and (came is None or came in one) for one in later)


@pytest.mark.parametrize(
    "text",
    ['{"sentence": "x", "number": 1}', 'Sure!\n```json\n{"sentence": "x", "number": 1}\n```\nAnything else?',
     '<think>{"sentence": "no"}</think> {"sentence": "x", "number": 1}', 'Say {this}: {"sentence": "x", "number": 1} {',
     '{"other": 1} then {"sentence": "x", "number": 1}'],
)  # fmt: skip
def test_structured_answers_are_found(server: ModelServer, open_model: Opener, text: str) -> None:
    server.script = [say(text)]
    assert open_model().structured(HELLO, Shape, SAMPLING) == Shape(sentence="x", number=1)
    asked = server.questions[0]
    assert (
        asked["response_format"]["json_schema"]["strict"]
        and "JSON schema" in asked["messages"][-1]["content"]
    )


@pytest.mark.parametrize(
    ("text", "finish", "failure"),
    [("no json here", "stop", "broken"), ('{"sentence": "x"', "stop", "broken"), ("{" * 5000, "stop", "broken"),
     ('{"sentence": "x", "number": "many"}', "stop", "wrong_shape"), ('{"sentence": "x", "number": 1, "exec": "rm"}', "stop", "wrong_shape"),
     ('{"sentence": "x", "number": 1}', "length", "cut")],
)  # fmt: skip
def test_structured_answers_of_another_shape_are_refused(
    server: ModelServer, open_model: Opener, text: str, finish: str, failure: str
) -> None:
    server.script = [say(text, finish)]
    with pytest.raises(ModelAnswerError) as caught:
        open_model().structured(HELLO, Shape, SAMPLING)
    assert caught.value.failure == failure


def test_answers_are_kept_by_question_model_and_sampling(
    server: ModelServer, open_model: Opener, database: Database
) -> None:
    model = open_model()
    assert not model.write(HELLO, SAMPLING).cached
    assert open_model().write(HELLO, SAMPLING).cached
    assert not open_model(model="another").write(HELLO, SAMPLING).cached
    assert not model.write(HELLO, Sampling(max_tokens=33)).cached
    assert not model.write([{"role": "system", "content": "x"}, *HELLO], SAMPLING).cached
    assert len(server.questions) == 4
    with database.read() as connection:
        assert "Say a sentence" not in str(connection.execute(select(schema.model_answers)).all())


def test_the_days_tokens_are_counted_and_end(server: ModelServer, open_model: Opener) -> None:
    model = open_model(tokens_per_day=110, api_key=KEY)
    for number in range(3):
        ask(model, f"question {number}")
    with pytest.raises(
        ModelBudgetError, match=r"the 110 tokens a day of llm\.tokens_per_day are spent \(75 on "
    ):
        ask(model, "one more")
    assert len(server.questions) == 3
    assert model.budget.spent_today() == 75
    ask(model, "question 0")
    (row,) = model.budget.spent()
    assert (row.model, row.purpose, row.requests, row.cached, row.failed, row.tokens) == (
        "tiny-135m",
        "chat",
        3,
        1,
        0,
        75,
    )


def test_the_budget_counts_what_is_under_way_and_a_new_day_begins_anew(open_model: Opener) -> None:
    budget = open_model(tokens_per_day=100).budget
    now = datetime(2026, 6, 1, 23, 59, tzinfo=UTC)
    budget._now = lambda: now
    held = budget.reserve(60)
    with pytest.raises(ModelBudgetError):
        budget.reserve(60)
    budget.settle(held, "m", "chat", "answered", (10, 5), 0.1)
    assert budget.spent_today() == 15
    budget.reserve(85)
    now += timedelta(minutes=2)
    assert budget.spent_today() == 0
    budget.reserve(100)


def test_only_an_endpoint_elsewhere_has_a_budget_by_default(open_model: Opener) -> None:
    assert open_model().budget.tokens_per_day == 0
    assert (
        open_model(base_url="https://api.example.org/v1").budget.tokens_per_day
        == DEFAULT_TOKENS_PER_DAY
    )


def test_embeddings_come_in_the_order_of_the_texts(server: ModelServer, open_model: Opener) -> None:
    model = open_model()
    found = model.embed(["aa aa", "b " * 4500, ""])
    assert [len(row) for row in found] == [DIMENSIONS] * 3
    assert max(found[0]) == pytest.approx(2.01) and max(found[1]) == pytest.approx(3000.01), (
        "cut at 6000 characters"
    )
    assert server.asked[-1].body["model"] == "all-minilm-embed"
    assert model.embed([]) == []
    assert [(one.purpose, one.tokens) for one in model.budget.spent()] == [("embedding", 1501)]


@pytest.mark.parametrize(
    "body",
    [{"data": []}, {"data": [{"index": 0, "embedding": []}]}, {"data": [{"index": 0, "embedding": "AAAA"}]},
     {"data": [{"index": 7, "embedding": [1.0]}]}, {"data": [{"index": 0, "embedding": [1.0, None]}]}, {"data": "x"}, [],
     {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]}],
)  # fmt: skip
def test_embeddings_that_are_none_are_refused(
    server: ModelServer, open_model: Opener, monkeypatch: pytest.MonkeyPatch, body: Any
) -> None:
    import model_server

    monkeypatch.setattr(model_server, "embeddings", lambda question: body)
    with pytest.raises(ModelAnswerError):
        open_model(retries=0).embed(["x", "y"])


def test_a_closed_client_leaves_no_thread(open_model: Opener) -> None:
    model = open_model()
    ask(model)
    model.close()
    model.close()
    assert not any(
        one.name == "language-model" and one is model._wire._thread for one in threading.enumerate()
    )


def test_the_helper_answers_in_the_protocols_terms() -> None:
    assert completion("x")["choices"][0]["message"]["content"] == "x"
    assert wire.LONGEST_WAIT_S <= 60
