"""A source that the hub does not ship, in one file: two shelves of papers as JSON, page by page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from academichub.errors import InputError, SourceError
from academichub.sources.item_guard import ItemGuard
from academichub.sources.protocol import Listing, Page, Plan, Source
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record

NAME = "invented_archive"


class InventedReader:
    """Reads `/papers?shelf=...&since=...&page=...`: `{"total", "papers", "more"}`."""

    def listings(self, plan: Plan) -> Sequence[Listing]:
        return [
            Listing(
                shelf,
                f"{plan.base_url}/papers?shelf={shelf}&since={plan.since(shelf) or 'ever'}&page=1",
            )
            for shelf in ("birds", "stones")
        ]

    def read(self, data: bytes, url: str) -> Page:
        try:
            answer = json.loads(data)
        except ValueError as problem:
            raise SourceError("not_the_format", f"not JSON: {problem}", url=url) from problem
        records, guard = [], ItemGuard()
        for number, paper in enumerate(answer["papers"], 1):
            with guard.entry(number):
                records.append(_record(paper))
        page = int(parse_qs(urlsplit(url).query)["page"][0])
        following = url.removesuffix(f"page={page}") + f"page={page + 1}" if answer["more"] else ""
        return Page(records, guard.problems, guard.faults, answer["total"], following)


def _record(paper: dict[str, str]) -> Record:
    if not paper.get("title"):
        raise InputError("the title is missing")
    return Record(
        source=NAME,
        source_key=paper["doi"],
        identifiers=(Identifier("doi", paper["doi"]),),
        title=paper["title"],
        authors=(Author("Ada Fictive"),),
        abstract=paper.get("abstract", ""),
        published=paper["day"],
        announcements=(Announcement(NAME, paper["day"], "new", paper["subject"], 1),),
        kind="preprint",
    )


INVENTED_ARCHIVE = Source(
    NAME,
    "Invented Archive",
    order=45,
    requests="what was added to two shelves since the last gather",
    base_url="https://invented.example",
    min_interval_s=0.5,
    announces_journals=False,
    reader=InventedReader(),
)
