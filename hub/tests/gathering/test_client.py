"""The client of a gather: whom it may contact, and how it introduces itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback_server import LoopbackServer, reply

from academichub.errors import SourceError
from academichub.gathering.client import open_client
from academichub.hub import Hub
from academichub.settings import load_settings


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(reply(200, b"[]")) as running:
        yield running


@pytest.fixture
def hub(server: LoopbackServer, tmp_path: Path) -> Iterator[Hub]:
    environment = {
        "ACADEMICHUB_HOME": str(tmp_path),
        "ACADEMICHUB_SOURCES__CROSSREF__BASE_URL": server.url,
        "ACADEMICHUB_SOURCES__CROSSREF__MAILTO": "ada@example.org",
    }
    opened = Hub(load_settings(environment))
    yield opened
    opened.close()


def test_an_address_of_the_settings_is_contacted_with_the_readers_mail_address(
    hub: Hub, server: LoopbackServer
) -> None:
    with open_client(hub) as client:
        client.get(f"{server.url}/works", module="crossref", interval_s=0.0)
    (request,) = server.seen
    assert request.headers["user-agent"].endswith("(mailto:ada@example.org)")


def test_any_other_private_address_is_refused_before_it_is_contacted(hub: Hub) -> None:
    with LoopbackServer() as other, open_client(hub) as client:
        with pytest.raises(SourceError) as refused:
            client.get(f"{other.url}/feed", module="feed", interval_s=0.0)
        assert refused.value.failure == "bad_request"
        assert other.seen == []
