"""Sequences decoded together give bit for bit what each gives alone, drafted or not, whoever ends
or leaves meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Items
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from running_server import wait_until
from tiny_chat import chat_model, chat_tokenizer

from nextlat.decoding import AdaptiveLength, DecodingStats, FixedLength, LengthPolicy, Sampling
from nextlat.decoding.lean import kernel, lean_trunk
from nextlat.serving.errors import InternalError, RequestError
from nextlat.serving.generation.prefill import Prompt
from nextlat.serving.generation.request import Delta, Finish, GenerationRequest, ScoredToken
from nextlat.serving.generation.scheduler import Scheduler, SchedulerLimits
from nextlat.serving.generation.sequence import Sequence
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.trunk.trunk import Trunk

needs_compiler = pytest.mark.skipif(not kernel.available(), reason="there is no C compiler")
KINDS = (
    "plain",
    pytest.param("float32", marks=needs_compiler),
    pytest.param("int8", marks=needs_compiler),
)
POLICIES = {
    "plain": lambda: FixedLength(0),
    "fixed": lambda: FixedLength(4),
    "adaptive": AdaptiveLength,
}
WORDS = tuple(range(60, 90))
REQUESTS = (
    GenerationRequest(WORDS[:9], 40),
    GenerationRequest(WORDS[3:6] * 4, 25, Sampling(0.9, seed=5), num_top=2),
    GenerationRequest(
        WORDS * 3, 12, Sampling(0.7, 0.9, 20, 3), score_prompt=True, num_top=1
    ),  # the longest prompt
    GenerationRequest(
        (70,),
        33,
        Sampling(0.9, seed=8),
        presence_penalty=1.5,
        frequency_penalty=1.0,
        ignore_end=True,
    ),
    GenerationRequest(WORDS[:20], 30, stop_texts=("e", "t"), bias={80: 2.0}),
    GenerationRequest(WORDS[:5], 1),
    GenerationRequest(WORDS[:5], 0, score_prompt=True, num_top=0),
)


class Silent:
    """An observer that forgets."""

    def queue(self, running: int, waiting: int) -> None: ...

    def started(self, waited_s: float) -> None: ...

    def ended(
        self, outcome: str, prompt_tokens: int, new_tokens: int, stats: DecodingStats
    ) -> None: ...


@dataclass
class Receiver:
    """What one sequence has delivered so far."""

    text: str = ""
    scored: list[ScoredToken] = field(default_factory=list)
    prompt_scored: list[ScoredToken] = field(default_factory=list)
    finish: Finish | None = None
    problem: RequestError | None = None

    def deliver(self, event: Delta | RequestError) -> None:
        if isinstance(event, RequestError):
            self.problem = event
            return
        self.text += event.text
        self.scored += event.scored
        self.prompt_scored += event.prompt_scored
        self.finish = event.finish

    @property
    def ended(self) -> bool:
        return self.finish is not None or self.problem is not None

    def answer(self) -> tuple[Any, ...]:
        assert self.finish is not None
        how = (self.finish.reason, self.finish.stop_reason, self.finish.num_tokens)
        return self.text, self.scored, self.prompt_scored, how


@pytest.fixture(scope="module")
def models() -> dict[str, TextModel]:
    tokenizer = chat_tokenizer()
    chat = chat_model(len(tokenizer))
    vocabulary = Vocabulary(tokenizer, len(tokenizer), [1])
    trunks = {"plain": Trunk(chat)}  # type: ignore[arg-type]
    if kernel.available():
        model: Any = chat_model(len(tokenizer)).float()
        trunks |= {"float32": lean_trunk(model), "int8": lean_trunk(model, "int8")}
    return {kind: TextModel(trunk, vocabulary) for kind, trunk in trunks.items()}


@pytest.fixture
def schedulers() -> Iterator[list[Scheduler]]:
    started: list[Scheduler] = []
    yield started
    for scheduler in started:
        scheduler.stop()


def made(
    model: TextModel,
    requests: Items[GenerationRequest],
    takers: Items[Callable[[Delta | RequestError], None]],
) -> list[Sequence]:
    prompts = [
        Prompt(
            model.trunk, request.prompt_ids, 1, request.num_top if request.score_prompt else None
        )
        for request in requests
    ]
    return [
        Sequence(model, request, prompt, number, taker)
        for number, (request, prompt, taker) in enumerate(
            zip(requests, prompts, takers, strict=True)
        )
    ]


def started(schedulers: list[Scheduler], max_active: int) -> Scheduler:
    scheduler = Scheduler(SchedulerLimits(max_active=max_active, prefill_chunk=8), Silent())
    schedulers.append(scheduler)
    scheduler.start()
    return scheduler


def received_by(
    scheduler: Scheduler, model: TextModel, requests: Items[GenerationRequest]
) -> list[Receiver]:
    """Submit requests at once and wait until all have ended."""
    receivers = [Receiver() for _ in requests]
    scheduler.submit(made(model, requests, [receiver.deliver for receiver in receivers]))
    wait_until(lambda: all(receiver.ended for receiver in receivers), 30)
    return receivers


def answers(
    schedulers: list[Scheduler], model: TextModel, max_active: int, policy: LengthPolicy
) -> list[tuple[Any, ...]]:
    receivers = received_by(
        started(schedulers, max_active), replace(model, policy=policy), REQUESTS
    )
    return [receiver.answer() for receiver in receivers]


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_the_same_alone_and_together_with_and_without_drafts(
    models: dict[str, TextModel],
    schedulers: list[Scheduler],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, sizes = models[kind], list[int]()
    extend_many = model.trunk.extend_many

    def noting(parts: Any) -> Any:
        sizes.append(len(parts))
        return extend_many(parts)

    monkeypatch.setattr(model.trunk, "extend_many", noting)
    alone = answers(schedulers, model, 1, FixedLength(0))
    assert max(sizes) == 1
    assert len({answer[0] for answer in alone}) == len(REQUESTS)
    for policy in POLICIES.values():
        sizes.clear()
        together = answers(schedulers, model, len(REQUESTS), policy())
        assert max(sizes) >= 4
        if kind == "plain":  # log probabilities differ by rounding
            assert [(text, how) for text, _, _, how in together] == [
                (text, how) for text, _, _, how in alone
            ]
        else:
            assert together == alone


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_cancelled_or_fails_leaves_the_others_untouched(
    models: dict[str, TextModel], schedulers: list[Scheduler], kind: str
) -> None:
    model = replace(models[kind], policy=FixedLength(3))
    alone = answers(schedulers, model, 1, FixedLength(0))
    requests = [
        *REQUESTS[:4],
        GenerationRequest(WORDS[:7], 100, ignore_end=True),
        GenerationRequest(WORDS[:8], 100),
    ]
    scheduler, receivers = started(schedulers, 8), [Receiver() for _ in requests]

    def cancelling(event: Delta | RequestError) -> None:
        receivers[4].deliver(event)
        scheduler.cancel([sequences[4]])

    takers = [receiver.deliver for receiver in receivers]
    takers[4] = cancelling
    sequences = made(model, requests, takers)
    taken = sequences[5]._take
    left = iter(range(6))

    def failing(token: int) -> Any:
        if next(left, None) is None:
            raise RuntimeError("made to fail by a test")
        return taken(token)

    sequences[5]._take = failing  # type: ignore[method-assign]
    scheduler.submit(sequences)
    wait_until(lambda: all(receivers[number].ended for number in (0, 1, 2, 3, 5)), 30)
    assert not receivers[4].ended
    assert 0 < len(receivers[4].text) < 40
    assert isinstance(receivers[5].problem, InternalError)
    for number in range(4):
        text, scored, prompt_scored, how = receivers[number].answer()
        assert (text, how) == (alone[number][0], alone[number][3])
        if kind != "plain":
            assert (scored, prompt_scored) == (alone[number][1], alone[number][2])
    assert scheduler.problem is None


def test_a_fault_of_the_shared_pass_ends_those_in_it_and_not_the_scheduler(
    models: dict[str, TextModel], schedulers: list[Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, calls = models["plain"], iter(range(9))
    extend_many = model.trunk.extend_many

    def failing(parts: Any) -> Any:
        if next(calls, None) is None:
            raise torch.OutOfMemoryError("made to fail by a test")
        return extend_many(parts)

    monkeypatch.setattr(model.trunk, "extend_many", failing)
    scheduler = started(schedulers, 2)
    assert all(
        isinstance(receiver.problem, InternalError)
        for receiver in received_by(scheduler, model, REQUESTS[:2])
    )
    assert scheduler.problem is None
    monkeypatch.undo()
    assert all(
        receiver.finish is not None for receiver in received_by(scheduler, model, REQUESTS[:2])
    )
