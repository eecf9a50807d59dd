"""The kinds of requests of serve_soak.py: what each sends, and what makes its answer whole."""

from __future__ import annotations

import http.client
import json
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CLIENT_LEFT = 0
"""Status of a request whose client left, by intent."""

TIMEOUT_S = 120.0
HOST = "127.0.0.1"
COMPLETIONS, CHAT, EMBEDDINGS = "/v1/completions", "/v1/chat/completions", "/v1/embeddings"
WORDS = (
    "the",
    "cat",
    "sat",
    "on",
    "mat",
    "and",
    "dog",
    "ran",
    "to",
    "door",
    "while",
    "it",
    "rained",
    "in",
    "town",
)
OVERSIZE_BYTES = 4 * 2**20 + 1


@dataclass(frozen=True)
class Answer:
    """What came: the status, what is wrong with it (empty: nothing), tokens generated, the text."""

    status: int
    problem: str = ""
    tokens: int = 0
    text: str = ""


Kind = Callable[[int, random.Random], Answer]
"""Sends a request to a port, drawn at random, and judges its answer."""


def exchange(port: int, method: str, path: str, body: bytes | None = None) -> Answer:
    """Return the answer to one request; status -1 where there is none."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            return Answer(answer.status, text=answer.read().decode())
    except (OSError, http.client.HTTPException) as problem:
        return Answer(-1, f"no answer: {type(problem).__name__} {problem}")
    finally:
        connection.close()


def late_body(port: int) -> Answer:
    """Announce a body and never send it."""
    return _spoken(port, _head(COMPLETIONS, 50) + b'{"prompt"')


def _ask(
    port: int, path: str, body: dict[str, Any], judge: Callable[[Any], tuple[str, int]]
) -> Answer:
    """Send a good request; only a whole answer, or 429 for another try, will do."""
    answer = exchange(port, "POST", path, json.dumps(body).encode())
    if answer.status == 429 or answer.problem:
        return answer
    if answer.status != 200:
        return Answer(answer.status, f"HTTP {answer.status}: {answer.text[:200]}")
    try:
        problem, tokens = judge(json.loads(answer.text))
    except (ValueError, KeyError, TypeError, IndexError) as broken:
        return Answer(200, f"not whole: {type(broken).__name__} {broken}")
    return Answer(200, problem, tokens)


def _prompt(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))


def _fields(rng: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {
        "max_tokens": rng.randint(1, 16),
        "temperature": rng.choice([0, 0.7, 1.0]),
    }
    if rng.random() < 0.5:
        found["seed"] = rng.randint(0, 99)
    if rng.random() < 0.3:
        found["stop"] = rng.choice([" the", "cat", ["dog", "mat"]])
    return found


def _ended(value: dict[str, Any], count: int = 1) -> tuple[str, int]:
    """Judge choices that must all be there and ended."""
    ends = {choice["index"]: choice["finish_reason"] for choice in value["choices"]}
    tokens = value["usage"]["completion_tokens"]
    is_whole = sorted(ends) == list(range(count)) and all(
        one in ("stop", "length") for one in ends.values()
    )
    return ("" if is_whole and tokens >= count else f"choices {ends}, {tokens} tokens"), tokens


def _completion(port: int, rng: random.Random) -> Answer:
    return _ask(port, COMPLETIONS, {"prompt": _prompt(rng), **_fields(rng)}, _ended)


def _chat(port: int, rng: random.Random) -> Answer:
    messages = [{"role": "user", "content": _prompt(rng)}]
    return _ask(port, CHAT, {"messages": messages, **_fields(rng)}, _ended)


def _several(port: int, rng: random.Random) -> Answer:
    count = rng.randint(2, 3)
    return _ask(
        port,
        COMPLETIONS,
        {"prompt": _prompt(rng), "n": count, **_fields(rng)},
        lambda v: _ended(v, count),
    )


def _logprobs(port: int, rng: random.Random) -> Answer:
    def judge(value: dict[str, Any]) -> tuple[str, int]:
        told = value["choices"][0]["logprobs"]
        is_whole = len(told["tokens"]) == len(told["token_logprobs"]) == len(told["top_logprobs"])
        problem, tokens = _ended(value)
        return problem or ("" if is_whole else "log probabilities are missing"), tokens

    return _ask(port, COMPLETIONS, {"prompt": _prompt(rng), "logprobs": 3, **_fields(rng)}, judge)


def _embeddings(port: int, rng: random.Random) -> Answer:
    texts = [_prompt(rng) for _ in range(rng.randint(1, 4))]

    def judge(value: dict[str, Any]) -> tuple[str, int]:
        sizes = [len(one["embedding"]) for one in value["data"]]
        return (
            ""
            if len(sizes) == len(texts) and min(sizes) == max(sizes) > 0
            else f"embeddings of {sizes}"
        ), 0

    return _ask(port, EMBEDDINGS, {"input": texts, "model": "tiny-embed"}, judge)


def _models(port: int, _rng: random.Random) -> Answer:
    answer = exchange(port, "GET", "/v1/models")
    return Answer(
        answer.status, answer.problem or ("" if answer.status == 200 else f"HTTP {answer.status}")
    )


def _stream(port: int, rng: random.Random) -> Answer:
    body = {
        "prompt": _prompt(rng),
        "stream": True,
        "stream_options": {"include_usage": True},
        **_fields(rng),
    }
    answer = exchange(port, "POST", COMPLETIONS, json.dumps(body).encode())
    if answer.status != 200 or answer.problem:
        is_well = answer.status == 429
        return (
            answer if is_well or answer.problem else Answer(answer.status, f"HTTP {answer.status}")
        )
    events = [one.removeprefix("data: ") for one in answer.text.split("\n\n") if one]
    if events[-1] != "[DONE]":
        return Answer(200, f"a stream without its end: {answer.text[-100:]!r}")
    parts = [json.loads(one) for one in events[:-1]]
    ends = [
        choice["finish_reason"]
        for part in parts
        for choice in part.get("choices", [])
        if choice["finish_reason"]
    ]
    is_whole = len(ends) == 1 and parts[-1].get("usage")
    return Answer(
        200,
        "" if is_whole else f"ends {ends}",
        parts[-1]["usage"]["completion_tokens"] if is_whole else 0,
    )


def _refused(answer: Answer, *statuses: int) -> Answer:
    """Judge the answer to a bad request: one of these statuses, and an error in the usual shape."""
    if answer.problem or answer.status not in statuses:
        return Answer(
            answer.status, answer.problem or f"HTTP {answer.status} where {statuses} is due"
        )
    try:
        return Answer(
            answer.status,
            "" if json.loads(answer.text)["error"]["message"] else "an error without a message",
        )
    except (ValueError, KeyError, TypeError):
        return Answer(answer.status, f"an error of another shape: {answer.text[:100]!r}")


def _bad_json(port: int, rng: random.Random) -> Answer:
    body = json.dumps({"prompt": _prompt(rng), "max_tokens": 4}).encode()
    broken = rng.choice(
        [body[: rng.randint(0, len(body) - 1)], body + b"}", b"[1, 2", b"NaN", b"[" * 5000]
    )
    return _refused(exchange(port, "POST", COMPLETIONS, broken), 400)


def _wrong_type(port: int, rng: random.Random) -> Answer:
    wrong: dict[str, Any] = rng.choice(
        [{"max_tokens": "four"}, {"n": 0}, {"n": 1.5}, {"temperature": -1}, {"top_p": "x"},
         {"stop": 7}, {"prompt": {}}, {"stream": 1}, {"logprobs": 99}, {"seed": []},
         {"max_tokens": 10**30}]
    )  # fmt: skip
    return _refused(
        exchange(port, "POST", COMPLETIONS, json.dumps({"prompt": _prompt(rng), **wrong}).encode()),
        400,
    )


def _too_long(port: int, rng: random.Random) -> Answer:
    return _refused(
        exchange(port, "POST", COMPLETIONS, json.dumps({"prompt": "the cat " * 400}).encode()), 400
    )


def _unknown_model(port: int, rng: random.Random) -> Answer:
    path = rng.choice([COMPLETIONS, CHAT, EMBEDDINGS])
    body = {
        "model": "absent",
        "prompt": "x",
        "messages": [{"role": "user", "content": "x"}],
        "input": "x",
    }
    return _refused(exchange(port, "POST", path, json.dumps(body).encode()), 404)


def _no_route(port: int, rng: random.Random) -> Answer:
    return _refused(
        exchange(port, "POST", rng.choice(["/v1/nothing", "/v1/files", "/"]), b"{}"), 404
    )


def _bad_utf8(port: int, _rng: random.Random) -> Answer:
    return _refused(exchange(port, "POST", COMPLETIONS, b'{"prompt": "\xff\xfe\xc3("}'), 400)


def _oversize(port: int, rng: random.Random) -> Answer:
    body = b'{"prompt": "' + b"x" * (OVERSIZE_BYTES + rng.randint(0, 2**20)) + b'"}'
    return _refused(exchange(port, "POST", COMPLETIONS, body), 413)


def _length_too_small(port: int, rng: random.Random) -> Answer:
    body = json.dumps({"prompt": _prompt(rng), "max_tokens": 4}).encode()
    return _refused(_spoken(port, _head(COMPLETIONS, len(body) - rng.randint(1, 10)) + body), 400)


def _length_too_large(port: int, rng: random.Random) -> Answer:
    """Announce more than is sent, and leave."""
    return _left(port, _head(COMPLETIONS, 500) + b'{"prompt": "the"}', rng, wait_s=0.02)


def _leave_in_body(port: int, rng: random.Random) -> Answer:
    body = json.dumps({"prompt": _prompt(rng), "max_tokens": 16}).encode()
    return _left(port, (_head(CHAT, len(body)) + body)[: -rng.randint(1, len(body))], rng)


def _leave_in_head(port: int, rng: random.Random) -> Answer:
    head = _head(CHAT, 10)
    return _left(port, head[: rng.randint(0, len(head) - 1)], rng)


def _leave_in_stream(port: int, rng: random.Random) -> Answer:
    """Read some of a long stream, and leave; now and then before its first byte."""
    asked = {
        "prompt": _prompt(rng),
        "max_tokens": 200,
        "ignore_eos": True,
        "n": rng.choice([1, 1, 2]),
    }
    body = json.dumps({**asked, "stream": rng.random() < 0.8}).encode()
    return _left(
        port, _head(COMPLETIONS, len(body)) + body, rng, read_bytes=rng.choice([0, 1, 300, 3000])
    )


def _head(path: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: "
        f"application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _spoken(port: int, data: bytes) -> Answer:
    """Send bytes and return the answer, for what no client library would send."""
    with socket.create_connection((HOST, port), timeout=TIMEOUT_S) as connection:
        connection.sendall(data)
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
            return Answer(answer.status, text=answer.read().decode())
        except (OSError, http.client.HTTPException) as problem:
            return Answer(-1, f"no answer: {type(problem).__name__} {problem}")
        finally:
            answer.close()


def _left(
    port: int, data: bytes, rng: random.Random, *, read_bytes: int = 0, wait_s: float = 0.0
) -> Answer:
    """Send bytes, read some of the answer, and leave, in one of the two ways TCP has."""
    try:
        with socket.create_connection((HOST, port), timeout=TIMEOUT_S) as connection:
            connection.sendall(data)
            if read_bytes:
                connection.recv(read_bytes)
            time.sleep(wait_s or rng.random() * 0.02)
            if rng.random() < 0.5:  # a reset in place of an orderly end
                connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
                )
    except OSError as problem:
        return Answer(-1, f"the server ended the connection first: {problem}")
    return Answer(CLIENT_LEFT)


KINDS: dict[str, Kind] = {
    "completion": _completion,
    "leave in head": _leave_in_head,
    "chat": _chat,
    "bad JSON": _bad_json,
    "stream": _stream,
    "leave in body": _leave_in_body,
    "several": _several,
    "wrong type": _wrong_type,
    "log probabilities": _logprobs,
    "leave in stream": _leave_in_stream,
    "embeddings": _embeddings,
    "unknown model": _unknown_model,
    "models": _models,
    "bad UTF-8": _bad_utf8,
    "length too small": _length_too_small,
    "prompt too long": _too_long,
    "length too large": _length_too_large,
    "no route": _no_route,
    "oversize": _oversize,
}
"""Every kind, in the order in which they are sent in turn."""
