"""The fields that chat and completions share, and the generation request they become."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nextlat.decoding import Sampling
from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.grammar import compile_schema
from nextlat.serving.generation.request import GenerationRequest
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.request_body import RequestFields, TokenId
from nextlat.serving.settings import ServeSettings

MAX_TOP_LOGPROBS = 20
StopText = Annotated[str, Field(min_length=1, max_length=1000)]

NESTED = ConfigDict(
    strict=True, extra="ignore", protected_namespaces=(), use_attribute_docstrings=True
)
"""How objects inside a body are read: exact types, unknown fields ignored."""


class StreamOptions(BaseModel):
    """What a stream contains in addition to the text."""

    model_config = NESTED

    include_usage: bool | None = None
    """Whether an event with the usage and no choices comes last."""


class JsonSchema(BaseModel):
    """A JSON schema with a name."""

    model_config = NESTED

    name: str | None = None
    """Accepted without effect."""
    schema_: dict[str, Any] = Field(default_factory=dict, alias="schema")
    """The schema the answer conforms to."""
    strict: bool | None = None
    """Accepted without effect: the answer always conforms."""


class ResponseFormat(BaseModel):
    """The form of the answer: any text, any JSON object, or JSON that conforms to a schema."""

    model_config = NESTED

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None
    """Required where `type` is `json_schema`."""


class SamplingFields(RequestFields):
    """How tokens are chosen and when to stop. Null means the default everywhere."""

    n: Annotated[int, Field(ge=1)] | None = None
    """Choices for each prompt, 1 by default. With a seed, choice i is the same whatever `n` is."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """1 by default; 0 always takes the likeliest token."""
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    """Sample among the likeliest tokens that together have this probability; 1 by default."""
    top_k: Annotated[int, Field(ge=-1)] | None = None
    """Sample among this many likeliest tokens; 0 or -1, the default, for all of them."""
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    """The same seed gives the same answer; by default each answer is random."""
    max_tokens: Annotated[int, Field(ge=0)] | None = None
    """The most tokens to generate."""
    min_tokens: Annotated[int, Field(ge=0)] | None = None
    """Tokens to generate before the model may end the text."""
    stop: StopText | Annotated[list[StopText], Field(max_length=16)] | None = None
    """A string, or several, that end the text where they appear; they are not returned."""
    stop_token_ids: Annotated[list[TokenId], Field(max_length=64)] | None = None
    """Token ids that end the text."""
    include_stop_str_in_output: bool | None = None
    """Whether the text keeps the stop string or token that ended it."""
    ignore_eos: bool | None = None
    """Whether to go on when the model ends its text."""
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    """Subtracted from the logit of each token generated before."""
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    """Subtracted from a token's logit for each time it was generated before."""
    logit_bias: (
        Annotated[dict[str, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=1024)]
        | None
    ) = None
    """From token id to what is added to its logit."""
    response_format: ResponseFormat | None = None
    """The form of the answer; any text by default."""
    stream: bool | None = None
    """Whether to send the answer as server-sent events while it is generated."""
    stream_options: StreamOptions | None = None
    """Allowed with `stream: true` only."""

    @property
    def choices(self) -> int:
        """`n`, or its default."""
        return self.n or 1

    @property
    def includes_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def check(self, settings: ServeSettings) -> None:
        """Check what the types of single fields cannot express.

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

    def generation_request(
        self,
        model: TextModel,
        prompt_ids: list[int],
        max_new_tokens: int,
        num_top: int | None,
        score_prompt: bool = False,
    ) -> GenerationRequest:
        """Return what is to be generated for one prompt.

        Args:
            model: generates it.
            prompt_ids: token ids of the prompt.
            max_new_tokens: see `TokenBudget`.
            num_top: alternatives to score at each position; None for no log probabilities.
            score_prompt: whether the prompt's tokens are scored too.

        Raises:
            BadRequestError: an id or a schema does not fit the model.
        """
        stop_token_ids = self.stop_token_ids or []
        check_vocabulary(stop_token_ids, model, "stop_token_ids")
        temperature = 1.0 if self.temperature is None else self.temperature
        seed = secrets.randbits(63) if self.seed is None else self.seed
        return GenerationRequest(
            prompt_ids=tuple(prompt_ids),
            max_new_tokens=max_new_tokens,
            sampling=Sampling(temperature, self.top_p or 1.0, max(0, self.top_k or 0), seed),
            stop_texts=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
            stop_token_ids=tuple(stop_token_ids),
            keep_stop=bool(self.include_stop_str_in_output),
            ignore_end=bool(self.ignore_eos),
            min_tokens=self.min_tokens or 0,
            num_top=num_top,
            score_prompt=score_prompt,
            bias=self._bias(model),
            presence_penalty=self.presence_penalty or 0.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            grammar=self._grammar(model),
        )

    def _bias(self, model: TextModel) -> dict[int, float]:
        """Return `logit_bias` with ids as numbers."""
        biases = self.logit_bias or {}
        for key in biases:
            # int() would also take signs, blanks, underscores and the digits of other scripts.
            if not key.isascii() or not key.isdecimal() or len(key) > 10:
                raise BadRequestError(
                    f"logit_bias: the key {key[:40]!r} is not a token id; use whole numbers",
                    "logit_bias",
                )
        ids = [int(key) for key in biases]
        check_vocabulary(ids, model, "logit_bias")
        return dict(zip(ids, biases.values(), strict=True))

    def _grammar(self, model: TextModel) -> str | None:
        """Return the grammar of `response_format`."""
        form = self.response_format
        if form is None or form.type == "text":
            return None
        if form.type == "json_object":
            return compile_schema({"type": "object"}, model.vocabulary, "response_format")
        if form.json_schema is None:
            raise BadRequestError(
                "response_format.json_schema is missing; add it", "response_format.json_schema"
            )
        return compile_schema(
            form.json_schema.schema_, model.vocabulary, "response_format.json_schema.schema"
        )


@dataclass(frozen=True)
class TokenBudget:
    """How many new tokens prompts may get.

    Attributes:
        requested: new tokens the request names, or None.
        default: new tokens where it names none; fewer where they do not fit.
        limit_field: the field `requested` came from.
        prompt_field: the field the prompt came from.
    """

    requested: int | None
    default: int
    limit_field: str
    prompt_field: str

    def new_tokens(self, num_prompt: int, model: TextModel, settings: ServeSettings) -> int:
        """Return the new tokens of a prompt of `num_prompt` tokens.

        Raises:
            BadRequestError: prompt and new tokens do not fit.
        """
        limit, code = min(model.max_length, settings.max_context_tokens), "context_length_exceeded"
        # A prompt that fills the limit can still be scored (max_tokens 0), but not continued.
        if num_prompt >= limit + (self.requested == 0):
            raise BadRequestError(
                f"the prompt has {num_prompt} tokens and this model takes {limit} together with "
                "the answer; shorten it",
                self.prompt_field,
                code,
            )
        if self.requested is not None and num_prompt + self.requested > limit:
            raise BadRequestError(
                f"the prompt has {num_prompt} tokens and {self.limit_field} asks for "
                f"{self.requested} more, together above the {limit} this model takes; "
                f"ask for at most {limit - num_prompt}",
                self.limit_field,
                code,
            )
        if self.requested is not None:
            return self.requested
        return min(self.default, limit - num_prompt)


def check_prompt_ids(ids: list[int], model: TextModel, param: str) -> None:
    """Check that a prompt's ids fit the model.

    Raises:
        BadRequestError: there are none, or one is outside the vocabulary.
    """
    if not ids:
        raise BadRequestError("the prompt is empty; give at least one token", param)
    check_vocabulary(ids, model, param)


def check_vocabulary(ids: Iterable[int], model: TextModel, param: str) -> None:
    """Check that token ids are among the model's.

    Raises:
        BadRequestError: one is not.
    """
    for token in ids:
        if token >= model.vocabulary.size:
            raise BadRequestError(
                f"{param}: token id {token} is outside the vocabulary of {model.vocabulary.size}",
                param,
            )
