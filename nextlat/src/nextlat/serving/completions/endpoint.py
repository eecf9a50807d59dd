"""`POST /v1/completions`: continues prompts, whole or as a stream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.completions.request import DEFAULT_NEW_TOKENS, CompletionRequest
from nextlat.serving.completions.response import (
    Completion,
    CompletionChunk,
    EchoedPrompt,
    completion,
    completion_chunk,
    usage_chunk,
)
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import GenerationRequest
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.openapi import GENERATION_ERRORS, error_responses, event_stream, json_body
from nextlat.serving.request_body import TokenInput, read_fields
from nextlat.serving.responses import AnswerHead, EventStream, collect, json_response
from nextlat.serving.sampling_fields import TokenBudget, check_prompt_ids
from nextlat.serving.state import ServedText, ServerState, state_of

router = APIRouter()

BODY_TYPES = (CompletionRequest, CompletionChunk)


@router.post(
    "/v1/completions",
    operation_id="create_completion",
    response_model=Completion,
    responses={**event_stream(CompletionChunk), **error_responses(*GENERATION_ERRORS)},
    openapi_extra=json_body(CompletionRequest),
)
async def create_completion(request: Request) -> Response:
    """Continue prompts."""
    started, state = time.perf_counter(), state_of(request)
    fields = await read_fields(request, CompletionRequest, state.settings)
    fields.check(state.settings)
    served = state.text_model(fields.model)
    requests, prompts = await state.prepare(lambda: _generation_requests(fields, served, state))
    generation = Generation(state.scheduler, served.model, requests, fields.choices)
    head = AnswerHead.new("cmpl", served.id)
    vocabulary = served.model.vocabulary

    def on_first_token() -> None:
        state.metrics.first_token(time.perf_counter() - started)

    if fields.stream:
        events = _events(generation, fields, head, prompts, vocabulary, on_first_token)
        return EventStream(generation, events)
    answers = await collect(request, generation, len(requests) * fields.choices, on_first_token)
    return json_response(completion(head, answers, prompts, fields, vocabulary))


def _generation_requests(
    fields: CompletionRequest, served: ServedText, state: ServerState
) -> tuple[list[GenerationRequest], list[EchoedPrompt]]:
    """Return what is to be generated for each prompt, and the prompts as they are echoed."""
    requests, prompts, model = [], [], served.model
    budget = TokenBudget(fields.max_tokens, DEFAULT_NEW_TOKENS, "max_tokens", "prompt")
    score_prompt = bool(fields.echo and fields.logprobs is not None)
    for prompt in fields.prompts():
        ids = _ids(prompt, model.vocabulary)
        check_prompt_ids(ids, model, "prompt")
        max_new_tokens = budget.new_tokens(len(ids), model, state.settings)
        requests.append(
            fields.generation_request(model, ids, max_new_tokens, fields.logprobs, score_prompt)
        )
        text = prompt if isinstance(prompt, str) else model.vocabulary.decode(ids)
        prompts.append(EchoedPrompt(text, len(ids)))
    return requests, prompts


def _ids(prompt: TokenInput, vocabulary: Vocabulary) -> list[int]:
    """Return a prompt's ids; an empty one becomes the token that starts a text, if there is one."""
    if not isinstance(prompt, str):
        return prompt
    ids = vocabulary.encode(prompt, special=True)
    if not ids and vocabulary.start_id is not None:
        return [vocabulary.start_id]
    return ids


async def _events(
    generation: Generation,
    fields: CompletionRequest,
    head: AnswerHead,
    prompts: Sequence[EchoedPrompt],
    vocabulary: Vocabulary,
    on_first_token: Callable[[], None],
) -> AsyncIterator[CompletionChunk]:
    """Yield a stream's events: echoed prompts, text, each choice's end, then the usage."""
    num_new, begun = 0, set[int]()
    async for index, delta in generation.deltas():
        if not begun:
            on_first_token()
        echoed = prompts[index // fields.choices].text if fields.echo else ""
        is_first = index not in begun
        begun.add(index)
        if delta.text or delta.scored or delta.finish or (is_first and echoed):
            yield completion_chunk(head, index, delta, fields, vocabulary, echoed, is_first)
        if delta.finish is not None:
            num_new += delta.finish.num_tokens
    if fields.includes_usage:
        yield usage_chunk(head, sum(prompt.num_tokens for prompt in prompts), num_new)
