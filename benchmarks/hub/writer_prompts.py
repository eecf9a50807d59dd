"""Prompts of three domains from papers of yours, for fitting draft heads and for timing them.

    python benchmarks/hub/writer_prompts.py PAPERS.jsonl[.gz] --out prompts.jsonl
        --held-out timed.jsonl

PAPERS holds {"title": ..., "abstract": ...} a line. "brief" is what the brief's writer asks of a
small model, a sentence of an abstract to shorten (half of them), and a question with two pieces of
evidence; "chat" are tasks about a paper; "plain" are titles with the beginning of the abstract.
Papers of the held-out file are in no prompt of the other. Neither file belongs into a repository:
they hold abstracts.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from academichub.writer.prompt_messages import Task, sentence_messages

QUESTIONS = (
    "What is new here?",
    "Summarise what these papers show.",
    "Which methods are proposed, and what do they improve?",
    "What do these results mean for the field?",
    "Write a short brief on these papers.",
)
TASKS = (
    "Explain in plain words what this paper does:\n\n{a}",
    "Give three bullet points on this abstract:\n\n{a}",
    "What are the limits of this work?\n\n{a}",
    "Suggest a follow-up experiment to the paper '{t}'.",
    "Write an e-mail to a colleague recommending the paper '{t}'.",
    "What background does one need to read '{t}'?",
    "Tell me about {t}.",
    "Write a title and two keywords for this abstract:\n\n{a}",
    "Who would be interested in this and why?\n\n{a}",
    "Turn this into a tweet:\n\n{a}",
    "What is {k}?",
    "Explain {k} to a first-year student.",
    "How is {k} used in practice?",
    "Give me a short introduction to {k}.",
)
EVIDENCE = (
    "Answer from the evidence alone. Write one short paragraph and cite the pieces as [1], [2].\n\n"
    "Question: {question}\n\nEvidence:\n{pieces}"
)
HELD_OUT_PAPERS, HELD_OUT_ROUNDS = 1500, 40
"""Papers kept for timing, and how many rounds of six prompts are made of them."""

Paper = dict[str, Any]
Row = dict[str, Any]


def abstract(paper: Paper, characters: int = 5000) -> str:
    """Return the beginning of an abstract on one line."""
    return " ".join(paper["abstract"].split())[:characters]


def sentence_prompt(paper: Paper, chance: random.Random) -> Row | None:
    """Return what the writer asks of a small model about a sentence; None if no sentence is fit."""
    sentences = [
        one
        for one in re.split(r"(?<=[.!?])\s+(?=[A-Z])", abstract(paper, 10**6))
        if 40 < len(one) < 400
    ]
    if not sentences:
        return None
    return {
        "domain": "brief",
        "messages": sentence_messages(Task(chance.choice(sentences), ()), "small", "en"),
    }


def evidence_prompt(papers: tuple[Paper, Paper], chance: random.Random) -> Row:
    """Return a question with two pieces of evidence."""
    pieces = "\n".join(
        f"[{k}] {one['title']}. {abstract(one, 600)}" for k, one in enumerate(papers, 1)
    )
    return {
        "domain": "brief",
        "prompt": EVIDENCE.format(question=chance.choice(QUESTIONS), pieces=pieces),
    }


def chat_prompt(paper: Paper, chance: random.Random) -> Row:
    """Return a task about a paper or two words of its title."""
    task = chance.choice(TASKS)
    words = re.findall(r"[A-Za-z][a-z-]+", paper["title"])
    first = chance.randint(0, max(0, len(words) - 2))
    topic = " ".join(words[first : first + 2]).lower()
    return {
        "domain": "chat",
        "prompt": task.format(a=abstract(paper, 700), t=paper["title"], k=topic),
    }


def plain_prompt(paper: Paper, chance: random.Random) -> Row:
    """Return a title and some words of the abstract."""
    words = abstract(paper).split()
    shown = chance.randint(5, max(6, min(100, len(words) - 10)))
    return {"domain": "plain", "prompt": f"{paper['title']}\n\n{' '.join(words[:shown])}"}


def prompts(papers: list[Paper], chance: random.Random) -> Iterator[Row]:
    """Yield two prompts of each domain in turn, using up papers from the end, two at a time."""
    makers: tuple[Callable[[], Row | None], ...] = (
        lambda: sentence_prompt(papers.pop(), chance),
        lambda: evidence_prompt((papers.pop(), papers.pop()), chance),
        *[lambda: chat_prompt(papers.pop(), chance)] * 2,
        *[lambda: plain_prompt(papers.pop(), chance)] * 2,
    )
    for make in itertools.cycle(makers):
        if len(papers) < 2:
            return
        row = make()
        if row is not None:
            yield row


def write(file: Path, rows: Iterator[Row]) -> None:
    """Write rows and say how many."""
    lines = [json.dumps(row) for row in rows]
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{len(lines)} prompts in {file}")


def main() -> None:
    """Read papers, write both files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("papers", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    opened = gzip.open if asked.papers.suffix == ".gz" else open
    with opened(asked.papers, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    chance.shuffle(papers)
    kept = min(HELD_OUT_PAPERS, len(papers) // 2)
    held_out = papers[len(papers) - kept :]
    write(asked.out, prompts(papers[: len(papers) - kept], chance))
    write(asked.held_out, prompts(held_out[-7 * HELD_OUT_ROUNDS :], chance))


if __name__ == "__main__":
    main()
