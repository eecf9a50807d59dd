"""`academichub brief-reward`: rewards for completions of a writer model, one JSON object a line in, one a line out."""

from __future__ import annotations

import sys

import click

from academichub import documents
from academichub.commands.check import (
    MAX_LINE_BYTES,
    is_number,
    read_lines,
    read_object,
    read_work,
    whole,
)
from academichub.errors import InputError
from academichub.writer.reward import Reward, reward_of


@click.command("brief-reward")
@click.option(
    "--json",
    "_as_json",
    is_flag=True,
    help="Accepted for symmetry: the answers are JSON in any case.",
)
def brief_reward(_as_json: bool) -> None:
    """Reward completions of a writer model by the checks of the brief, in order, from standard input.

    A line is {"completion": "...", "citations": [1], "evidence": [{"n": 1, "title": "...", "abstract": "..."}],
    "extract": "...", "lang": "en"}; without citations the completion rests on all of the evidence. The answer is
    {"reward": 0.0 to 1.0, "checks": {...}, "reasons": [...]}: 0 for what a brief would not show, 0.5 for what it would,
    more the shorter it is than the extract (1 without one). A line that cannot be read has reward 0 and its fault.
    """
    for number, line in enumerate(read_lines(sys.stdin.buffer), 1):
        reward = reward_line(line, number)
        click.echo(documents.Reward.model_validate(reward).json_text())


def reward_line(line: bytes, number: int) -> Reward:
    """Return the reward of one line; what is wrong with the line itself is a reason, not an error."""
    try:
        if len(line) > MAX_LINE_BYTES:
            raise InputError(
                f"longer than {MAX_LINE_BYTES} bytes: send title and abstract of the works only"
            )
        body = read_object(line)
        texts = {
            name: body.get(name) or default
            for name, default in (("completion", ""), ("extract", ""), ("lang", "en"))
        }
        for name, value in texts.items():
            if not isinstance(value, str):
                raise InputError(f"{name!r} is not a text")
        citations, works = body.get("citations") or [], body.get("evidence", [])
        if not isinstance(citations, list) or not all(is_number(number) for number in citations):
            raise InputError("'citations' is not a list of whole numbers")
        if not isinstance(works, list) or not works:
            raise InputError("'evidence' is not a list of works")
        evidence = [read_work(work) for work in works]
        return reward_of(
            whole(texts["completion"]),
            citations,
            evidence,
            extract=whole(texts["extract"]),
            lang=texts["lang"],
        )
    except InputError as problem:
        return Reward(0.0, {}, [f"line {number}: {problem}"])
