"""A hub with invented works, and a client for its pages and API."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from real_browser import address, browser, visit
from starlette.testclient import TestClient

from academichub import preferences
from academichub.hub import Hub, open_hub
from academichub.settings import load_settings
from academichub.web.app import create_app
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Version

__all__ = ["address", "browser", "visit"]

BASE = "http://127.0.0.1:8000"
DAY = "2026-01-06"
EARLIER = "2026-01-05"

TOPICS = (
    (
        "Latent rollouts for planning on unseen maps",
        ("cs.LG", "cs.AI"),
        "planning with latent dynamics on street maps",
    ),
    (
        "A census of soil fungi by sound",
        ("q-bio.PE",),
        "passive acoustic recorders hear hyphae grow in forest soil",
    ),
    (
        "Error correction with few ancilla qubits",
        ("quant-ph",),
        "ancilla qubits correct errors on heavy hex lattices",
    ),
    (
        "Stable optimisers under partial participation",
        ("cs.LG", "math.OC"),
        "federated optimisers stay stable",
    ),
    (
        "A catalogue of quiet dwarf galaxies",
        ("astro-ph.GA",),
        "dwarf galaxies that form no stars, from deep surveys",
    ),
    (
        "Tipping points of coupled climate elements",
        ("physics.ao-ph",),
        "coupled tipping elements in the climate system",
    ),
)


def made_record(number: int, day: str = DAY, **more: object) -> Record:
    """Return an invented arXiv record; 1 is a replacement with four versions."""
    title, categories, theme = TOPICS[number % len(TOPICS)]
    versions = (
        tuple(Version(one, f"2026-01-0{one}", day if one == 4 else None) for one in range(1, 5))
        if number == 6
        else ()
    )
    version = 4 if number == 6 else 1
    values: dict[str, object] = {
        "source": "arxiv_announce",
        "source_key": f"oai:arXiv.org:2601.{number:05d}v{version}",
        "identifiers": (Identifier("arxiv", f"2601.{number:05d}"),),
        "title": title if number <= 6 else f"{title}, part {number}",
        "authors": (Author("Ada Example"), Author(f"Person {number:02d}")),
        "abstract": f"We study {theme} in work {number}. "
        + f"The method reaches {number + 50}.5% on invented data. " * 6,
        "categories": categories,
        "version": version,
        "versions": versions,
        "datestamp": day,
        "published": day,
        "announcements": (
            Announcement(
                "arxiv_announce", day, "replace" if number == 6 else "new", categories[0], version
            ),
        ),
        "raw": f"<entry>{number}</entry>",
    }
    return Record(**(values | more))  # type: ignore[arg-type]


def open_at(home: Path) -> Hub:
    """Open the hub of a data folder, whatever the environment says."""
    return open_hub(load_settings({"ACADEMICHUB_HOME": str(home)}))


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 40 works on one day and 5 on the day before; the first choices are made."""
    home = tmp_path_factory.mktemp("made")
    made = open_at(home)
    made.library.add([made_record(number) for number in range(1, 41)])
    made.library.add([made_record(number, EARLIER) for number in range(41, 46)])
    made.preferences.set(preferences.FIELDS_CHOSEN, [])
    made.close()
    return home


@pytest.fixture
def hub(made_home: Path, tmp_path: Path) -> Iterator[Hub]:
    """A hub of the test's own, over a copy of the made data folder."""
    shutil.copytree(made_home, tmp_path / "hub")
    opened = open_at(tmp_path / "hub")
    yield opened
    opened.close()


@pytest.fixture
def client(hub: Hub) -> Iterator[TestClient]:
    """A browser without JavaScript on the hub's pages."""
    with TestClient(create_app(hub), base_url=BASE, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_reader(
    made_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("read") / "hub"
    shutil.copytree(made_home, home)
    opened = open_at(home)
    with TestClient(create_app(opened), base_url=BASE, raise_server_exceptions=False) as client:
        yield client
    opened.close()


@pytest.fixture
def reader(shared_reader: TestClient) -> TestClient:
    """A browser that only reads, on a hub shared by all such tests; without cookies of another test."""
    shared_reader.cookies.clear()
    return shared_reader


def token_of(client: TestClient, path: str = "/settings") -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path).text)
    assert found, path
    return found[1]


@pytest.fixture
def post(client: TestClient) -> Callable[..., object]:
    """Send a form with its token, as a browser does."""

    def send(path: str, data: dict[str, object] | None = None, **more: object) -> object:
        return client.post(path, data={"csrf": token_of(client), **(data or {})}, **more)  # type: ignore[arg-type]

    return send
