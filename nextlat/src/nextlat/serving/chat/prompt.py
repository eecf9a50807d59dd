"""A conversation as token ids: the chat template around messages that cannot fake a role."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import TemplateError

from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.vocabulary import Vocabulary

MARK = "\ue000{}\ue001"
"""Stands for a special token's text in a message while the template is filled in.

The characters are for private use, so that no message has a meaning for them.
"""


def conversation_ids(
    conversation: list[dict[str, str]], vocabulary: Vocabulary, model: str
) -> list[int]:
    """Return a conversation as the model reads it, ready for its answer.

    Where a message holds the text of a special token, such as `<|im_end|>`, that is read as plain
    text: only the template sets the tokens that begin and end a turn.

    Args:
        conversation: role and content of each message.
        vocabulary: of the model.
        model: its name, for messages.

    Raises:
        BadRequestError: the model has no chat template, or its template refuses the conversation.
    """
    tokenizer: Any = vocabulary.tokenizer
    if not tokenizer.chat_template:
        raise BadRequestError(
            f"{model} has no chat template, so it takes no messages; use POST /v1/completions",
            "messages",
        )
    marked, hidden = _without_special(conversation, vocabulary)
    try:
        text: str = tokenizer.apply_chat_template(
            marked, tokenize=False, add_generation_prompt=True
        )
    except (TemplateError, TypeError, KeyError, ValueError) as error:
        raise BadRequestError(
            f"the model's chat template refuses these messages: {error}", "messages"
        ) from error
    return _encoded(text, hidden, vocabulary)


def _encoded(text: str, hidden: list[str], vocabulary: Vocabulary) -> list[int]:
    """Return the ids of a rendered conversation, with the texts behind its marks as plain text."""
    ids: list[int] = []
    # Splitting by a group leaves the groups between the parts: every second one is a mark's number.
    for number, part in enumerate(re.split(MARK.format(r"(\d+)"), text)):
        if number % 2:
            ids += vocabulary.encode_plain(hidden[int(part)])
        elif part:
            ids += vocabulary.encode(part, special=False)
    return ids


def _without_special(
    conversation: list[dict[str, str]], vocabulary: Vocabulary
) -> tuple[list[dict[str, str]], list[str]]:
    """Return the messages with marks in place of special tokens' texts, and those texts."""
    hidden: list[str] = []
    names = sorted(vocabulary.special_texts, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, [*names, MARK[0], MARK[-1]])))

    def hide(match: re.Match[str]) -> str:
        hidden.append(match.group())
        return MARK.format(len(hidden) - 1)

    marked = [
        {key: pattern.sub(hide, text) for key, text in message.items()} for message in conversation
    ]
    return marked, hidden
