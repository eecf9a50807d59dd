"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/): text in, a document out. No IO."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from academichub.errors import EntryError, SourceError
from academichub.messages import Message
from academichub.sources.feeds.entries import Document, Entry, cut
from academichub.sources.item_guard import ItemGuard
from academichub.text.markup import one_line
from academichub.works.author import Author


def read_json_feed(text: str, *, max_entries: int, url: str = "") -> Document:
    """Return the document of a JSON Feed.

    Raises:
        SourceError: `truncated` or `not_the_format`.
    """
    try:
        top = json.loads(text)
    except RecursionError as problem:
        raise SourceError("not_the_format", Message.of("feed.json_too_deep"), url=url) from problem
    except ValueError as problem:
        ends_early = not text.rstrip().endswith(("}", "]"))
        failure = "truncated" if ends_early else "not_the_format"
        raise SourceError(
            failure, Message.of("feed.bad_json", why=str(problem)), url=url
        ) from problem
    if not isinstance(top, dict) or not isinstance(top.get("items"), list) or "version" not in top:
        raise SourceError("not_the_format", Message.of("feed.not_json_feed"), url=url)
    document = Document(title=_text(top, "title"), language=_text(top, "language"))
    items, guard = top["items"][:max_entries], ItemGuard(document.problems, document.faults)
    for position, item in enumerate(items, 1):
        with guard.entry(position):
            if not isinstance(item, dict):
                raise EntryError(Message.of("entry.not_object"))
            document.entries.append(_entry(item))
    document.lost += len(items) - len(document.entries)
    if len(top["items"]) > max_entries:
        document.problems.append(
            Message.of("feed.only_first", limit=max_entries, total=len(top["items"]))
        )
        document.lost += len(top["items"]) - max_entries
    return document


def _entry(item: dict[str, Any]) -> Entry:
    summary = _text(item, "summary")
    return Entry(
        guid=_text(item, "id"),
        links=[link for link in (_text(item, "url"), _text(item, "external_url")) if link],
        title=_text(item, "title"),
        texts=[
            text
            for text in (summary, _text(item, "content_html"), _text(item, "content_text"))
            if text
        ],
        summary=summary or _text(item, "content_html") or _text(item, "content_text"),
        authors=list(_authors(item)),
        identifiers=[value for name in ("doi", "_doi") if (value := _text(item, name))],
        dates=[
            value for name in ("date_published", "date_modified") if (value := _text(item, name))
        ],
        language=_text(item, "language"),
        raw=cut(json.dumps(item, ensure_ascii=True)),
    )


def _authors(item: dict[str, Any]) -> Iterable[Author]:
    """Yield the authors of version 1.1 (`authors`), else the one of version 1.0 (`author`)."""
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    for author in authors or ():
        if isinstance(author, dict) and (name := one_line(_text(author, "name"))):
            yield Author(name[:200])


def _text(part: dict[str, Any], name: str) -> str:
    """Return a member as text; JSON Feed 1.0 wrote some ids as numbers."""
    value = part.get(name)
    return (
        str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    )
