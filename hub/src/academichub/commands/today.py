"""`academichub today`: a day's works, ranked for the reader."""

from __future__ import annotations

import textwrap

import click

from academichub.hub import open_hub
from academichub.i18n.message_text import messages_text
from academichub.radar.cards import Card
from academichub.radar.combined import today_of
from academichub.radar.today import TodayPage, TodayRequest

MAX_AUTHORS_SHOWN = 8


@click.command()
@click.option(
    "--date", "day", metavar="DAY", help="The day, YYYY-MM-DD; the latest one known if not given."
)
@click.option("--days", type=int, metavar="N", help="The N days up to the day.")
@click.option(
    "--author",
    "authors",
    multiple=True,
    metavar="NAME",
    help="Only works of this person; may be repeated.",
)
@click.option(
    "--source", "sources", multiple=True, metavar="NAME", help="Only from this source, e.g. arXiv."
)
@click.option(
    "--category",
    "categories",
    multiple=True,
    metavar="NAME",
    help="Only in this category or archive.",
)
@click.option(
    "--batch",
    type=int,
    default=0,
    metavar="N",
    help="Page N of the order, from 0; with --seed, draw N of the works that come next.",
)
@click.option("--seed", type=int, metavar="N", help="Draw batches in place of pages.")
@click.option("-n", "--size", type=int, default=20, show_default=True, help="Works a batch.")
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Of the reasons.",
)
@click.option(
    "--radar",
    "radar_name",
    metavar="NAME",
    help="The radar; `all` for all of them, the first one if not given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def today(
    day: str | None,
    days: int | None,
    authors: tuple[str, ...],
    sources: tuple[str, ...],
    categories: tuple[str, ...],
    batch: int,
    seed: int | None,
    size: int,
    lang: str,
    radar_name: str | None,
    as_json: bool,
) -> None:
    """Show a day's works in the order of your radar."""
    request = TodayRequest(day, days, authors, sources, categories, batch, seed, size)
    hub = open_hub()
    try:
        page = today_of(hub, request, radar_name)
    finally:
        hub.close()
    if as_json:
        click.echo(page.document(lang).json_text())
    else:
        _print(page, lang)


def _print(page: TodayPage, lang: str) -> None:
    span = page.date if page.first == page.date else f"{page.first} to {page.date}"
    click.echo(
        f"{span or 'no day yet'}: {page.total} works"
        + (f", batch {page.batch}" if page.batch else "")
    )
    for line in (messages_text(page.notes, lang), messages_text(page.empty, lang)):
        if line:
            click.echo(line)
    for card in page.cards:
        _print_card(card, lang)
    if page.carried:
        click.echo("\nUnread from the days before:")
    for card in page.carried:
        _print_card(card, lang)


def _print_card(card: Card, lang: str) -> None:
    kind = f" [{card.announce_type}]" if card.announce_type not in ("", "new") else ""
    also = f" (also {', '.join(card.cross_lists)})" if card.cross_lists else ""
    names = ", ".join(card.authors[:MAX_AUTHORS_SHOWN]) + (
        " et al." if len(card.authors) > MAX_AUTHORS_SHOWN else ""
    )
    from_radars = f"  [{', '.join(card.radars)}]" if card.radars else ""
    click.echo(f"\n{card.rank:3d}. {card.label}{kind}{also}  {card.score:.2f}{from_radars}")
    for text in (card.title, names, messages_text(card.why, lang), card.url):
        if text:
            click.echo(
                textwrap.fill(
                    text,
                    110,
                    initial_indent="     ",
                    subsequent_indent="     ",
                    break_long_words=False,
                )
            )
