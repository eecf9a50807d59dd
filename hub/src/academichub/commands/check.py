"""`academichub check`: checks cited sentences, one JSON object a line, answered in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from academichub.checker.check import CheckResult, Evidence, check_sentence
from academichub.errors import InputError
from academichub.messages import Message

MAX_LINE_BYTES = 8_000_000


@click.command()
@click.option(
    "--json",
    "_as_json",
    is_flag=True,
    help="Accepted for symmetry: the answers are JSON in any case.",
)
def check(_as_json: bool) -> None:
    """Check cited sentences from standard input against the works they cite.

    A line is {"sentence": "...", "citations": [1], "evidence": [{"n": 1, "title": "...",
    "abstract": "..."}], "lang": "en"}. The answer to a line that cannot be read stands in its place
    with "ok": false and the reason.
    """
    for number, line in enumerate(read_lines(sys.stdin.buffer), 1):
        result = check_line(line, number)
        click.echo(result.document().json_text())


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream, cut at the limit to bound memory."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES + 1)
            if not line:
                return


def check_line(line: bytes, number: int) -> CheckResult:
    """Return the result of one line; a fault of the line itself is a reason, not an error."""
    try:
        if len(line) > MAX_LINE_BYTES:
            raise InputError(Message.of("input.line_too_long", limit=MAX_LINE_BYTES))
        sentence, citations, evidence, lang = _read(line)
        return check_sentence(sentence, citations, evidence, lang)
    except InputError as problem:
        unmade = {"citation_resolves": False, "numbers": None, "names": None, "support": None}
        return CheckResult(
            False, 0.0, dict(unmade), [Message.of("check.line", number=number, why=problem.message)]
        )


def _read(line: bytes) -> tuple[str, list[int], list[Evidence], str]:
    """Return the parts of a line.

    Raises:
        InputError: If it is not such an object (docs/contracts/commands.md).
    """
    body = read_object(line)
    sentence, citations, lang = (
        body.get("sentence"),
        body.get("citations", []),
        body.get("lang", "en"),
    )
    if not isinstance(sentence, str):
        raise InputError(Message.of("input.sentence_missing"))
    if not isinstance(citations, list) or not all(is_number(number) for number in citations):
        raise InputError(Message.of("input.not_numbers"))
    if not isinstance(lang, str):
        raise InputError(Message.of("input.not_text", name="lang"))
    works = body.get("evidence", [])
    if not isinstance(works, list):
        raise InputError(Message.of("input.not_list"))
    return whole(sentence), citations, [read_work(work) for work in works], lang


def read_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object of a line.

    Raises:
        InputError: If it holds none.
    """
    try:
        body = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise InputError(Message.of("input.not_json", why=str(problem)[:200])) from problem
    if not isinstance(body, dict):
        raise InputError(Message.of("input.not_object"))
    return body


def read_work(work: Any) -> Evidence:
    """Return a work of the evidence.

    Raises:
        InputError: If it is none.
    """
    if not isinstance(work, dict) or not is_number(work.get("n")):
        raise InputError(Message.of("input.work_without_number"))
    title, abstract = work.get("title") or "", work.get("abstract") or ""
    if not isinstance(title, str) or not isinstance(abstract, str):
        raise InputError(Message.of("input.work_not_text", number=work["n"]))
    return Evidence(work["n"], whole(title), whole(abstract))


def whole(text: str) -> str:
    """Return a text without halves of surrogate pairs, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
