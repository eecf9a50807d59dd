"""What the model's jobs do: it rewrites a brief, or embeds works. worker.py starts them."""

from __future__ import annotations

from academichub.briefs.brief_store import get_brief
from academichub.hub import Hub
from academichub.jobs.heartbeat import Heartbeat
from academichub.library.works import WorkFilter
from academichub.messages import Message
from academichub.search.embeddings import embed_works

MAX_EMBEDDED = 20_000
"""The newest works that are given an embedding."""

EMBEDDED_AT_ONCE = 32
"""Works whose texts are sent to the model in one request."""


def rewrite_brief(hub: Hub, heartbeat: Heartbeat, brief_id: str, again: bool) -> list[Message]:
    """Let the model write a brief; return what came of it."""
    # Imported on use: the model's client takes longer to import than all pages.
    from academichub.writer.model_brief import write_with_model

    heartbeat.progress(0, 0, Message.of("progress.asking_model"))
    outcome = write_with_model(
        hub,
        get_brief(hub, brief_id),
        again=again,
        progress=lambda done, total: heartbeat.progress(
            done, total, Message.of("progress.model_written", done=done, total=total)
        ),
        cancel=heartbeat.is_cancelled,
    )
    return [] if outcome.message is None else [outcome.message]


def embed_newest(hub: Hub, heartbeat: Heartbeat) -> list[Message]:
    """Embed the newest works that have no embedding; return how many."""
    model = hub.open_model()
    if model is None:
        return []
    done = 0
    with model:
        name = model.embedding_name(heartbeat.is_cancelled)
        if name is None:
            return [Message.of("job.no_embedding_model")]
        numbers = hub.library.select_ids(WorkFilter(), MAX_EMBEDDED)
        for start in range(0, len(numbers), EMBEDDED_AT_ONCE):
            works = hub.library.by_ids(numbers[start : start + EMBEDDED_AT_ONCE])
            done += embed_works(
                hub.database, works, name, lambda texts: model.embed(texts, heartbeat.is_cancelled)
            )
            heartbeat.progress(
                min(start + EMBEDDED_AT_ONCE, len(numbers)),
                len(numbers),
                Message.of("progress.embedding"),
            )
    return [Message.of("job.embedded", count=done)]
