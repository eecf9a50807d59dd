"""Prompts that a model answers while it is retrofitted: of three domains, and the user's own.

    brief    a question and numbered evidence, answered with references: drafts restate what the
        prompt holds
    chat     short questions and tasks
    plain    beginnings of texts, continued as they are

Prompts of every domain but "plain" become a user's turn where the tokenizer has a chat template.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from nextlat.configuration import Json
from nextlat.errors import DataError, UsageError
from nextlat.tasks.protocol import rows_of

DOMAINS = ("brief", "chat", "plain")
MAX_PROMPTS = 1_000_000

SUBJECTS = (
    *(
        "graph neural networks",
        "protein folding",
        "sleep and memory",
        "lithium batteries",
        "coral reefs",
    ),
    *("language models", "quantum error correction", "urban heat", "vaccine trials", "soil carbon"),
    *(
        "galaxy formation",
        "reinforcement learning",
        "antibiotic resistance",
        "bird migration",
        "microplastics",
    ),
    *(
        "perovskite solar cells",
        "causal inference",
        "gut bacteria",
        "wildfire smoke",
        "gravitational waves",
    ),
    *(
        "speech recognition",
        "river floods",
        "gene editing",
        "traffic in cities",
        "number theory",
        "bilingual children",
    ),
)
FINDINGS = (
    "We study {a} and find that {b} improve the outcome by {n} percent over earlier methods.",
    "A trial with {n} participants shows a small effect of {a}, which disappears once {b} are "
    "controlled for.",
    "We propose a method for {a} that needs {n} times less data, and test it on problems from {b}.",
    "This survey reviews {n} papers on {a}, and names three open questions that link them to {b}.",
    "Measurements over {n} years suggest that {a} and {b} are related, although the mechanism "
    "remains unclear.",
    "We release a data set of {n} thousand records on {a}, with baselines, and discuss its limits "
    "for {b}.",
)
QUESTIONS = (
    "What is known about {a}?",
    "How do {a} and {b} relate?",
    "Which methods work best for {a}, and what are their limits?",
    "What changed in research on {a} during the last year?",
)
TASKS = (
    "Explain {a} to a ten year old.",
    "Write a short letter to a colleague about {a}.",
    "List five facts about {a}.",
    "What is the difference between {a} and {b}?",
    "Give me a plan to learn about {a} in {n} days.",
    "Write a Python function that sorts {n} records about {a} by date, and explain it.",
    "Tell a short story in which {a} matter.",
    "Summarise in two sentences why {a} are important.",
    "I have {n} minutes to prepare a talk on {a}. What should I say?",
    "Rewrite this politely: send me the numbers on {a} now.",
)
BEGINNINGS = (
    "The history of {a} begins with",
    "Abstract. In this paper we consider {a}",
    "Once upon a time, a girl who loved {a}",
    "Introduction\n\nOver the past {n} years, {a}",
    "The main reason why {a} and {b} are studied together is",
    "Chapter {n}\n\nIt was raining when the letter about {a} arrived.",
    "import json\n\n\ndef read_{n}_records(path):\n    ",
    "Q: What should everyone know about {a}?\nA:",
)


@dataclass(frozen=True)
class Prompt:
    """A prompt.

    Attributes:
        text: the words; of a conversation, all of them.
        domain: what acceptance is reported by.
        turns: of a conversation, (role, content) in order; a text is one turn of the user's.
    """

    text: str
    domain: str
    turns: tuple[tuple[str, str], ...] = ()


def written_prompt(number: int, seed: int) -> Prompt:
    """Return a prompt from the templates, a function of its arguments; the domains take turns."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  no secret depends on it
    domain = DOMAINS[number % len(DOMAINS)]
    if domain == "brief":
        return Prompt(_brief(chance), domain)
    return Prompt(_filled(chance.choice(TASKS if domain == "chat" else BEGINNINGS), chance), domain)


def _brief(chance: random.Random) -> str:
    """Return a question with two to four pieces of evidence."""
    pieces = [
        f"[{k}] {_filled(chance.choice(FINDINGS), chance)}"
        for k in range(1, chance.randint(2, 4) + 1)
    ]
    question = _filled(chance.choice(QUESTIONS), chance)
    return (
        "Answer the question from the evidence alone. Write one short paragraph and cite the "
        "pieces as [1], [2].\n\n"
        f"Question: {question}\n\nEvidence:\n" + "\n".join(pieces)
    )


def _filled(template: str, chance: random.Random) -> str:
    a, b = chance.sample(SUBJECTS, 2)
    return template.format(a=a, b=b, n=chance.randint(2, 90))


def read_prompts(file: Path) -> list[Prompt]:
    """Return the user's prompts, one a line, the domain "user" where not said.

    {"prompt": "...", "domain": "..."}, or {"messages": [{"role": "user", "content": "..."}, ...],
    "domain": "..."}.

    Raises:
        DataError: a row is malformed or empty.
        UsageError: the file holds none.
    """
    prompts = []
    for number, row in enumerate(rows_of(file, json.loads, limit=MAX_PROMPTS), start=1):
        prompt = _read(row)
        if prompt is None:
            raise DataError(
                f"{file}, row {number}: {str(row)[:60]!r} is neither "
                '{"prompt": "...", "domain": "..."} nor '
                '{"messages": [{"role": "...", "content": "..."}], "domain": "..."}'
            )
        prompts.append(prompt)
    if not prompts:
        raise UsageError(f"{file} holds no prompts; give one a line")
    return prompts


def _read(row: Json) -> Prompt | None:
    """Return the prompt of a line, or None where the line holds none."""
    if not isinstance(row, dict):
        return None
    domain, text, messages = row.get("domain", "user"), row.get("prompt"), row.get("messages")
    if not isinstance(domain, str) or not domain:
        return None
    if text is None and isinstance(messages, list) and messages:
        turns = [turn for message in messages if (turn := _turn(message)) is not None]
        if len(turns) < len(messages):
            return None
        return Prompt("\n\n".join(content for _, content in turns), domain, tuple(turns))
    return Prompt(text, domain) if isinstance(text, str) and text.strip() else None


def _turn(message: Json) -> tuple[str, str] | None:
    """Return role and content of a message, or None where it is malformed."""
    if not isinstance(message, dict):
        return None
    role, content = message.get("role"), message.get("content")
    if role not in ("system", "user", "assistant") or not isinstance(role, str):
        return None
    return (role, content) if isinstance(content, str) and content.strip() else None


def token_ids(prompt: Prompt, tokenizer: PreTrainedTokenizerBase, limit: int) -> list[int]:
    """Return a prompt as the model reads it, at most its last `limit` tokens."""
    if prompt.domain != "plain" and getattr(tokenizer, "chat_template", None):
        turns = prompt.turns or (("user", prompt.text),)
        messages = [{"role": role, "content": content} for role, content in turns]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, add_special_tokens=False).input_ids
    else:
        ids = tokenizer(prompt.text).input_ids
    return [int(token) for token in ids[-limit:]]


class PromptSource:
    """The prompts of a retrofit in their order: chunks of one domain each, the domains in turn.

    Args:
        own: the user's prompts; a domain they have replaces the written one of that name.
        seed: of the written prompts and of the order of the user's.
    """

    def __init__(self, own: list[Prompt], seed: int) -> None:
        self.seed = seed
        self._own: dict[str, list[Prompt]] = {}
        for prompt in own:
            self._own.setdefault(prompt.domain, []).append(prompt)
        for domain in sorted(self._own):
            order = random.Random(f"{seed}/{domain}")  # noqa: S311  no secret depends on it
            order.shuffle(self._own[domain])
        self.domains = [*DOMAINS, *sorted(set(self._own) - set(DOMAINS))]

    def chunk(self, number: int, rows: int) -> list[Prompt]:
        """Return the prompts of a chunk; a domain of the user's that runs out begins again."""
        domain, first = self.domains[number % len(self.domains)], number // len(self.domains) * rows
        if domain in self._own:
            listed = self._own[domain]
            return [listed[k % len(listed)] for k in range(first, first + rows)]
        # `written_prompt` takes the domains in turn, so every third number is of this domain.
        offset, step = DOMAINS.index(domain), len(DOMAINS)
        return [written_prompt(k * step + offset, self.seed) for k in range(first, first + rows)]
