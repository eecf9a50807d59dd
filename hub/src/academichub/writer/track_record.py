"""The record of each writer model: how much of its writing was shown, and whether it may write.

A brief that a model wrote counts once. Where the share of rewritten sentences over the last briefs
is poor, the reader is better served by the extracts: they stay the default for that model and
language until a month has passed, the prompts have changed, or the reader asks for another trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from academichub.briefs.brief import Brief
from academichub.hub import Hub
from academichub.store.track_records_store import (
    add_written_brief,
    latest_written_over,
    latest_written_rows,
    set_brief_aside,
)
from academichub.writer.prompt_messages import prompts_version

POOR_SHARE = 0.3
"""Share of rewritten sentences below which the extracts stay the default."""

MIN_REQUESTED = 10
"""Fewest sentences requested of a model before its record counts."""

MAX_BRIEFS = 5
"""Latest briefs of a model that make up its record."""

TRIAL_AGAIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Record:
    """Outcome of the last briefs of a model in a language."""

    model: str
    lang: str
    briefs: int
    requested: int
    rewritten: int
    last_at: str

    @property
    def share(self) -> float:
        """Share of rewritten sentences in [0, 1]."""
        return self.rewritten / self.requested if self.requested else 0.0

    @property
    def is_poor(self) -> bool:
        """Whether enough sentences were requested and too few of them could be shown."""
        return self.requested >= MIN_REQUESTED and self.share < POOR_SHARE

    def may_write(self, now: datetime) -> bool:
        """Tell whether the model may write by default."""
        return not self.is_poor or now - datetime.fromisoformat(self.last_at) > TRIAL_AGAIN


@dataclass(frozen=True, slots=True)
class Written:
    """A model's brief over an extractive one, and whether the extracts are shown instead."""

    brief_id: str
    extract_id: str
    model: str
    set_aside: bool


def record_of(hub: Hub, model: str, lang: str) -> Record:
    """Return the record of a model with the present prompts; an empty one if it never wrote."""
    with hub.database.read() as connection:
        rows = latest_written_rows(connection, model, lang, prompts_version(lang), MAX_BRIEFS)
    num_requested, num_rewritten = (
        sum(row.asked for row in rows),
        sum(row.rewritten for row in rows),
    )
    return Record(
        model, lang, len(rows), num_requested, num_rewritten, rows[0].made_at if rows else ""
    )


def note_written(hub: Hub, brief: Brief, *, show: bool = False) -> Written:
    """Add a written brief to its model's record, once; set it aside if the record is then poor.

    A brief without any sentence of the model is set aside too: it equals the extracts.

    Args:
        hub: The open hub.
        brief: The brief, already stored.
        show: Show it in any case, because the reader asked for it.
    """
    assert brief.model is not None and brief.writing is not None
    values = _row(brief, brief.writing)
    with hub.database.write() as connection:
        add_written_brief(connection, values)
    set_aside = not show and (
        not values["rewritten"] or record_of(hub, brief.model, brief.lang).is_poor
    )
    with hub.database.write() as connection:
        set_brief_aside(connection, brief.id, set_aside)
    return Written(brief.id, values["extract_id"], brief.model, set_aside)


def _row(brief: Brief, writing: Mapping[str, Any]) -> dict[str, Any]:
    report = writing["report"]
    return {
        "brief_id": brief.id,
        "extract_id": writing["extract_brief"],
        "model": brief.model,
        "lang": brief.lang,
        "prompts": writing["prompts_version"],
        "asked": report["asked"],
        "rewritten": report["rewritten"],
        "made_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "set_aside": False,
    }


def written_over(hub: Hub, extract_id: str) -> Written | None:
    """Return the latest brief a model wrote over an extractive one, or None."""
    with hub.database.read() as connection:
        row = latest_written_over(connection, extract_id)
    return None if row is None else Written(row.brief_id, row.extract_id, row.model, row.set_aside)
