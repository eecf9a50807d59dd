"""The JSON of completions: what is taken, and what an answer and a stream's parts look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.request import Finish, ScoredToken
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.responses import Answer, usage
from nextlat.serving.sampling_fields import MAX_TOP_LOGPROBS, SamplingFields, TokenId
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import FINGERPRINT

DEFAULT_NEW_TOKENS = 16
LEAST_LOGPROB = -9999.0


class CompletionRequest(SamplingFields):
    """The body of `POST /v1/completions`."""

    prompt: str | list[str] | list[TokenId] | list[list[TokenId]]
    logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    echo: bool | None = None
    suffix: str | None = None

    def check(self, settings: ServeSettings) -> None:
        """See `SamplingFields.check`."""
        super().check(settings)
        if self.suffix:
            raise BadRequestError("suffix: this model only continues text; leave it out", "suffix")
        if self.max_tokens == 0 and not self.echo:
            raise BadRequestError(
                "max_tokens 0 returns nothing without echo: true; ask for at least 1", "max_tokens"
            )

    def prompts(self) -> list[str | list[int]]:
        """Return the prompts one by one, text or token ids.

        Raises:
            BadRequestError: there are none.
        """
        told: Any = self.prompt
        if isinstance(told, str) or (told and isinstance(told[0], int)):
            told = [told]
        if not told:
            raise BadRequestError("prompt is empty; give text or token ids", "prompt")
        return list(told)


@dataclass(frozen=True)
class Prompted:
    """A prompt as it is echoed: its text and how many tokens it has."""

    text: str
    num_tokens: int


def completion(
    head: dict[str, Any],
    answers: Sequence[Answer],
    prompts: Sequence[Prompted],
    asked: CompletionRequest,
    words: Vocabulary,
) -> dict[str, Any]:
    """Return a whole answer.

    Args:
        head: id, created, model.
        answers: choices of the first prompt, of the second, ...
        prompts: in order.
        asked: the request.
        words: names tokens.
    """
    choices = []
    for index, answer in enumerate(answers):
        echoed = prompts[index // asked.choices].text if asked.echo else ""
        told = None
        if asked.logprobs is not None:
            told = logprobs(answer.prompt_scored, words) if asked.echo else logprobs((), words)
            told = _joined(told, logprobs(answer.scored, words, len(echoed)))
        choices.append(choice(index, echoed + answer.text, told, answer.ended))
    num_new = sum(answer.ended.num_tokens for answer in answers)
    num_prompt = sum(prompt.num_tokens for prompt in prompts)
    return {**part(head, choices), "usage": usage(num_prompt, num_new)}


def part(head: dict[str, Any], choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an answer, or a part of a stream, around its choices."""
    return {
        **head,
        "object": "text_completion",
        "choices": choices,
        "system_fingerprint": FINGERPRINT,
    }


def choice(
    index: int, text: str, told: dict[str, Any] | None, finish: Finish | None
) -> dict[str, Any]:
    """Return one choice; whole, or a part of one."""
    end = (
        {"finish_reason": finish.reason, "stop_reason": finish.stop_reason}
        if finish
        else {"finish_reason": None}
    )
    return {"index": index, "text": text, "logprobs": told, **end}


def logprobs(scored: Sequence[ScoredToken], words: Vocabulary, shift: int = 0) -> dict[str, Any]:
    """Return OpenAI's four lists; null at a prompt's first token, which nothing comes before.

    Args:
        scored: tokens.
        words: names them.
        shift: characters in front of the text the offsets count from.
    """
    told: dict[str, Any] = {
        "text_offset": [],
        "token_logprobs": [],
        "tokens": [],
        "top_logprobs": [],
    }
    for one in scored:
        name = words.name(one.token)[0]
        top: dict[str, float] | None = None
        if one.score is not None:
            top = {}
            for token, logprob in (*one.score.top, (one.token, one.score.logprob)):
                top.setdefault(words.name(token)[0], max(logprob, LEAST_LOGPROB))
        told["text_offset"].append(shift + one.offset)
        told["token_logprobs"].append(
            None if one.score is None else max(one.score.logprob, LEAST_LOGPROB)
        )
        told["tokens"].append(name)
        told["top_logprobs"].append(top)
    return told


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {key: first[key] + second[key] for key in first}
