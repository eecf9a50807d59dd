"""What the endpoints of one server share, and how a request reaches it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from nextlat import __version__
from nextlat.serving.embeddings.worker import EmbeddingWorker
from nextlat.serving.errors import BadRequestError, NotFoundError
from nextlat.serving.generation.scheduler import Scheduler
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.metrics import Metrics
from nextlat.serving.settings import ServeSettings

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

FINGERPRINT = f"nextlat-{__version__}"


@dataclass(frozen=True)
class ServedText:
    """The text model under its public name.

    Attributes:
        id: what requests call it.
        model: itself.
        root: where it came from.
        created: when it was loaded, seconds since 1970.
    """

    id: str
    model: TextModel
    root: str
    created: int = field(default_factory=lambda: int(time.time()))


@dataclass(frozen=True)
class ServerState:
    """One server.

    Attributes:
        settings: limits.
        text: the chat model.
        embeddings: the embedding model and its thread; None where none is installed.
        scheduler: decodes.
        metrics: counts.
        preparing: the thread that tokenises and compiles, so that the event loop does not; only
            one, for tokenizers are not safe to share.
    """

    settings: ServeSettings
    text: ServedText
    embeddings: EmbeddingWorker | None
    scheduler: Scheduler
    metrics: Metrics
    preparing: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="nextlat-preparing")
    )

    async def prepare(self, work: Callable[[], T]) -> T:
        """Run work on the preparing thread, so that the event loop goes on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self.preparing, work)

    def text_model(self, name: str | None) -> ServedText:
        """Return the text model a request names; by default the only one.

        Raises:
            NotFoundError: the model does not exist.
            BadRequestError: it is an embedding model.
        """
        if name is None or name == self.text.id:
            return self.text
        if self.embeddings is not None and name == self.embeddings.id:
            raise BadRequestError(
                f"{name} is an embedding model; use {self.text.id}, or POST /v1/embeddings", "model"
            )
        raise self.no_model(name)

    def embedding_model(self, name: str | None) -> EmbeddingWorker:
        """Return the embedding model a request names; by default the only one.

        Raises:
            NotFoundError: the model does not exist.
            BadRequestError: it is a text model.
        """
        if self.embeddings is not None and name in (None, self.embeddings.id):
            return self.embeddings
        if name is None:
            raise NotFoundError(
                "this server has no embedding model; start it with --embedding-model FOLDER",
                "model",
            )
        if name == self.text.id:
            raise BadRequestError(
                f"{name} is a text model and makes no embeddings; GET /v1/models lists others",
                "model",
            )
        raise self.no_model(name)

    def no_model(self, name: str) -> NotFoundError:
        """Return the error for a model that does not exist."""
        ids = [self.text.id, *([self.embeddings.id] if self.embeddings else [])]
        return NotFoundError(
            f"the model {name[:100]!r} does not exist here; there is {' and '.join(ids)}",
            "model",
            "model_not_found",
        )


def state_of(request: Request) -> ServerState:
    """Return the server a request came to."""
    state: ServerState = request.app.state.server
    return state
