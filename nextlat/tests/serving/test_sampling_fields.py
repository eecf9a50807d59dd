"""Request bodies become generation requests: defaults, limits and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_chat import chat_model, chat_tokenizer

from nextlat.decoding import Sampling
from nextlat.serving.chat.request import ChatRequest
from nextlat.serving.completions.request import CompletionRequest
from nextlat.serving.embeddings.request import EmbeddingsRequest
from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.request_body import parse_json, split_inputs
from nextlat.serving.sampling_fields import TokenBudget, check_prompt_ids
from nextlat.serving.settings import ServeSettings
from nextlat.trunk.trunk import Trunk

SETTINGS = ServeSettings()


@pytest.fixture(scope="module")
def model() -> TextModel:
    """A model of 256 positions."""
    tokenizer = chat_tokenizer()
    trunk: Any = chat_model(len(tokenizer))
    return TextModel(Trunk(trunk), Vocabulary(tokenizer, len(tokenizer), [1]))


def chat(**fields: Any) -> ChatRequest:
    messages = [{"role": "user", "content": "x"}]
    return ChatRequest.model_validate({"messages": messages, **fields})


def test_defaults_are_openais(model: TextModel) -> None:
    request = chat(seed=3).generation_request(model, [70], 5, None)
    assert request.sampling == Sampling(temperature=1.0, top_p=1.0, top_k=0, seed=3)
    assert (request.prompt_ids, request.max_new_tokens) == ((70,), 5)
    assert (request.stop_texts, request.stop_token_ids, request.bias) == ((), (), {})
    assert (request.num_top, request.score_prompt, request.grammar) == (None, False, None)
    assert not (request.keep_stop or request.ignore_end or request.min_tokens)


def test_fields_arrive_where_they_belong(model: TextModel) -> None:
    fields = chat(
        temperature=0.5,
        top_p=0.9,
        top_k=7,
        seed=-4,
        stop="a",
        stop_token_ids=[5, 6],
        include_stop_str_in_output=True,
        ignore_eos=True,
        min_tokens=2,
        logit_bias={"8": -3.5},
        presence_penalty=0.25,
        frequency_penalty=-0.5,
    )
    request = fields.generation_request(model, [70], 5, 3, True)
    assert request.sampling == Sampling(0.5, 0.9, 7, -4)
    assert (request.stop_texts, request.stop_token_ids) == (("a",), (5, 6))
    assert (request.keep_stop, request.ignore_end, request.min_tokens) == (True, True, 2)
    assert request.bias == {8: -3.5}
    assert (request.presence_penalty, request.frequency_penalty) == (0.25, -0.5)
    assert (request.num_top, request.score_prompt) == (3, True)


def test_without_a_seed_every_request_has_its_own(model: TextModel) -> None:
    seeds = {chat().generation_request(model, [70], 5, None).sampling.seed for _ in range(20)}
    assert len(seeds) == 20


def test_top_k_of_minus_one_means_all(model: TextModel) -> None:
    assert chat(top_k=-1).generation_request(model, [70], 5, None).sampling.top_k == 0


@pytest.mark.parametrize("key", ["x", "", "-1", "+5", " 5", "1_0", "٣", "99999999999"])
def test_a_bias_names_its_token_in_plain_digits(key: str, model: TextModel) -> None:
    with pytest.raises(BadRequestError, match="whole numbers") as caught:
        chat(logit_bias={key: 1}).generation_request(model, [70], 5, None)
    assert caught.value.param == "logit_bias"


def test_ids_end_with_the_vocabulary(model: TextModel) -> None:
    size = model.vocabulary.size
    check_prompt_ids([0, size - 1], model, "prompt")
    with pytest.raises(BadRequestError, match=f"{size} is outside the vocabulary of {size}"):
        check_prompt_ids([0, size], model, "prompt")
    with pytest.raises(BadRequestError, match="empty"):
        check_prompt_ids([], model, "prompt")


@pytest.mark.parametrize(
    ("requested", "num_prompt", "new_tokens"),
    [
        (10, 5, 10),
        (None, 5, 16),  # the default
        (None, 250, 6),  # what is left of 256
        (None, 255, 1),
        (251, 5, 251),  # exactly full
        (0, 256, 0),  # a full prompt can be scored
    ],
)
def test_a_budget_by_hand(
    requested: int | None, num_prompt: int, new_tokens: int, model: TextModel
) -> None:
    budget = TokenBudget(requested, 16, "max_tokens", "prompt")
    assert budget.new_tokens(num_prompt, model, SETTINGS) == new_tokens


@pytest.mark.parametrize(
    ("requested", "num_prompt", "param"),
    [(252, 5, "max_tokens"), (1, 256, "prompt"), (None, 256, "prompt"), (0, 257, "prompt")],
)
def test_a_budget_that_is_too_small(
    requested: int | None, num_prompt: int, param: str, model: TextModel
) -> None:
    budget = TokenBudget(requested, 16, "max_tokens", "prompt")
    with pytest.raises(BadRequestError) as caught:
        budget.new_tokens(num_prompt, model, SETTINGS)
    assert (caught.value.param, caught.value.code) == (param, "context_length_exceeded")


def test_the_servers_limit_counts_where_it_is_the_smaller(model: TextModel) -> None:
    budget = TokenBudget(None, 16, "max_tokens", "prompt")
    assert budget.new_tokens(30, model, ServeSettings(max_context_tokens=40)) == 10


def test_max_completion_tokens_takes_precedence() -> None:
    assert chat(max_tokens=3).limit == (3, "max_tokens")
    assert chat(max_tokens=3, max_completion_tokens=4).limit == (4, "max_completion_tokens")
    assert chat().limit == (None, "max_tokens")


@pytest.mark.parametrize(
    ("fields", "num_top"),
    [({}, None), ({"logprobs": True}, 0), ({"logprobs": True, "top_logprobs": 4}, 4)],
)
def test_log_probabilities_of_a_chat(fields: dict[str, Any], num_top: int | None) -> None:
    assert chat(**fields).num_top == num_top


def test_a_conversation_as_templates_take_it() -> None:
    messages = [
        {"role": "developer", "content": "a"},
        {"role": "user", "name": "Ann", "content": [{"type": "text", "text": "b"}] * 2},
        {"role": "assistant", "content": None},
        {"role": "user", "content": []},
    ]
    assert ChatRequest.model_validate({"messages": messages}).conversation() == [
        {"role": "system", "content": "a"},
        {"role": "user", "content": "bb", "name": "Ann"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]


@pytest.mark.parametrize(
    ("inputs", "parts"),
    [
        ("a", ["a"]),
        ("", [""]),
        (["a", "b"], ["a", "b"]),
        ([5, 0], [[5, 0]]),
        ([[5], [6, 7]], [[5], [6, 7]]),
        ([], []),
        ([[]], [[]]),
    ],
)
def test_inputs_one_by_one(inputs: Any, parts: list[Any]) -> None:
    assert split_inputs(inputs) == parts


def test_a_list_without_prompts_is_refused() -> None:
    assert CompletionRequest(prompt=[[5], [6]]).prompts() == [[5], [6]]
    with pytest.raises(BadRequestError, match="prompt is empty"):
        CompletionRequest(prompt=[]).prompts()


def test_embeddings_need_words_in_every_input() -> None:
    settings = ServeSettings(max_embedding_inputs=2)
    assert EmbeddingsRequest(input=["a", "b"]).inputs(settings) == ["a", "b"]
    for inputs, reason in ((["a", ""], "empty"), ([[]], "empty"), (["a"] * 3, "at most 2")):
        with pytest.raises(BadRequestError, match=reason):
            EmbeddingsRequest(input=inputs).inputs(settings)


def test_json_that_python_reads_and_json_does_not_have() -> None:
    assert parse_json(b'{"a": [1, 2.5, null, "\\u00e9"]}') == {"a": [1, 2.5, None, "é"]}
    for body, reason in (
        (b"NaN", "NaN"),
        (b"[-Infinity]", "-Infinity"),
        (b'"\\ud800"', "surrogates"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff", "utf-8"),
    ):
        with pytest.raises(BadRequestError, match=reason):
            parse_json(body)
