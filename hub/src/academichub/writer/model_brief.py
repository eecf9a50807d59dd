"""Writes a brief with the language model of the settings, if the model's record permits it.

The extractive brief is stored first and stays, so a complete brief can be shown whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from academichub.briefs.brief import Brief
from academichub.briefs.brief_store import keep_rewritten
from academichub.errors import ModelError
from academichub.hub import Hub
from academichub.llm.model import LanguageModel
from academichub.messages import Message
from academichub.writer.rewrite import rewrite
from academichub.writer.semantic_similarity import Meaning
from academichub.writer.sentence_writer import Progress
from academichub.writer.track_record import Record, note_written, record_of
from academichub.writer.writer_model import Cancel, can_write

Why = Literal["written", "no_model", "language", "poor_record", "set_aside"]
"""`written`: the model's brief is shown; else the extractive one, because no model is set, the
model is too small for the language, its record is poor, or this writing made its record poor."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is shown, and why.

    Attributes:
        brief: The brief to show.
        why: A word of `Why`.
        record: The model's record in the language; None without a model.
        written: The model's brief, shown or not; None where it did not write.
    """

    brief: Brief
    why: Why
    record: Record | None = None
    written: Brief | None = None

    @property
    def message(self) -> Message | None:
        """The outcome of the writing for the reader; None where no model is set."""
        if self.record is None or self.why == "no_model":
            return None
        model, part, whole = self.record.model, self.record.rewritten, self.record.requested
        if self.why == "poor_record":
            return Message.of("writing.poor_record", model=model, part=part, whole=whole)
        if self.why == "set_aside":
            return Message.of("writing.set_aside", model=model, part=part, whole=whole)
        return Message.of(f"writing.{self.why}", model=model)


def write_with_model(
    hub: Hub,
    extract: Brief,
    *,
    again: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    model: LanguageModel | None = None,
) -> Outcome:
    """Let the model of the settings rewrite an extractive brief, and store what it wrote.

    Args:
        hub: The open hub.
        extract: The extractive brief, already stored.
        again: Let the model write even if its record is poor, and show what it wrote.
        progress: Called with (sentences done, sentences in all).
        cancel: Called to learn whether to stop.
        model: The model; that of the settings where None.

    Returns:
        The brief to show, and why it is that one.

    Raises:
        CancelledError: If `cancel` returned true.
        ModelError: If the model gave no answer at all.
    """
    opened = model or hub.open_model()
    if opened is None:
        return Outcome(extract, "no_model")
    try:
        name, capability = opened.name(cancel), opened.capability(cancel)
        record = record_of(hub, name, extract.lang)
        if not can_write(capability, extract.lang):
            return Outcome(extract, "language", record)
        if not again and not record.may_write(datetime.now(UTC)):
            return Outcome(extract, "poor_record", record)
        opened.forget_old()
        brief = rewrite(
            extract,
            opened,
            name,
            capability,
            progress=progress,
            cancel=cancel,
            meaning=_meaning(opened, cancel),
        )
    finally:
        if model is None:
            opened.close()
    return _stored(hub, extract, brief, name, show=again)


def _stored(hub: Hub, extract: Brief, brief: Brief, name: str, *, show: bool) -> Outcome:
    """Store what a model wrote and its record; the extract is shown where that was too poor."""
    keep_rewritten(hub, brief, extract.id)
    noted = note_written(hub, brief, show=show)
    record = record_of(hub, name, extract.lang)
    if noted.set_aside:
        return Outcome(extract, "set_aside", record, brief)
    return Outcome(brief, "written", record, brief)


def _meaning(model: LanguageModel, cancel: Cancel | None) -> Meaning | None:
    """Return what embeds texts; None without an embedding model that answers."""
    try:
        return (
            None
            if model.embedding_name(cancel) is None
            else lambda texts: model.embed(texts, cancel)
        )
    except ModelError:
        return None
