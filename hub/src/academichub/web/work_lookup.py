"""The work that an address names."""

from __future__ import annotations

from academichub.errors import NotFoundError
from academichub.hub import Hub
from academichub.library.works import Library
from academichub.messages import Message
from academichub.works.work import Work


def require_work(hub: Hub, name: str) -> tuple[Work, Library]:
    """Return a work by key or any identifier, with its library; the starter shelf is searched last.

    Raises:
        NotFoundError: If there is none.
    """
    for library in (hub.library, hub.shelf):
        work = library.get(name)
        if work is not None:
            return work, library
    raise NotFoundError(Message.of("library.no_work", name=name[:200]))
