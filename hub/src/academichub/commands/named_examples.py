"""`academichub radar add example`: works as the reader names them, resolved at their sources."""

from __future__ import annotations

from collections.abc import Iterable

import click

from academichub import documents
from academichub.errors import NotFoundError
from academichub.gathering.examples import (
    ExamplesAdded,
    Unresolved,
    add_references,
    forget_unresolved,
    unresolved_of,
)
from academichub.gathering.lookups import COMMAND_S, Lookups
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.radar.radar import Radar
from academichub.works.references import read_references


def add_named_examples(hub: Hub, radar: Radar, text: str, weight: float, *, as_json: bool) -> None:
    """Add the works that lines of text name, and print what came of them.

    Raises:
        NotFoundError: If the text names a single work, and it cannot be resolved.
        UsageError: If it names nothing, or too much.
    """
    references = read_references(text)
    with Lookups(hub, COMMAND_S) as lookups:
        added = add_references(hub, radar, references, lookups, weight=weight)
    if len(references) == 1 and added.unresolved and not added.unresolved[0].waits:
        raise NotFoundError(added.unresolved[0].message)
    if as_json:
        click.echo(_document(added).json_text())
        return
    for line in _lines(added.unresolved):
        click.echo(line, err=True)
    for signal in added.change.added:
        click.echo(f"  + {signal.kind} {signal.value}")
    click.echo(f"{added.examples} of {len(references)} works are examples")


def _document(added: ExamplesAdded) -> documents.ExamplesChange:
    change = added.change.document()
    document = documents.ExamplesChange.model_validate(change.model_dump())
    if added.unresolved:
        unresolved = [reference.document() for reference in added.unresolved]
        document = document.model_copy(update={"unresolved": unresolved})
    return document


def unresolved_lines(hub: Hub, radar: Radar) -> list[str]:
    """Return a line for each work that was named for a radar and is no example."""
    return _lines(unresolved_of(hub, radar))


def _lines(unresolved: Iterable[Unresolved]) -> list[str]:
    return [f"no example: {work.text}: {message_text(work.reason)}" for work in unresolved]


def forget_named_example(hub: Hub, radar: Radar, text: str) -> bool:
    """Remove a work from those that are not resolved; return whether it was one of them."""
    if all(work.text != text for work in unresolved_of(hub, radar)):
        return False
    forget_unresolved(hub, radar, text)
    return True
