"""A request's sequences as the event loop sees them, with a scheduler that only records."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tiny_chat import chat_model, chat_tokenizer

from nextlat.decoding import DecodingStats
from nextlat.serving.errors import BusyError, InternalError
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import Delta, Finish, GenerationRequest
from nextlat.serving.generation.sequence import Sequence
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.trunk.trunk import Trunk

LAST = Delta("b", finish=Finish("length", None, 2, DecodingStats()))


class RecordingScheduler:
    """Keeps what it is given and decodes nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.submitted: list[Sequence] = []
        self.cancelled: list[Sequence] = []

    def submit(self, sequences: list[Sequence]) -> None:
        if self.error is not None:
            raise self.error
        self.submitted += sequences

    def cancel(self, sequences: list[Sequence]) -> None:
        self.cancelled += sequences


@pytest.fixture(scope="module")
def model() -> TextModel:
    tokenizer = chat_tokenizer()
    trunk: Any = chat_model(len(tokenizer))
    return TextModel(Trunk(trunk), Vocabulary(tokenizer, len(tokenizer), [1]))


def generation_of(model: TextModel, scheduler: Any, prompts: int, choices: int) -> Generation:
    requests = [GenerationRequest((70 + number,), 5) for number in range(prompts)]
    return Generation(scheduler, model, requests, choices)


def test_sequences_are_numbered_prompt_by_prompt(model: TextModel) -> None:
    scheduler = RecordingScheduler()

    async def numbers() -> list[tuple[int, str]]:
        with generation_of(model, scheduler, prompts=2, choices=2) as generation:
            for sequence in reversed(scheduler.submitted):
                sequence.deliver(Delta(str(sequence.request.prompt_ids[0])))
                sequence.deliver(LAST)
            return [(index, delta.text) async for index, delta in generation.deltas()]

    assert asyncio.run(numbers()) == [
        (3, "71"),
        (3, "b"),
        (2, "71"),
        (2, "b"),
        (1, "70"),
        (1, "b"),
        (0, "70"),
        (0, "b"),
    ]
    assert scheduler.cancelled == []  # all have ended by themselves


def test_choices_of_a_prompt_share_its_reading(model: TextModel) -> None:
    scheduler = RecordingScheduler()

    async def submit() -> None:
        generation_of(model, scheduler, prompts=2, choices=2)

    asyncio.run(submit())
    first, second, third, fourth = (sequence._prompt for sequence in scheduler.submitted)
    assert first is second
    assert third is fourth
    assert first is not third


def test_leaving_early_cancels_every_sequence(model: TextModel) -> None:
    scheduler = RecordingScheduler()

    async def leave() -> None:
        with generation_of(model, scheduler, prompts=1, choices=2) as generation:
            scheduler.submitted[0].deliver(LAST)
            async for _ in generation.deltas():
                return

    asyncio.run(leave())
    assert scheduler.cancelled == scheduler.submitted


def test_the_error_of_a_sequence_ends_the_generation(model: TextModel) -> None:
    scheduler = RecordingScheduler()

    async def fail() -> None:
        with generation_of(model, scheduler, prompts=1, choices=2) as generation:
            scheduler.submitted[1].deliver(InternalError("broken"))
            async for _ in generation.deltas():
                raise AssertionError("there was no text")

    with pytest.raises(InternalError, match="broken"):
        asyncio.run(fail())
    assert scheduler.cancelled == scheduler.submitted


def test_what_the_scheduler_refuses_is_raised(model: TextModel) -> None:
    async def submit() -> None:
        generation_of(model, RecordingScheduler(BusyError("the queue is full")), 1, 1)

    with pytest.raises(BusyError):
        asyncio.run(submit())


def test_events_after_the_loop_has_ended_are_dropped(model: TextModel) -> None:
    scheduler = RecordingScheduler()

    async def submit() -> None:
        generation_of(model, scheduler, 1, 1)

    asyncio.run(submit())
    scheduler.submitted[0].deliver(LAST)  # must not raise on the scheduler's thread
