"""The fields chat and completions share, and how they become what the engine is asked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nextlat.decoding import Sampling
from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.grammar import compile_schema
from nextlat.serving.generation.request import GenerationRequest
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.request_body import RequestFields
from nextlat.serving.settings import ServeSettings

MAX_TOP_LOGPROBS = 20
INT64 = {"ge": -(2**63), "le": 2**63 - 1}
StopText = Annotated[str, Field(min_length=1, max_length=1000)]
TokenId = Annotated[int, Field(ge=0, le=2**31)]


class StreamOptions(BaseModel):
    """`stream_options`."""

    model_config = ConfigDict(strict=True, extra="ignore")

    include_usage: bool | None = None


class JsonSchema(BaseModel):
    """`response_format.json_schema`."""

    model_config = ConfigDict(strict=True, extra="ignore", protected_namespaces=())

    name: str | None = None
    schema_: dict[str, Any] = Field(default_factory=dict, alias="schema")
    strict: bool | None = None


class ResponseFormat(BaseModel):
    """`response_format`."""

    model_config = ConfigDict(strict=True, extra="ignore", protected_namespaces=())

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class SamplingFields(RequestFields):
    """How tokens are chosen and when to stop. Null means the default everywhere."""

    n: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1)] | None = None
    seed: Annotated[int, Field(**INT64)] | None = None
    max_tokens: Annotated[int, Field(ge=0)] | None = None
    min_tokens: Annotated[int, Field(ge=0)] | None = None
    stop: StopText | Annotated[list[StopText], Field(max_length=16)] | None = None
    stop_token_ids: Annotated[list[TokenId], Field(max_length=64)] | None = None
    include_stop_str_in_output: bool | None = None
    ignore_eos: bool | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    logit_bias: (
        Annotated[dict[str, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=1024)]
        | None
    ) = None
    response_format: ResponseFormat | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def choices(self) -> int:
        """`n`."""
        return self.n or 1

    @property
    def includes_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def check(self, settings: ServeSettings) -> None:
        """Check what types alone do not say.

        Raises:
            BadRequestError: fields contradict one another or a limit of the server.
        """
        if self.stream_options is not None and not self.stream:
            raise BadRequestError(
                "stream_options has a meaning with stream: true only; leave it out",
                "stream_options",
            )
        if self.response_format is not None and self.response_format.type != "text":
            for name in ("min_tokens", "ignore_eos"):
                if getattr(self, name):
                    raise BadRequestError(
                        f"{name} would go on after the JSON has ended; leave it out", name
                    )
        if self.choices > settings.max_choices:
            raise BadRequestError(
                f"n {self.choices}: this server makes at most {settings.max_choices} choices", "n"
            )

    def request(
        self, model: TextModel, prompt_ids: list[int], max_new_tokens: int, **more: Any
    ) -> GenerationRequest:
        """Return what the engine is asked for one prompt.

        Args:
            model: decodes it.
            prompt_ids: its ids.
            max_new_tokens: see `Room`.
            more: other fields of the request, those of log probabilities.

        Raises:
            BadRequestError: an id or a schema does not fit the model.
        """
        temperature = 1.0 if self.temperature is None else self.temperature
        seed = secrets.randbits(63) if self.seed is None else self.seed
        return GenerationRequest(
            prompt_ids=tuple(prompt_ids),
            max_new_tokens=max_new_tokens,
            sampling=Sampling(temperature, self.top_p or 1.0, max(0, self.top_k or 0), seed),
            stop_texts=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
            stop_token_ids=tuple(
                self._in_vocabulary(self.stop_token_ids or (), model, "stop_token_ids")
            ),
            keep_stop=bool(self.include_stop_str_in_output),
            ignore_end=bool(self.ignore_eos),
            min_tokens=self.min_tokens or 0,
            bias=self._bias(model),
            presence_penalty=self.presence_penalty or 0.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            grammar=self._grammar(model),
            **more,
        )

    def _bias(self, model: TextModel) -> dict[int, float]:
        """Return `logit_bias` with ids as numbers."""
        told = self.logit_bias or {}
        for word in told:
            if not word.isascii() or not word.isdecimal() or len(word) > 10:
                raise BadRequestError(
                    f"logit_bias: the key {word[:40]!r} is no token id; use whole numbers",
                    "logit_bias",
                )
        ids = self._in_vocabulary([int(word) for word in told], model, "logit_bias")
        return dict(zip(ids, told.values(), strict=True))

    @staticmethod
    def _in_vocabulary(ids: Any, model: TextModel, param: str) -> list[int]:
        for token in ids:
            if token >= model.vocabulary.size:
                raise BadRequestError(
                    f"{param}: token id {token} is outside the vocabulary of {model.vocabulary.size}",
                    param,
                )
        return list(ids)

    def _grammar(self, model: TextModel) -> str | None:
        """Return the grammar of `response_format`."""
        asked = self.response_format
        if asked is None or asked.type == "text":
            return None
        if asked.type == "json_object":
            return compile_schema({"type": "object"}, model.vocabulary, "response_format")
        if asked.json_schema is None:
            raise BadRequestError(
                "response_format.json_schema is missing; add it", "response_format.json_schema"
            )
        return compile_schema(
            asked.json_schema.schema_, model.vocabulary, "response_format.json_schema.schema"
        )


@dataclass(frozen=True)
class Room:
    """How many new tokens prompts get.

    Attributes:
        asked: new tokens the request names, or None.
        default: new tokens where it names none; fewer where they do not fit.
        limit_field: the field `asked` came from.
        prompt_field: the field the prompt came from.
    """

    asked: int | None
    default: int
    limit_field: str
    prompt_field: str

    def after(self, num_prompt: int, model: TextModel, settings: ServeSettings) -> int:
        """Return the new tokens of a prompt of so many.

        Raises:
            BadRequestError: they do not fit.
        """
        limit, code = min(model.max_length, settings.max_context_tokens), "context_length_exceeded"
        if num_prompt >= limit + (self.asked == 0):
            raise BadRequestError(
                f"the prompt has {num_prompt} tokens and this model takes {limit} together with the answer; shorten it",
                self.prompt_field,
                code,
            )
        if self.asked is not None and num_prompt + self.asked > limit:
            raise BadRequestError(
                f"the prompt has {num_prompt} tokens and {self.limit_field} asks for {self.asked} more, together above "
                f"the {limit} this model takes; ask for at most {limit - num_prompt}",
                self.limit_field,
                code,
            )
        return self.asked if self.asked is not None else min(self.default, limit - num_prompt)


def check_ids(ids: list[int], model: TextModel, param: str) -> None:
    """Raise where a prompt's ids do not fit the model.

    Raises:
        BadRequestError: there are none, or one is outside the vocabulary.
    """
    if not ids:
        raise BadRequestError("the prompt is empty; give at least one token", param)
    SamplingFields._in_vocabulary(ids, model, param)
