"""Structured answers: the JSON schema of a shape, and a shape read from what a model wrote.

Pure, no IO.

What a model writes is untrusted: it is parsed, validated by pydantic and never evaluated.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from academichub.errors import ModelAnswerError
from academichub.messages import Message

Shape = TypeVar("Shape", bound=BaseModel)

MAX_STARTS = 20
"""Places of a text that are tried as the beginning of the JSON object."""

_THOUGHT_BEGINS, _THOUGHT_ENDS = "<think>", "</think>"


def without_thoughts(text: str) -> str:
    """Return an answer without the reasoning some models put before it in `<think>` marks."""
    outside, position = [], 0
    # A pattern would read the rest of the text once for each thought that never ends.
    while (begin := text.find(_THOUGHT_BEGINS, position)) >= 0:
        end = text.find(_THOUGHT_ENDS, begin)
        if end < 0:
            break
        outside.append(text[position:begin])
        position = end + len(_THOUGHT_ENDS)
    outside.append(text[position:])
    return "".join(outside).rpartition(_THOUGHT_ENDS)[2].strip()


def response_format(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the `response_format` that asks an endpoint for a shape."""
    return {
        "type": "json_schema",
        "json_schema": {
            "name": shape.__name__,
            "schema": shape.model_json_schema(),
            "strict": True,
        },
    }


def asked_in_words(shape: type[BaseModel]) -> str:
    """Return the sentence that asks for a shape where an endpoint has no `response_format`."""
    schema = json.dumps(shape.model_json_schema())
    return f"Answer with one JSON object and nothing else. Its JSON schema: {schema}"


def read_shape(text: str, shape: type[Shape]) -> Shape:
    """Return the first JSON object of a text that has the shape; marks around it do no harm.

    Raises:
        ModelAnswerError: If there is none (`broken`), or none has the shape (`wrong_shape`).
    """
    decoder, problem, objects = json.JSONDecoder(), "", 0
    for match in islice(re.finditer(r"\{", text), MAX_STARTS):
        try:
            json_object, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        objects += 1
        try:
            return shape.model_validate(json_object)
        except ValidationError as wrong:
            first = wrong.errors()[0]
            problem = (
                problem or f"{'.'.join(map(str, first['loc'])) or 'the object'}: {first['msg']}"
            )
    if objects:
        raise ModelAnswerError("wrong_shape", Message.of("model.wrong_shape", why=problem[:200]))
    raise ModelAnswerError("broken", Message.of("model.no_json"))
