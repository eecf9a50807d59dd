"""Crossref's REST API: the works of a journal by ISSN, by DOI, title and ORCID iD.

Pure: bytes in, records out. Source:
https://www.crossref.org/documentation/retrieve-metadata/rest-api/. With a mail address Crossref
serves from its polite pool. Deep paging is by cursor: the pages end when one is not full; a cursor
expires after some minutes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from academichub.errors import EntryError, SourceError, UsageError
from academichub.messages import Message
from academichub.sources.crossref.works import MODULE, NOT_WORKS, record_of
from academichub.sources.item_guard import ItemGuard
from academichub.text.characters import storable_json
from academichub.works.work import Record

__all__ = [
    "DOIS_A_REQUEST",
    "MODULE",
    "ROWS",
    "Page",
    "explained",
    "journal_address",
    "orcid_address",
    "parse_page",
    "title_address",
    "works_address",
]

ROWS = 100
"""Works requested on a page."""

MAX_TOTAL = 10**9
"""A larger number of results is a mistake: Crossref has some 200 million works."""

DOIS_A_REQUEST = 20
"""DOIs in one request: keeps the address below 2,000 characters for usual DOIs."""

RECENT_DAYS = 180
"""Works registered longer ago are not requested: Crossref indexes them again with each citation."""

MAX_SEARCH_CHARACTERS = 400
"""Longest text searched for: a longer title is found by its beginning."""

_ISSN = re.compile(r"\d{4}-\d{3}[\dX]")
_LISTABLE = re.compile(r"10\.\d{4,9}/[^\s,]{1,200}")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of works as received.

    Attributes:
        records: One a work, in the page's order.
        problems: What could not be read, one message each.
        count: Entries on the page, readable or not.
        skipped: Entries that are not works: whole issues, journals, components of works.
        total: Works that match the request, over all pages; None where the answer does not say.
        cursor: Where the next page begins; empty on the last page.
        faults: Works our own code failed on, one sentence each.
    """

    records: tuple[Record, ...]
    problems: tuple[Message, ...]
    count: int
    skipped: int
    total: int | None
    cursor: str
    faults: tuple[Message, ...] = ()

    def is_last(self, rows: int = ROWS) -> bool:
        """Whether this was the last page: not full, or without a cursor."""
        return self.count < rows or not self.cursor


def journal_address(
    base_url: str, issn: str, *, since: str, created: str, cursor: str = "*", mailto: str = ""
) -> str:
    """Return the address of a page of a journal's works.

    Args:
        base_url: Crossref's, without a slash at the end.
        issn: With hyphen.
        since: ISO day from which a work must have been indexed.
        created: ISO day from which it must have been registered.
        cursor: `*` for the first page, else the last page's.
        mailto: The user's mail address.

    Raises:
        UsageError: If the ISSN is not one.
    """
    if not _ISSN.fullmatch(issn):
        raise UsageError(Message.of("follow.not_an_issn", issn=issn))
    arguments = {
        "filter": f"from-index-date:{since},from-created-date:{created}",
        "rows": str(ROWS),
        "cursor": cursor,
    }
    return f"{base_url}/journals/{issn}/works?{_query(arguments, mailto)}"


def works_address(base_url: str, dois: Sequence[str], *, mailto: str = "") -> str:
    """Return the address of works by DOI, at most DOIS_A_REQUEST of them."""
    assert 0 < len(dois) <= DOIS_A_REQUEST
    arguments = {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": str(len(dois))}
    return f"{base_url}/works?{_query(arguments, mailto)}"


def title_address(base_url: str, title: str, rows: int, *, mailto: str = "") -> str:
    """Return the address of the works whose title and authors are nearest to a text."""
    arguments = {"query.bibliographic": title[:MAX_SEARCH_CHARACTERS], "rows": str(rows)}
    return f"{base_url}/works?{_query(arguments, mailto)}"


def orcid_address(base_url: str, orcid: str, *, mailto: str = "") -> str:
    """Return the address of the works of a person by ORCID iD, the first ROWS of them."""
    arguments = {"filter": f"orcid:{orcid}", "rows": str(ROWS)}
    return f"{base_url}/works?{_query(arguments, mailto)}"


def can_be_listed(doi: str) -> bool:
    """Whether a DOI can stand in a filter: a comma parts filters and cannot be escaped."""
    return bool(_LISTABLE.fullmatch(doi))


def _query(arguments: dict[str, str], mailto: str) -> str:
    return urlencode(
        {**arguments, **({"mailto": mailto} if mailto else {})}, quote_via=quote, safe=":,/*@"
    )


def parse_page(data: bytes, *, title: str = "", field: str = "", url: str = "") -> Page:
    """Read a list of works, or a single one.

    Args:
        data: The body as received.
        title: The journal's name as the reader follows it; announcements are made in it.
        field: The journal's field of science.
        url: The address requested, for messages.

    Raises:
        SourceError: `truncated`, `not_the_format`, or `protocol` for an answer that is not what the
            API documents.
    """
    message = _message(data, url)
    items = message.get("items", [message] if "DOI" in message else None)
    if not isinstance(items, list):
        raise SourceError("protocol", Message.of("crossref.no_list"), url=url)
    records, guard, skipped = [], ItemGuard(), 0
    for position, item in enumerate(items, 1):
        with guard.entry(position):
            if not isinstance(item, dict):
                raise EntryError(Message.of("entry.not_object"))
            if item.get("type") in NOT_WORKS:
                skipped += 1
                continue
            records.append(record_of(item, title=title, field=field))
    total, cursor = message.get("total-results"), message.get("next-cursor")
    return Page(
        tuple(records),
        tuple(guard.problems),
        len(items),
        skipped,
        total
        if isinstance(total, int) and not isinstance(total, bool) and 0 <= total <= MAX_TOTAL
        else None,
        cursor if isinstance(cursor, str) else "",
        tuple(guard.faults),
    )


def _decoded(data: bytes, url: str) -> object:
    if not data.strip():
        raise SourceError("truncated", Message.of("crossref.empty"), url=url)
    if data.lstrip()[:1] == b"<":
        raise SourceError("not_the_format", Message.of("crossref.markup"), url=url)
    try:
        return json.loads(storable_json(data.decode(json.detect_encoding(data), "surrogatepass")))
    except RecursionError as problem:
        raise SourceError("not_the_format", Message.of("crossref.too_deep"), url=url) from problem
    except ValueError as problem:  # UnicodeDecodeError too
        ends_early = data.lstrip()[:1] == b"{" and not data.rstrip().endswith(b"}")
        failure = "truncated" if ends_early else "not_the_format"
        raise SourceError(
            failure, Message.of("crossref.bad_json", why=str(problem)), url=url
        ) from problem


def _message(data: bytes, url: str) -> dict[str, object]:
    top = _decoded(data, url)
    if not isinstance(top, dict) or "status" not in top:
        raise SourceError("not_the_format", Message.of("crossref.no_status"), url=url)
    if top["status"] != "ok":
        complaint = _complaint(top) or str(top["status"])
        raise SourceError("protocol", Message.of("crossref.reports", complaint=complaint), url=url)
    if not isinstance(top.get("message"), dict):
        raise SourceError("protocol", Message.of("crossref.no_message"), url=url)
    message: dict[str, object] = top["message"]
    return message


_EXPLAINED = {"not_found", "bad_request", "unavailable"}
"""Failures that Crossref's own complaint explains."""


def explained(problem: SourceError) -> SourceError:
    """Return a failure with Crossref's own complaint instead of its JSON.

    The client attaches the body of a refusal as the error's note: `Resource not found.` for an
    unknown ISSN, a list of complaints for HTTP 400, a stack trace for HTTP 500, an HTML page for
    HTTP 504.
    """
    body = " ".join(getattr(problem, "__notes__", ()))
    try:
        answer = json.loads(storable_json(body)) if body.startswith("{") else {}
    except (ValueError, RecursionError):
        answer = {}
    complaint = _complaint(answer) if isinstance(answer, dict) else ""
    if problem.failure not in _EXPLAINED:
        return problem
    if problem.failure == "unavailable" and not complaint and not body.startswith("<"):
        return problem
    message = _explanation(problem.failure, complaint)
    # An expired cursor is answered like an unknown journal, but the journal is there.
    is_cursor = problem.failure == "not_found" and "cursor" in complaint.lower()
    failure = "protocol" if is_cursor else problem.failure
    return SourceError(failure, message, url=problem.url, retry_after_s=problem.retry_after_s)


def _explanation(failure: str, complaint: str) -> Message:
    """Return why Crossref refused, in its own words where it gives some."""
    if failure == "not_found":
        if not complaint:
            return Message.of("crossref.unknown")
        return Message.of("crossref.reports", complaint=complaint)
    if failure == "bad_request":
        if not complaint:
            return Message.of("crossref.bad_request_unexplained")
        return Message.of("crossref.bad_request", complaint=complaint)
    if not complaint:
        return Message.of("crossref.unavailable_gateway")
    return Message.of("crossref.unavailable", complaint=complaint)


def _complaint(answer: dict[str, object]) -> str:
    """Return what an error answer of Crossref complains of."""
    message = answer.get("message")
    parts = message if isinstance(message, list) else [message]
    complaints = (part.get("message") if isinstance(part, dict) else part for part in parts)
    return "; ".join(" ".join(text.split()) for text in complaints if isinstance(text, str))[:300]
