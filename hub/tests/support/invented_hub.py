"""A hub whose library holds the invented day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from invented_window import window_records

from academichub.briefs.brief import Brief
from academichub.briefs.brief_store import write_brief
from academichub.hub import Hub, open_hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = open_hub()
    opened.library.add(window_records())
    yield opened
    opened.close()


@pytest.fixture
def brief(hub: Hub) -> Brief:
    return write_brief(hub, 1, "en")
