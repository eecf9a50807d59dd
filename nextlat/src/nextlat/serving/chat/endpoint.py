"""`POST /v1/chat/completions`: answers a conversation, whole or as a stream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.chat.prompt import conversation_ids
from nextlat.serving.chat.request import ChatRequest
from nextlat.serving.chat.response import (
    ChatCompletion,
    ChatCompletionChunk,
    chat_chunk,
    chat_completion,
    usage_chunk,
)
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import GenerationRequest
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.openapi import GENERATION_ERRORS, error_responses, event_stream, json_body
from nextlat.serving.request_body import read_fields
from nextlat.serving.responses import AnswerHead, EventStream, collect, json_response
from nextlat.serving.sampling_fields import TokenBudget, check_prompt_ids
from nextlat.serving.state import ServedText, ServerState, state_of

router = APIRouter()

BODY_TYPES = (ChatRequest, ChatCompletionChunk)


@router.post(
    "/v1/chat/completions",
    operation_id="create_chat_completion",
    response_model=ChatCompletion,
    responses={**event_stream(ChatCompletionChunk), **error_responses(*GENERATION_ERRORS)},
    openapi_extra=json_body(ChatRequest),
)
async def create_chat_completion(request: Request) -> Response:
    """Answer a conversation."""
    started, state = time.perf_counter(), state_of(request)
    fields = await read_fields(request, ChatRequest, state.settings)
    fields.check(state.settings)
    served = state.text_model(fields.model)
    generation_request = await state.prepare(lambda: _generation_request(fields, served, state))
    generation = Generation(state.scheduler, served.model, [generation_request], fields.choices)
    head = AnswerHead.new("chatcmpl", served.id)
    num_prompt = len(generation_request.prompt_ids)
    vocabulary = served.model.vocabulary if fields.logprobs else None

    def on_first_token() -> None:
        state.metrics.first_token(time.perf_counter() - started)

    if fields.stream:
        events = _events(generation, fields, head, num_prompt, vocabulary, on_first_token)
        return EventStream(generation, events)
    answers = await collect(request, generation, fields.choices, on_first_token)
    return json_response(chat_completion(head, answers, num_prompt, vocabulary))


def _generation_request(
    fields: ChatRequest, served: ServedText, state: ServerState
) -> GenerationRequest:
    """Return what is to be generated."""
    ids = conversation_ids(fields.conversation(), served.model.vocabulary, served.id)
    check_prompt_ids(ids, served.model, "messages")
    limit, limit_field = fields.limit
    budget = TokenBudget(limit, state.settings.default_new_tokens, limit_field, "messages")
    max_new_tokens = budget.new_tokens(len(ids), served.model, state.settings)
    return fields.generation_request(served.model, ids, max_new_tokens, fields.num_top)


async def _events(
    generation: Generation,
    fields: ChatRequest,
    head: AnswerHead,
    num_prompt: int,
    vocabulary: Vocabulary | None,
    on_first_token: Callable[[], None],
) -> AsyncIterator[ChatCompletionChunk]:
    """Yield a stream's events: roles, then text and each choice's end, then the usage."""
    for index in range(fields.choices):
        yield chat_chunk(head, index, {"role": "assistant", "content": ""})
    num_new, has_begun = 0, False
    async for index, delta in generation.deltas():
        if not has_begun:
            has_begun = True
            on_first_token()
        if delta.text or delta.scored:
            text = delta.text
            yield chat_chunk(head, index, {"content": text}, delta.scored, None, vocabulary)
        if delta.finish is not None:
            num_new += delta.finish.num_tokens
            yield chat_chunk(head, index, {}, (), delta.finish)
    if fields.includes_usage:
        yield usage_chunk(head, num_prompt, num_new)
