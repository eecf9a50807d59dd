"""The background jobs as pages show them, started and cancelled through jobs/."""

from __future__ import annotations

from dataclasses import dataclass

from academichub import documents
from academichub.hub import Hub
from academichub.jobs import status, worker
from academichub.messages import Message
from academichub.web.rendering import Visit


@dataclass(frozen=True, slots=True)
class JobView:
    """A job: `done` of `total` steps (0: not known), state, messages, and the brief it is about."""

    id: int
    state: documents.JobState
    done: int
    total: int
    text: str
    subject: str = ""
    messages: tuple[Message, ...] = ()

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
            details=documents.message_details(self.messages),
        )


def start(hub: Hub) -> int:
    """Start a gather in the background unless one is running; return the job's number."""
    return worker.start_gather(hub)


def cancel(hub: Hub, job: int) -> bool:
    """Ask a job to stop; return whether it was running."""
    return status.cancel(hub, job)


def latest(visit: Visit, kind: str = "gather") -> JobView | None:
    """Return the latest job of a kind (`gather`, or `brief`: a model writes), or None."""
    job = status.job_status(visit.hub, kind=kind)
    if job is None:
        return None
    _ = visit.gettext
    fallback = {
        "queued": _("Waiting to begin."),
        "running": _("Asking the model.") if kind == "brief" else _("Asking the first source."),
        "done": _("Done."),
        "failed": _("It stopped before the end; the next gather asks again."),
        "cancelled": _("Cancelled. The extracts stay.")
        if kind == "brief"
        else _("Cancelled. What was merged before stays."),
    }[job.state]
    # The last step does not describe a job that waits or was stopped by the reader.
    messages = job.messages if job.state in ("running", "done", "failed") else ()
    text = visit.text(*messages) or fallback
    return JobView(job.id, job.state, job.done, job.total, text, job.subject, messages)
