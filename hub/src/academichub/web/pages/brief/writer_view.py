"""The model's part in a brief as pages show it: how far it is, what came of it, why extracts stay.

The page never waits for a model: it shows what is stored, and the state of the job that writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from academichub import documents
from academichub.hub import Hub
from academichub.messages import Message
from academichub.store.briefs_store import brief_document
from academichub.store.track_records_store import WrittenRow, latest_written_over
from academichub.web import job_view
from academichub.web.formatting import format_number
from academichub.web.job_view import JobView
from academichub.web.rendering import Visit


@dataclass(frozen=True, slots=True)
class ModelState:
    """How a brief's page describes the model.

    Attributes:
        job: The job that writes now, of this brief or another; None if none runs.
        is_ours: Whether it writes this brief.
        note: What became of the model's writing over these extracts; empty if there is nothing to
            say.
        other: Address of the other version, the model's or the extracts; empty if there is none.
        is_set_aside: Whether the model wrote and the extracts are shown in its place.
        may_try: Whether the reader can let the model write.
    """

    job: JobView | None = None
    is_ours: bool = False
    note: str = ""
    other: str = ""
    is_set_aside: bool = False
    may_try: bool = False


@dataclass(frozen=True, slots=True)
class WritingView:
    """How a model's brief was written: the model, the figures of its report, and why it stopped.

    `stopped` is empty if the model wrote to the end.
    """

    model: str
    facts: tuple[tuple[str, str], ...]
    stopped: str


def model_state(visit: Visit, brief: documents.Brief) -> ModelState:
    """Return how a stored brief's page describes the model."""
    has_model = visit.hub.llm.base_url is not None
    job = job_view.latest(visit, "brief")
    running = job if job is not None and job.running else None
    is_ours = job is not None and job.subject == brief.id
    if brief.writing is not None:
        return ModelState(running, is_ours, "", _address(visit.hub, brief.writing.extract_brief))
    written = _written_over(visit.hub, brief.id)
    if written is not None:
        note = _figures(visit, written) if written.set_aside else ""
        return ModelState(
            running,
            is_ours,
            note,
            f"/brief/{written.brief_id}",
            bool(written.set_aside),
            bool(written.set_aside) and has_model and running is None,
        )
    note = job.text if job is not None and is_ours and not job.running else ""
    return ModelState(running, is_ours, note, may_try=has_model and running is None)


def writing_view(visit: Visit, brief: documents.Brief) -> WritingView | None:
    """Return how a model's brief came to be; None for an extractive one."""
    if brief.writing is None or not brief.model:
        return None
    _ = visit.gettext
    report = brief.writing.report
    facts = (
        (_("Sentences the model wrote"), _share(visit, report.rewritten, report.asked)),
        (
            _("Answers that differ from the extract"),
            _share(visit, report.differing, report.answered),
        ),
        (
            _("Of those, passed every check"),
            _share(visit, report.rewritten, report.differing),
        ),
        _saved(visit, brief.lang, report),
    )
    return WritingView(brief.model, facts, _stopped(visit, brief.writing))


def _saved(visit: Visit, lang: str, report: documents.WritingReport) -> tuple[str, str]:
    _ = visit.gettext
    part, whole = str(report.words_saved), str(report.words_before)
    # Chinese is written without blanks: there the report counts characters.
    return (
        _("Characters saved") if lang == "zh" else _("Words saved"),
        _("%(part)s of %(whole)s", part=part, whole=whole),
    )


def _stopped(visit: Visit, writing: documents.Writing) -> str:
    """Return why the model stopped; empty if it did not."""
    return visit.text(*documents.messages_of(writing.details)) or writing.stopped


def reason_for_extract(visit: Visit, word: str) -> str:
    """Return why an extract stays, in the reader's language; empty if no model was asked."""
    _ = visit.gettext
    return {
        "": "",
        "unchanged": _("The model gave the extract back."),
        "wording": _("The extract stays: the model's wording cannot be shown."),
        "checks": _("The extract stays: what the model wrote did not pass the checks."),
        "answer": _("The extract stays: the model gave no usable answer."),
        "stopped": _("The extract stays: the model did not answer any more."),
        "language": _("The extract stays: the model does not write this language."),
    }.get(word, word)


def reasons_in(
    visit: Visit, checks: documents.SentenceChecks | documents.Attempt
) -> tuple[str, ...]:
    """Return the reasons of checks in the reader's language, of an older brief as stored."""
    if "details" in checks.model_fields_set:
        return tuple(visit.text(reason) for reason in documents.messages_of(checks.details))
    return tuple(checks.reasons)


def _share(visit: Visit, part: int, whole: int) -> str:
    _ = visit.gettext
    counted = _("%(part)s of %(whole)s", part=str(part), whole=str(whole))
    share = format_number(round(100 * part / whole), visit.lang) if whole else ""
    return _("%(counted)s (%(share)s %%)", counted=counted, share=share) if whole else counted


def _figures(visit: Visit, written: WrittenRow) -> str:
    return visit.text(
        Message.of(
            "writing.set_aside",
            model=written.model,
            part=written.rewritten,
            whole=written.asked,
        )
    )


def _address(hub: Hub, brief_id: str) -> str:
    """Return the path of a brief if it is there."""
    with hub.database.read() as connection:
        return "" if brief_document(connection, brief_id) is None else f"/brief/{brief_id}"


def _written_over(hub: Hub, brief_id: str) -> WrittenRow | None:
    """Return the row of the latest brief a model wrote over an extractive one, or None."""
    with hub.database.read() as connection:
        return latest_written_over(connection, brief_id)
