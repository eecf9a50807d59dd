"""`POST /v1/chat/completions`: messages in, the model's answer out, whole or as a stream."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.chat.prompt import conversation_ids
from nextlat.serving.chat.protocol import ChatRequest, chunk, completion, usage_chunk
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import GenerationRequest
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.request_body import read_fields
from nextlat.serving.responses import EventStream, collect, json_answer
from nextlat.serving.sampling_fields import Room, check_ids
from nextlat.serving.state import ServedText, ServerState, state_of

router = APIRouter()


@router.post("/v1/chat/completions")
async def chat_completions(request: Request) -> Response:
    """Answer a conversation."""
    began, state = time.perf_counter(), state_of(request)
    asked = await read_fields(request, ChatRequest, state.settings)
    asked.check(state.settings)
    served = state.text_model(asked.model)
    wanted = await state.prepare(lambda: _wanted(asked, served, state))
    generation = Generation(state.engine, served.model, [wanted], asked.choices)
    head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": served.id}
    num_prompt, words = len(wanted.prompt_ids), served.model.vocabulary if asked.logprobs else None

    def first_token() -> None:
        state.metrics.first_token(time.perf_counter() - began)

    if asked.stream:
        return EventStream(
            generation, _events(generation, asked, head, num_prompt, words, first_token)
        )
    answers = await collect(request, generation, asked.choices, first_token)
    return json_answer(completion(head, answers, num_prompt, words))


def _wanted(asked: ChatRequest, served: ServedText, state: ServerState) -> GenerationRequest:
    """Return what the engine is asked."""
    ids = conversation_ids(asked.conversation(), served.model.vocabulary, served.id)
    check_ids(ids, served.model, "messages")
    limit, field = asked.limit
    room = Room(limit, state.settings.default_new_tokens, field, "messages")
    new = room.after(len(ids), served.model, state.settings)
    return asked.request(served.model, ids, new, num_top=asked.num_top)


async def _events(
    generation: Generation,
    asked: ChatRequest,
    head: dict[str, Any],
    num_prompt: int,
    words: Vocabulary | None,
    first: Callable[[], None],
) -> AsyncIterator[dict[str, Any]]:
    """Yield the parts of a stream: roles first, then text, each choice's end, the usage where asked for."""
    for index in range(asked.choices):
        yield chunk(head, index, {"role": "assistant", "content": ""})
    num_new, begun = 0, False
    async for index, delta in generation.deltas():
        if not begun:
            begun = True
            first()
        if delta.text or delta.scored:
            yield chunk(head, index, {"content": delta.text}, delta.scored, None, words)
        if delta.finish is not None:
            num_new += delta.finish.num_tokens
            yield chunk(head, index, {}, (), delta.finish)
    if asked.includes_usage:
        yield usage_chunk(head, num_prompt, num_new)
