"""The messages sent to a writer model, filled in from the packaged prompts.

Pure except that the prompts are read once. Texts of papers are untrusted data: each stands between
two fence lines whose mark is a hash of the text itself, so that no text can contain its own closing
line. The same sentence, works and refusals give the same messages, so that a stored brief can show
the request (`prompts` and `writing` in its document).
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

MAX_EVIDENCE_CHARS = 2_400
"""Of each abstract in a prompt; the extract itself is always whole."""

ChatMessage = dict[str, str]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A cited work as the writer sees it."""

    n: int
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Task:
    """A sentence to be written: what stands there now, what it cites, and what it follows.

    Attributes:
        extract: The sentence of the abstract, or the draft that quotes two works.
        works: The works it cites.
        terms: What two works share; empty for a sentence of a theme.
        previous: The sentence before it, where they are written in order.
    """

    extract: str
    works: tuple[Quoted, ...]
    terms: tuple[str, ...] = ()
    previous: str = ""


@cache
def prompts(lang: str) -> dict[str, Any]:
    """Return the packaged prompts of a language."""
    text = resources.files("academichub.writer.prompts").joinpath(f"{lang}.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def prompts_version(lang: str) -> str:
    """Return a short hash of a language's prompts; a model's record restarts with new ones."""
    used = [prompts(lang), prompts("en")["back"] if lang != "en" else None]
    return hashlib.sha256(
        json.dumps(used, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()[:12]


def sentence_messages(
    task: Task, capability: str, lang: str, refused: Sequence[tuple[str, Sequence[str]]] = ()
) -> list[ChatMessage]:
    """Return the messages that ask for one sentence.

    Args:
        task: The sentence to be written.
        capability: Capability of the model; a small one gets examples and no reasons.
        lang: Language of the sentence.
        refused: Earlier answers, each with the reasons against it.
    """
    if capability == "small":
        return _few_shot(task, prompts(lang)["small"])
    part = prompts(lang)["bridge" if task.terms else "medium"]
    previous = (
        part["previous"].lstrip().format(text=fenced(task.previous))
        if task.previous and not task.terms
        else ""
    )
    question = part["ask"].format(
        evidence=_evidence(task.works),
        previous=previous,
        extract=fenced(task.extract),
        terms=", ".join(task.terms),
    )
    messages = [_say("system", part["system"]), _say("user", question)]
    for text, reasons in refused:
        messages += [
            _say("assistant", text),
            _say("user", part["again"].format(reasons="; ".join(reasons))),
        ]
    return messages


def theme_messages(tasks: Sequence[Task], theme: str, lang: str) -> list[ChatMessage]:
    """Return the messages that ask for all sentences of a theme at once, numbered from 1."""
    part = prompts(lang)["large"]
    works = {work.n: work for task in tasks for work in task.works}
    extracts = "\n".join(
        f"{number}. [{task.works[0].n}]\n{fenced(task.extract)}"
        for number, task in enumerate(tasks, 1)
    )
    question = part["ask"].format(
        evidence=_evidence(tuple(works.values())), theme=fenced(theme), extracts=extracts
    )
    return [_say("system", part["system"]), _say("user", question)]


def back_messages(text: str) -> list[ChatMessage]:
    """Return the messages that ask for a literal English translation of a Chinese sentence."""
    part = prompts("en")["back"]
    return [_say("system", part["system"]), _say("user", part["ask"].format(extract=fenced(text)))]


def messages_hash(messages: Sequence[Mapping[str, str]]) -> str:
    """Return a short hash of messages, which a stored brief records for each attempt."""
    return hashlib.sha256(
        json.dumps(list(messages), ensure_ascii=False).encode("utf-8", "replace")
    ).hexdigest()[:16]


def fenced(text: str) -> str:
    """Return an untrusted text between two lines that it cannot contain itself."""
    text = plain(text)
    mark = f"fence {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:10]}"
    return f"{mark}\n{text}\n{mark}"


def plain(text: str) -> str:
    """Return a text on one line, without control characters."""
    folded = " ".join(text.split())
    return "".join(ch for ch in folded if ch >= " " and ch not in "\x7f\u200b\u2028\u2029\ufeff")


def _few_shot(task: Task, part: Mapping[str, Any]) -> list[ChatMessage]:
    messages = [_say("system", part["system"])]
    for given, rewritten in part["examples"]:
        messages += [_say("user", part["ask"].format(extract=given)), _say("assistant", rewritten)]
    return [*messages, _say("user", part["ask"].format(extract=plain(task.extract)))]


def _evidence(works: Sequence[Quoted]) -> str:
    return "\n".join(
        f"[{work.n}]\n{fenced(f'{work.title} | {work.abstract[:MAX_EVIDENCE_CHARS]}')}"
        for work in works
    )


def _say(role: str, content: str) -> ChatMessage:
    return {"role": role, "content": content.strip()}
