"""Background jobs: `/api/gather` and `/api/briefs/writing`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document

JobState = Literal["none", "queued", "running", "done", "failed", "cancelled"]


class Job(Document):
    """The latest job of a kind."""

    id: int | None
    """Number of the job; null if there never was one."""
    state: JobState
    """`none` if there never was one."""
    running: bool
    """Whether it is queued or at work."""
    done: int
    """Steps done."""
    total: int
    """Steps in all; 0 where not known."""
    text: str
    """What it does now, or what came of it, in the language of the request."""


class WritingJob(Job):
    """The latest job in which a language model wrote a brief."""

    brief: str | None
    """Id of the brief; null if there never was such a job."""
