"""`POST /v1/completions`: prompts in, their continuations out, whole or as a stream."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.completions.protocol import (
    DEFAULT_NEW_TOKENS,
    CompletionRequest,
    Prompted,
    choice,
    completion,
    logprobs,
    part,
)
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import Delta, GenerationRequest
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.request_body import read_fields
from nextlat.serving.responses import EventStream, collect, json_answer, usage
from nextlat.serving.sampling_fields import Room, check_ids
from nextlat.serving.state import ServedText, ServerState, state_of

router = APIRouter()


@router.post("/v1/completions")
async def completions(request: Request) -> Response:
    """Continue prompts."""
    began, state = time.perf_counter(), state_of(request)
    asked = await read_fields(request, CompletionRequest, state.settings)
    asked.check(state.settings)
    served = state.text_model(asked.model)
    wanted, prompts = await state.prepare(lambda: _wanted(asked, served, state))
    generation = Generation(state.engine, served.model, wanted, asked.choices)
    head = {"id": f"cmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": served.id}
    words = served.model.vocabulary

    def first_token() -> None:
        state.metrics.first_token(time.perf_counter() - began)

    if asked.stream:
        return EventStream(
            generation, _events(generation, asked, head, prompts, words, first_token)
        )
    answers = await collect(request, generation, len(wanted) * asked.choices, first_token)
    return json_answer(completion(head, answers, prompts, asked, words))


def _wanted(
    asked: CompletionRequest, served: ServedText, state: ServerState
) -> tuple[list[GenerationRequest], list[Prompted]]:
    """Return what the engine is asked for each prompt, and the prompts as they are echoed."""
    wanted, prompts, model = [], [], served.model
    more = {
        "num_top": asked.logprobs,
        "score_prompt": bool(asked.echo and asked.logprobs is not None),
    }
    room = Room(asked.max_tokens, DEFAULT_NEW_TOKENS, "max_tokens", "prompt")
    for prompt in asked.prompts():
        ids = _ids(prompt, model.vocabulary)
        check_ids(ids, model, "prompt")
        new = room.after(len(ids), model, state.settings)
        wanted.append(asked.request(model, ids, new, **more))
        prompts.append(
            Prompted(prompt if isinstance(prompt, str) else model.vocabulary.decode(ids), len(ids))
        )
    return wanted, prompts


def _ids(prompt: str | list[int], words: Vocabulary) -> list[int]:
    """Return a prompt's ids; an empty text starts a new one where the model has a token for that."""
    if not isinstance(prompt, str):
        return prompt
    ids = words.encode(prompt, special=True)
    start: Any = words.tokenizer.bos_token_id
    return [start] if not ids and start is not None else ids


async def _events(
    generation: Generation,
    asked: CompletionRequest,
    head: dict[str, Any],
    prompts: Sequence[Prompted],
    words: Vocabulary,
    first: Callable[[], None],
) -> AsyncIterator[dict[str, Any]]:
    """Yield the parts of a stream: the prompt where echoed, text, each choice's end, the usage where asked for."""
    num_new, begun, seen = 0, False, set[int]()
    async for index, delta in generation.deltas():
        if not begun:
            begun = True
            first()
        echoed = prompts[index // asked.choices].text if asked.echo else ""
        is_first = index not in seen
        seen.add(index)
        if delta.text or delta.scored or delta.finish or (is_first and echoed):
            yield part(head, [_choice(index, delta, asked, words, echoed, is_first)])
        if delta.finish is not None:
            num_new += delta.finish.num_tokens
    if asked.includes_usage:
        yield {
            **part(head, []),
            "usage": usage(sum(prompt.num_tokens for prompt in prompts), num_new),
        }


def _choice(
    index: int,
    delta: Delta,
    asked: CompletionRequest,
    words: Vocabulary,
    echoed: str,
    is_first: bool,
) -> dict[str, Any]:
    """Return a part of one choice, with the prompt in front of its first."""
    told = None
    if asked.logprobs is not None:
        told = logprobs(delta.scored, words, len(echoed))
        if delta.prompt_scored:
            front = logprobs(delta.prompt_scored, words)
            told = {key: front[key] + told[key] for key in told}
    return choice(index, (echoed if is_first else "") + delta.text, told, delta.finish)
