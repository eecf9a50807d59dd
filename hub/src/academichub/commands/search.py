"""`academichub search`: find works in the library."""

from __future__ import annotations

import re

import click

from academichub import documents
from academichub.hub import open_hub
from academichub.search.service import MAX_REACH, SearchResult
from academichub.search.service import search as find

_NOTES = {
    "any_words": "no work has all the words; these have some of them",
    "ranked_words": "works with more of the words come first",
    "by_meaning": "ranked by words and by meaning",
    "nothing_asked": "the query holds no word",
}


class _QueryCommand(click.Command):
    """Takes `-word` for a word of the query: only `-n` and `-h` are options of one dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move words that begin with one dash behind the options."""
        options: list[str] = []
        words: list[str] = []
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                words += rest
            elif re.fullmatch(r"-[^-].*|-", arg, re.DOTALL) and not re.fullmatch(r"-h|-n\d*", arg):
                words.append(arg)
            else:
                options.append(arg)
        return super().parse_args(ctx, [*options, "--", *words] if words else options)


@click.command(cls=_QueryCommand)
@click.argument("query", nargs=-1, required=True)
@click.option(
    "-n",
    "limit",
    type=click.IntRange(1, MAX_REACH),
    default=10,
    show_default=True,
    help="Most hits.",
)
@click.option(
    "--offset", type=click.IntRange(0, MAX_REACH - 1), default=0, help="Hits to pass over."
)
@click.option(
    "--any",
    "any_words",
    is_flag=True,
    help="Rank works with any of the words, not only with all of them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(query: tuple[str, ...], limit: int, offset: int, any_words: bool, as_json: bool) -> None:
    """Search the library.

    QUERY is words, "phrases", -excluded words, OR, brackets, beginnings of words (transfo*), and
    fields: ti: au: abs: venue: cat: year: date: src: id:. Chinese words need no blanks between
    them.
    """
    hub = open_hub()
    try:
        text = " ".join(query)
        result = find(
            hub.reading,
            text,
            limit=limit,
            offset=offset,
            highlights=not as_json,
            any_words=any_words,
            semantic=hub.semantic,
        )
    finally:
        hub.close()
    for note in result.notes:
        if note in _NOTES:
            click.echo(_NOTES[note], err=True)
    click.echo(_document(result).json_text() if as_json else _as_text(result))


def _document(result: SearchResult) -> documents.SearchPage:
    hits = [
        documents.Hit(
            rank=hit.rank,
            key=hit.work.key,
            identifiers=dict(hit.work.public_identifiers),
            title=hit.work.title,
            score=hit.score,
        )
        for hit in result.hits
    ]
    return documents.SearchPage(query=result.query, total=result.total, hits=hits)


def _as_text(result: SearchResult) -> str:
    lines = [f"{result.total} works"]
    for hit in result.hits:
        names = ", ".join(author.name for author in hit.work.authors[:4])
        more = " et al." if len(hit.work.authors) > 4 else ""
        lines += [
            "",
            f"{hit.rank}. {hit.work.title}",
            f"   {names}{more}  {hit.work.url or hit.work.key}",
        ]
        lines += [f"   {hit.snippet}"] if hit.snippet else []
    return "\n".join(lines)
