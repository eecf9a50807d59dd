"""The background jobs as pages show them: in words, started and cancelled through jobs/worker.py."""

from __future__ import annotations

from dataclasses import dataclass

from academichub import documents
from academichub.hub import Hub
from academichub.jobs import worker
from academichub.web.rendering import Visit
from academichub.web.said import said


@dataclass(frozen=True, slots=True)
class JobView:
    """A job: `done` of `total` steps (0: not known), its state and message, and the brief it is about."""

    id: int
    state: documents.JobState
    done: int
    total: int
    text: str
    subject: str = ""

    @property
    def running(self) -> bool:
        """Whether it is queued or at work."""
        return self.state in ("queued", "running")

    def document(self) -> documents.Job:
        """Return the job as a document."""
        return documents.Job(
            id=self.id,
            state=self.state,
            running=self.running,
            done=self.done,
            total=self.total,
            text=self.text,
        )


def start(hub: Hub) -> int:
    """Start a gather in the background unless one is running; return the job's number."""
    return worker.start_gather(hub)


def cancel(hub: Hub, job: int) -> bool:
    """Ask a job to stop; return whether it was running."""
    return worker.cancel(hub, job)


def latest(visit: Visit, kind: str = "gather") -> JobView | None:
    """Return the latest job of a kind (`gather`, or `brief`: a model writes), or None if there never was one."""
    job = worker.job_status(visit.hub, kind=kind)
    if job is None:
        return None
    _ = visit.gettext
    text = {
        "queued": _("Waiting to begin."),
        "running": job.message
        or (_("Asking the model.") if kind == "brief" else _("Asking the first source.")),
        "done": job.message or _("Done."),
        "failed": job.error or _("It stopped before the end; the next gather asks again."),
        "cancelled": _("Cancelled. The extracts stay.")
        if kind == "brief"
        else _("Cancelled. What was merged before stays."),
    }[job.state]
    return JobView(job.id, job.state, job.done, job.total, said(visit, text), job.subject)
