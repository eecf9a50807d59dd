"""`academichub brief-reward`: rewards for a writer model's completions, one JSON object a line."""

from __future__ import annotations

import sys

import click

from academichub.commands.check import (
    MAX_LINE_BYTES,
    is_number,
    read_lines,
    read_object,
    read_work,
    whole,
)
from academichub.errors import InputError
from academichub.messages import Message
from academichub.writer.reward import Reward, reward_of


@click.command("brief-reward")
@click.option(
    "--json",
    "_as_json",
    is_flag=True,
    help="Accepted for symmetry: the answers are JSON in any case.",
)
def brief_reward(_as_json: bool) -> None:
    """Reward completions of a writer model, from standard input, by the checks of the brief.

    A line is {"completion": "...", "citations": [1], "evidence": [{"n": 1, "title": "...",
    "abstract": "..."}], "extract": "...", "lang": "en"}; without citations the completion rests on
    all of the evidence. The answer is {"reward": 0.0 to 1.0, "checks": {...}, "reasons": [...]}: 0
    for what a brief would not show, 0.5 for what it would, more the shorter it is than the extract
    (1 without one). A line that cannot be read has reward 0 and its fault.
    """
    for number, line in enumerate(read_lines(sys.stdin.buffer), 1):
        reward = reward_line(line, number)
        click.echo(reward.document().json_text())


def reward_line(line: bytes, number: int) -> Reward:
    """Return the reward of one line; a fault of the line itself is a reason, not an error."""
    try:
        if len(line) > MAX_LINE_BYTES:
            raise InputError(Message.of("input.line_too_long", limit=MAX_LINE_BYTES))
        body = read_object(line)
        texts = {
            name: body.get(name) or default
            for name, default in (("completion", ""), ("extract", ""), ("lang", "en"))
        }
        for name, value in texts.items():
            if not isinstance(value, str):
                raise InputError(Message.of("input.not_text", name=name))
        citations, works = body.get("citations") or [], body.get("evidence", [])
        if not isinstance(citations, list) or not all(is_number(number) for number in citations):
            raise InputError(Message.of("input.not_numbers"))
        if not isinstance(works, list) or not works:
            raise InputError(Message.of("input.not_works"))
        evidence = [read_work(work) for work in works]
        return reward_of(
            whole(texts["completion"]),
            citations,
            evidence,
            extract=whole(texts["extract"]),
            lang=texts["lang"],
        )
    except InputError as problem:
        return Reward(0.0, {}, [Message.of("check.line", number=number, why=problem.message)])
