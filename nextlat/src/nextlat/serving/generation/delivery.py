"""The sequences of one request as the event loop sees them: events in, cancellation out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from collections.abc import Sequence as Items

from nextlat.serving.errors import RequestError
from nextlat.serving.generation.prefill import Prompt
from nextlat.serving.generation.request import Delta, GenerationRequest
from nextlat.serving.generation.scheduler import Scheduler
from nextlat.serving.generation.sequence import Sequence
from nextlat.serving.generation.text_model import TextModel


class Generation:
    """Prompts being continued for one client.

    Used as a context manager, it cancels what still runs when it is left.

    Args:
        scheduler: generates.
        model: decodes.
        requests: one for each prompt.
        num_choices: continuations of each; they are numbered prompt by prompt.

    Raises:
        RequestError: the scheduler does not accept them.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        model: TextModel,
        requests: Items[GenerationRequest],
        num_choices: int = 1,
    ) -> None:
        self._scheduler = scheduler
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[tuple[int, Delta | RequestError]] = asyncio.Queue()
        self._sequences: list[Sequence] = []
        for request in requests:
            num_top = request.num_top if request.score_prompt else None
            prompt = Prompt(model.trunk, request.prompt_ids, num_choices, num_top)
            for choice in range(num_choices):
                index = len(self._sequences)
                self._sequences.append(
                    Sequence(model, request, prompt, choice, self._deliverer(index))
                )
        scheduler.submit(self._sequences)
        self._left = len(self._sequences)

    def _deliverer(self, index: int) -> Callable[[Delta | RequestError], None]:
        """Return what brings a sequence's events from the scheduler's thread to the loop."""

        def deliver(event: Delta | RequestError) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: the client is gone
                self._loop.call_soon_threadsafe(self._events.put_nowait, (index, event))

        return deliver

    def __enter__(self) -> Generation:
        return self

    def __exit__(self, *_: object) -> None:
        if self._left:
            self._scheduler.cancel(self._sequences)

    async def deltas(self) -> AsyncIterator[tuple[int, Delta]]:
        """Yield (number of the sequence, what it added) until all have ended.

        Raises:
            RequestError: one failed.
        """
        while self._left:
            index, event = await self._events.get()
            if isinstance(event, RequestError):
                raise event.with_traceback(None)
            if event.finish is not None:
                self._left -= 1
            yield index, event
