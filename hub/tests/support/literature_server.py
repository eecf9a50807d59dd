"""arXiv's query API and Crossref on loopback, with recorded answers in their own formats."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from loopback_server import LoopbackServer, reply

from academichub.works.identifiers import fold


@dataclass(frozen=True)
class Paper:
    """A work as the recorded answers have it: an arXiv id or a DOI, a title, authors by name."""

    name: str
    title: str
    authors: Sequence[str] = ("Ada Example",)
    orcid: str = ""


@dataclass
class Literature:
    """The works that the two services know, and how they are asked."""

    arxiv: Sequence[Paper] = ()
    crossref: Sequence[Paper] = ()
    status: int = 200
    server: LoopbackServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self._answer)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [seen.path for seen in self.server.seen]

    def environment(self, home: Path) -> Mapping[str, str]:
        """Return the settings of a hub that asks these services and no other."""
        prefix = "ACADEMICHUB_SOURCES__"
        return {
            "ACADEMICHUB_HOME": str(home),
            f"{prefix}ENABLED": json.dumps(["arxiv_query", "crossref"]),
            f"{prefix}ARXIV_QUERY__BASE_URL": self.server.url,
            f"{prefix}ARXIV_ANNOUNCE__BASE_URL": self.server.url,
            f"{prefix}ARXIV_OAI__BASE_URL": self.server.url,
            f"{prefix}CROSSREF__BASE_URL": self.server.url,
            f"{prefix}ARXIV__MIN_INTERVAL_S": "0",
            f"{prefix}CROSSREF__MIN_INTERVAL_S": "0",
        }

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        address = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if self.status != 200:
            reply(self.status, b"busy")(handler)
        elif address.path == "/api/query":
            reply(200, _feed(self._of_arxiv(asked)), {"Content-Type": "application/atom+xml"})(
                handler
            )
        else:
            reply(200, _list(self._of_crossref(asked)), {"Content-Type": "application/json"})(
                handler
            )

    def _of_arxiv(self, asked: Mapping[str, str]) -> list[Paper]:
        if "id_list" in asked:
            ids = asked["id_list"].split(",")
            return [paper for paper in self.arxiv if paper.name in ids]
        kind, _, words = asked["search_query"].partition(":")
        words = fold(words)
        if kind == "au":
            return [paper for paper in self.arxiv if words in map(fold, paper.authors)]
        return [paper for paper in self.arxiv if words in fold(paper.title)]

    def _of_crossref(self, asked: Mapping[str, str]) -> list[Paper]:
        if "query.bibliographic" in asked:
            words = set(fold(asked["query.bibliographic"]).split())
            near = [paper for paper in self.crossref if words & set(fold(paper.title).split())]
            return near[: int(asked["rows"])]
        names = [part.partition(":")[2] for part in asked["filter"].split(",")]
        return [paper for paper in self.crossref if {paper.name, paper.orcid} & set(names)]


@contextmanager
def literature(arxiv: Sequence[Paper] = (), crossref: Sequence[Paper] = ()) -> Iterator[Literature]:
    """Serve some works until the end of the `with` block."""
    served = Literature(arxiv, crossref)
    with served.server:
        yield served


def _feed(papers: Sequence[Paper]) -> bytes:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{paper.name}v1</id>"
        "<updated>2026-06-01T00:00:00Z</updated><published>2026-06-01T00:00:00Z</published>"
        f"<title>{escape(paper.title)}</title><summary>About {escape(paper.title)}.</summary>"
        + "".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)
        + '<arxiv:primary_category term="cs.LG"/><category term="cs.LG"/></entry>'
        for paper in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        "<updated>2026-06-20T00:00:00-04:00</updated>"
        f"<opensearch:totalResults>{len(papers)}</opensearch:totalResults>"
        f"<opensearch:startIndex>0</opensearch:startIndex>{entries}</feed>"
    ).encode()


def _list(papers: Sequence[Paper]) -> bytes:
    items = [
        {
            "DOI": paper.name,
            "title": [paper.title],
            "type": "journal-article",
            "container-title": ["Journal of Examples"],
            "issued": {"date-parts": [[2025, 3, 1]]},
            "created": {"date-time": "2025-03-02T00:00:00Z"},
            "author": [
                {"given": name.rpartition(" ")[0], "family": name.rpartition(" ")[2]}
                for name in paper.authors
            ],
        }
        for paper in papers
    ]
    message = {"total-results": len(items), "items": items}
    return json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()
