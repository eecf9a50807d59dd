"""What jobs and the ledger say in English, in the reader's language.

Their messages are stored as they were said, with addresses and numbers in them. A page in another language translates
the sentences it knows, piece by piece; what it does not know stays as it was said rather than being lost.
"""

from __future__ import annotations

import re

from academichub.web.labels import source_name
from academichub.web.patterns import Translate, translated
from academichub.web.rendering import Visit


def said(visit: Visit, message: str) -> str:
    """Return a message of a job or of the ledger in the reader's language."""
    if visit.lang == "en" or not message:
        return message
    return "；".join(_piece(visit, piece) for piece in message.split("; "))


def _piece(visit: Visit, piece: str) -> str:
    sentence = translated(piece, _sentences(visit.gettext))
    if sentence is not None:
        return sentence
    summary = re.fullmatch(
        r"(\d+) new works?(?: \(([\d-]+)\))?\.(?: In trouble: (.*?)\.)?( No brief was written: .*)?",
        piece,
    )
    if summary:
        return _summary(visit, *summary.groups())
    word, colon, rest = piece.partition(": ")
    known = _failures(visit.gettext).get(word.replace(" ", "_"))
    return f"{known}：{rest}" if colon and known else piece


def _summary(
    visit: Visit, count: str, day: str | None, troubled: str | None, unwritten: str | None
) -> str:
    """The result of a gather (GatherReport.summary) and what became of the brief."""
    _ = visit.gettext
    parts = [
        _("%(count)s new works.") % {"count": count}
        if not day
        else _("%(count)s new works (%(day)s).") % {"count": count, "day": day}
    ]
    if troubled:
        states = {"failed": _("failed"), "partial": _("partial"), "stale": _("stale")}
        named = []
        for one in troubled.split(", "):
            source, _space, state = one.rpartition(" ")
            named.append(f"{source_name(visit, source)} {states.get(state, state)}")
        parts.append(_("In trouble: %(sources)s.") % {"sources": "、".join(named)})
    if unwritten:
        parts.append(_("No brief was written."))
    return "".join(parts)


def _sentences(_: Translate) -> list[tuple[str, str]]:
    """Pattern of a sentence -> its translation, with the pattern's named parts."""
    return [
        (r"arXiv announcements: (?P<what>.+)", _("arXiv announcements: %(what)s")),
        (r"arXiv OAI-PMH: (?P<what>.+)", _("arXiv OAI-PMH: %(what)s")),
        (r"arXiv query API: (?P<what>.+)", _("arXiv query API: %(what)s")),
        (r"journal feed: (?P<what>.+)", _("Journal feed: %(what)s")),
        (r"done", _("Done.")),
        (r"ranking", _("Ranking.")),
        (r"writing the brief", _("Writing the brief.")),
        (
            r"asked for everything changed since (?P<day>[\d-]+)",
            _("asked for everything changed since %(day)s"),
        ),
        (
            r"asked for what is new or changed since (?P<day>[\d-]+)",
            _("asked for what is new or changed since %(day)s"),
        ),
        (r"nothing to look up: OAI confirmed every announcement", _("nothing to look up")),
        (
            r"the feed has not changed since it was merged \(HTTP 304\)",
            _("unchanged since it was merged"),
        ),
        (r"unchanged since the last gather \(HTTP 304\)", _("unchanged since it was merged")),
        (r"not compared with OAI.*", _("not compared with OAI-PMH")),
        (
            r"works that OAI shows and the feed did not, supplied by OAI: (?P<count>\d+)",
            _("works the feed left out, supplied by OAI-PMH: %(count)s"),
        ),
        (
            r"changes that feeds do not announce \(edits, sixth and later versions\), supplied by OAI: (?P<count>\d+)",
            _("changes feeds do not announce, supplied by OAI-PMH: %(count)s"),
        ),
        (
            r"the next gather asks from (?P<day>[\d-]+) again",
            _("the next gather asks from %(day)s again"),
        ),
        (
            r"OAI supplied the (?P<count>\d+) works changed on (?P<day>[\d-]+)",
            _("OAI-PMH supplied the %(count)s works of %(day)s"),
        ),
        (
            r"the traceback is in the log(?P<more> \(and \d+ more\))?",
            _("the traceback is in the log%(more)s"),
        ),
        (r"cancelled.*", _("cancelled; asked again next time")),
        *_of_models(_),
    ]


def _of_models(_: Translate) -> list[tuple[str, str]]:
    """The same for the job in which a model writes (jobs/worker.py, writer/model_brief.py, llm/wire.py)."""
    return [
        (r"asking the model", _("Asking the model.")),
        (
            r"the model has written (?P<done>\d+) of (?P<total>\d+) sentences",
            _("The model has written %(done)s of %(total)s sentences."),
        ),
        (r"written with (?P<model>.+)", _("Written with %(model)s.")),
        (
            r"(?P<model>.+) is too small to write this language: the extracts stay",
            _("%(model)s is too small to write this language: the extracts stay."),
        ),
        (
            r"(?P<model>.+) passed the checks with only (?P<part>\d+) of (?P<whole>\d+) sentences(?: lately)?"
            r": the extracts stay",
            _(
                "Only %(part)s of %(whole)s sentences by %(model)s passed the checks: the extracts stay."
            ),
        ),
        (
            r"the program was stopped before the model had written",
            _("The program was stopped before the model had written."),
        ),
        (r"the extracts stay", _("The extracts stay.")),
        (
            r"(?P<place>\S+) cannot be reached \((?P<what>\w+)\)",
            _("The language model at %(place)s cannot be reached (%(what)s)"),
        ),
        (r"check llm\.base_url", _("check llm.base_url")),
        (
            r"(?P<place>\S+) refuses the key \(HTTP (?P<code>\d+)\): check llm\.api_key",
            _("The language model at %(place)s refuses the key (HTTP %(code)s): check llm.api_key"),
        ),
        (
            r"(?P<place>\S+) (?:took longer than|did not answer within) (?P<seconds>\S+) s \(llm\.timeout_s\)",
            _(
                "The language model at %(place)s did not answer within %(seconds)s s (llm.timeout_s)"
            ),
        ),
        (
            r"(?P<place>\S+) answers HTTP (?P<code>\d+)(?P<rest>.*)",
            _("The language model at %(place)s answers HTTP %(code)s%(rest)s"),
        ),
        (
            r"the (?P<count>\d+) tokens a day of llm\.tokens_per_day are spent(?P<rest>.*)",
            _("The %(count)s tokens a day of llm.tokens_per_day are spent%(rest)s"),
        ),
    ]


def _failures(_: Translate) -> dict[str, str]:
    """Word of the failure taxonomy (errors.FAILURES) -> in the reader's language."""
    return {
        "unreachable": _("unreachable"),
        "timeout": _("too slow"),
        "rate_limited": _("asked to slow down"),
        "unavailable": _("out of order"),
        "refused": _("refused"),
        "not_found": _("not found"),
        "bad_request": _("question not accepted"),
        "redirect_blocked": _("redirect blocked"),
        "too_large": _("too large"),
        "truncated": _("cut off"),
        "not_the_format": _("not the format"),
        "protocol": _("protocol broken"),
        "our_fault": _("our fault"),
    }
