"""A sequence and its prompt alone, without threads: against plain greedy decoding of the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny_chat import chat_model, chat_tokenizer

from nextlat.decoding import FixedLength, advance
from nextlat.serving.generation.prefill import Prompt
from nextlat.serving.generation.request import Delta, Finish, GenerationRequest, ScoredToken
from nextlat.serving.generation.sequence import Sequence
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.trunk.trunk import Trunk

PROMPT = (60, 75, 88, 62, 75, 88, 62)
END = 1


@pytest.fixture(scope="module")
def model() -> TextModel:
    tokenizer = chat_tokenizer()
    trunk: Any = chat_model(len(tokenizer))
    trunk.requires_grad_(False)
    return TextModel(Trunk(trunk), Vocabulary(tokenizer, len(tokenizer), [END]))


def logits_after(model: TextModel, ids: list[int]) -> torch.Tensor:
    """Return the model's logits at every position, by one pass over all ids."""
    with torch.no_grad():
        logits: torch.Tensor = model.trunk.model(torch.tensor([ids])).logits[0]
    return logits


def greedy(model: TextModel, count: int, prompt: tuple[int, ...] = PROMPT) -> list[int]:
    """Return the likeliest continuation, each token by a pass over all before it."""
    ids = list(prompt)
    for _ in range(count):
        ids.append(int(logits_after(model, ids)[-1].argmax()))
    return ids[len(prompt) :]


def sequence_of(model: TextModel, request: GenerationRequest, choice: int = 0) -> Sequence:
    num_top = request.num_top if request.score_prompt else None
    prompt = Prompt(model.trunk, request.prompt_ids, 1, num_top)
    return Sequence(model, request, prompt, choice, lambda event: None)


def run(sequence: Sequence, prefill_chunk: int = 3) -> list[Delta]:
    """Do turns until the sequence has ended; return what each added."""
    deltas: list[Delta] = []
    while not deltas or deltas[-1].finish is None:
        delta = sequence.turn(prefill_chunk)
        if delta is None:
            (outcome,) = advance([sequence.row])
            assert not isinstance(outcome, Exception)
            delta = sequence.decoded(outcome)
        deltas.append(delta)
    return deltas


def ending(deltas: list[Delta]) -> tuple[str, str | int | None, int]:
    finish = deltas[-1].finish
    assert isinstance(finish, Finish)
    return finish.reason, finish.stop_reason, finish.num_tokens


@pytest.mark.parametrize("draft_length", [0, 3])
def test_the_text_is_the_models_greedy_text(model: TextModel, draft_length: int) -> None:
    drafting = replace(model, policy=FixedLength(draft_length))
    deltas = run(sequence_of(drafting, GenerationRequest(PROMPT, 20, ignore_end=True)))
    assert "".join(delta.text for delta in deltas) == model.vocabulary.decode(greedy(model, 20))
    assert ending(deltas) == ("length", None, 20)


def test_a_prompt_is_read_in_pieces_that_add_nothing(model: TextModel) -> None:
    deltas = run(sequence_of(model, GenerationRequest(PROMPT, 1, ignore_end=True)), 3)
    # 7 tokens by 3 are three turns; the last of them goes on to the first decoding cycle.
    assert deltas[:2] == [Delta(), Delta()]
    assert len(deltas) == 3


def test_a_stop_token_ends_the_text_and_is_left_out(model: TextModel) -> None:
    tokens = greedy(model, 6)
    stop = tokens[3]
    first = tokens.index(stop)
    request = GenerationRequest(PROMPT, 20, stop_token_ids=(stop,), ignore_end=True)
    deltas = run(sequence_of(model, request))
    text = "".join(delta.text for delta in deltas)
    assert text == model.vocabulary.decode(tokens[:first])
    assert ending(deltas) == ("stop", stop, first + 1)
    keeping = GenerationRequest(PROMPT, 20, stop_token_ids=(stop,), ignore_end=True, keep_stop=True)
    text_with_stop = "".join(delta.text for delta in run(sequence_of(model, keeping)))
    assert text_with_stop == model.vocabulary.decode(tokens[: first + 1])


def test_a_stop_token_waits_for_the_least_number_of_tokens(model: TextModel) -> None:
    stop = greedy(model, 1)[0]
    request = GenerationRequest(PROMPT, 9, stop_token_ids=(stop,), ignore_end=True, min_tokens=4)
    deltas = run(sequence_of(model, request))
    assert deltas[-1].finish is not None
    assert deltas[-1].finish.num_tokens >= 5  # four others come before it, if it comes at all


def test_the_end_of_a_text_has_no_stop_reason(model: TextModel) -> None:
    forced = GenerationRequest(PROMPT, 5, bias={END: 1000.0})
    assert ending(run(sequence_of(model, forced))) == ("stop", None, 1)
    ignoring = GenerationRequest(PROMPT, 5, bias={END: 1000.0}, ignore_end=True)
    assert ending(run(sequence_of(model, ignoring))) == ("length", None, 5)


def test_prompts_are_scored_by_the_models_log_probabilities(model: TextModel) -> None:
    request = GenerationRequest(PROMPT, 0, score_prompt=True, num_top=1)
    deltas = run(sequence_of(model, request), prefill_chunk=2)
    assert ending(deltas) == ("length", None, 0)
    scored: tuple[ScoredToken, ...] = deltas[-1].prompt_scored
    assert [part.token for part in scored] == list(PROMPT)
    assert scored[0].score is None
    log_probs = logits_after(model, list(PROMPT)).log_softmax(dim=-1)
    for position, part in enumerate(scored[1:]):
        assert part.score is not None
        assert part.score.logprob == pytest.approx(float(log_probs[position, part.token]))
        assert part.score.top[0][0] == int(log_probs[position].argmax())
    pieces = [len(model.vocabulary.decode([token])) for token in PROMPT]
    assert [part.offset for part in scored] == [sum(pieces[:i]) for i in range(len(PROMPT))]


def test_generated_tokens_are_scored_in_order(model: TextModel) -> None:
    request = GenerationRequest(PROMPT, 8, num_top=0, ignore_end=True)
    deltas = run(sequence_of(model, request))
    tokens = greedy(model, 8)
    scored = [part for delta in deltas for part in delta.scored]
    assert [part.token for part in scored] == tokens
    log_probs = logits_after(model, [*PROMPT, *tokens]).log_softmax(dim=-1)
    for step, part in enumerate(scored):
        assert part.score is not None
        expected = float(log_probs[len(PROMPT) - 1 + step, part.token])
        assert part.score.logprob == pytest.approx(expected)


def test_tokens_are_counted_once_for_all_choices(model: TextModel) -> None:
    request = GenerationRequest(PROMPT, 20)
    first, second = sequence_of(model, request), sequence_of(model, request, choice=1)
    assert (first.prompt_tokens, second.prompt_tokens) == (7, 0)
    assert first.context_tokens == second.context_tokens == 27


class TestPrompt:
    def test_pieces_give_the_latents_of_one_reading(self, model: TextModel) -> None:
        in_pieces, whole = Prompt(model.trunk, PROMPT), Prompt(model.trunk, PROMPT)
        sizes = []
        while not in_pieces.is_read:
            in_pieces.read(3)
            sizes.append(in_pieces._num_read)
        whole.read(100)
        assert sizes == [3, 6, 7]
        h_TD, expected_TD = in_pieces.take().extend(PROMPT), whole.take().extend(PROMPT)
        assert torch.allclose(h_TD, expected_TD, atol=1e-12)

    def test_choices_grow_apart(self, model: TextModel) -> None:
        prompt = Prompt(model.trunk, PROMPT, uses=2)
        prompt.read(100)
        first, second = prompt.take(), prompt.take()
        assert torch.equal(first.extend(PROMPT), second.extend(PROMPT))
        first.extend([60])
        h_TD = second.extend([75])
        alone = Prompt(model.trunk, (*PROMPT, 75))
        alone.read(100)
        assert torch.allclose(h_TD[-1], alone.take().extend((*PROMPT, 75))[-1], atol=1e-12)

    def test_the_last_use_frees_what_was_read(self, model: TextModel) -> None:
        prompt = Prompt(model.trunk, PROMPT, uses=3)
        prompt.read(100)
        prompt.take()
        prompt.leave()
        assert prompt._context is not None
        prompt.leave()
        assert prompt._context is None


def test_the_default_policy_never_drafts(model: TextModel) -> None:
    assert model.max_length == 256
    assert model.drafter() is None
