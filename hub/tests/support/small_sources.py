"""Every source of a gather on one loopback server, with a few works whose markup the test sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback_server import Answer, LoopbackServer, reply

from academichub.hub import Hub
from academichub.settings import load_settings

DAY = "2026-06-24"
CLOCK = "Wed, 24 Jun 2026 12:00:00 GMT"

_ATOM = f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>updates</title>
<updated>{DAY}T05:00:00+00:00</updated>%s</feed>"""
_ATOM_ENTRY = f"""<entry><id>oai:arXiv.org:{{id}}v1</id><title>{{title}}</title>
<summary>arXiv:{{id}}v1 Announce Type: new Abstract: An abstract.</summary><category term="{{category}}"/>
<published>{DAY}T00:00:00-04:00</published><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>Ada Fictive</dc:creator></entry>"""
_OAI = f"""<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>{DAY}T12:00:00Z</responseDate><request>x</request>%s</OAI-PMH>"""
_OAI_RECORD = f"""<record><header><identifier>oai:arXiv.org:{{id}}</identifier><datestamp>{DAY}</datestamp></header>
<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{{id}}</id><version version="v1">
<date>Tue, 23 Jun 2026 10:00:00 GMT</date><size>9kb</size></version><title>{{title}}</title>
<authors>Ada Fictive</authors><categories>{{category}}</categories><abstract>An abstract.</abstract></arXivRaw></metadata>
</record>"""
_QUERY = f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:o="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">
<updated>{DAY}T00:00:00-04:00</updated><o:totalResults>{{count}}</o:totalResults><o:startIndex>0</o:startIndex>
{{entries}}</feed>"""
_QUERY_ENTRY = """<entry><id>http://arxiv.org/abs/{id}v1</id><updated>2026-06-23T10:00:00Z</updated>
<published>2026-06-23T10:00:00Z</published><title>{title}</title><summary>An abstract.</summary>
<author><name>Ada Fictive</name></author><category term="{category}"/></entry>"""


@dataclass
class SmallSources:
    """What the server gives; the test sets it.

    Attributes:
        announced: Category -> (arXiv id, title as XML) pairs, in feeds and over OAI-PMH.
        queried: The same of the query API.
        works: Crossref's works by ISSN, as JSON text.
        pages: Path -> answer, for feeds.
    """

    announced: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    queried: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    works: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, Answer] = field(default_factory=dict)
    server: LoopbackServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self._answer)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.server.seen]

    def feed(self, path: str, body: str | bytes, **headers: str) -> None:
        """Serve a feed, with the server's clock unless a header `Date` says another."""
        data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        self.pages[path] = reply(200, data, {"Date": CLOCK, **headers})

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = self.pages.get(parts.path)
        if answer is None:
            answer = reply(
                200, self._body(parts.path, query).encode("utf-8", "surrogatepass"), {"Date": CLOCK}
            )
        # send_response() would add a second Date header.
        handler.send_response = lambda code, *_: handler.send_response_only(code)  # type: ignore[method-assign]
        answer(handler)

    def _body(self, path: str, query: dict[str, str]) -> str:
        if path.startswith("/atom/"):
            return _ATOM % "".join(_filled(_ATOM_ENTRY, path.rpartition("/")[2], self.announced))
        if path == "/oai":
            category = ".".join(query.get("set", "").split(":")[1:])
            records = "".join(_filled(_OAI_RECORD, category, self.announced))
            return _OAI % (
                f"<ListRecords>{records}</ListRecords>"
                if records
                else "<error code='noRecordsMatch'/>"
            )
        if path == "/api/query":
            ids = query.get("id_list", "").split(",")
            pairs_by_category = [
                (category, pair) for category, pairs in self.queried.items() for pair in pairs
            ]
            matching = [
                (category, pair)
                for category, pair in pairs_by_category
                if pair[0] in ids or f"cat:{category}" in str(query)
            ]
            entries = [
                _QUERY_ENTRY.format(id=name, title=title, category=category)
                for category, (name, title) in matching
            ]
            return _QUERY.format(count=len(entries), entries="".join(entries))
        works = self.works.get(path.split("/")[2], []) if path.startswith("/journals/") else []
        return f'{{"status": "ok", "message": {{"total-results": {len(works)}, "items": [{", ".join(works)}]}}}}'


def _filled(template: str, category: str, works: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    for name, title in works.get(category, []):
        yield template.format(id=name, title=title, category=category)


def crossref_work(number: int, **more: Any) -> str:
    """Return a work of Crossref as JSON text."""
    work = {
        "DOI": f"10.5555/work.{number}",
        "type": "journal-article",
        "title": [f"Invented Work {number}"],
        "author": [{"given": "Ada", "family": f"Fictive {number}"}],
        "created": {"date-parts": [[2026, 6, 20]]},
        **more,
    }
    return json.dumps(work)


def rss(*items: str, title: str = "A journal") -> str:
    """Return an RSS feed of items given as the markup inside `<item>`."""
    inside = "".join(f"<item>{markup}</item>" for markup in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{inside}</channel></rss>'


def rss_item(number: int | str, title: str, date: str = "Mon, 22 Jun 2026 09:00:00 GMT") -> str:
    """Return the markup of an item."""
    link = f"<link>https://a.example/{number}</link>"
    return f"<title>{title}</title>{link}<description>Plain text.</description><pubDate>{date}</pubDate>"


@contextmanager
def opened_hub(
    home: Path, url: str, categories: tuple[str, ...] = ("cs.GT", "cs.CL")
) -> Iterator[Hub]:
    """Give a hub whose sources are all on one server and are query without a pause."""
    settings = {
        "ACADEMICHUB_HOME": str(home),
        "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES": json.dumps(categories),
        "ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S": "0",
        "ACADEMICHUB_SOURCES__FEED__MIN_INTERVAL_S": "0",
    }
    for name in ("ARXIV_ANNOUNCE", "ARXIV_OAI", "ARXIV_QUERY", "CROSSREF"):
        settings[f"ACADEMICHUB_SOURCES__{name}__BASE_URL"] = url
    hub = Hub(load_settings(settings))
    try:
        yield hub
    finally:
        hub.close()
