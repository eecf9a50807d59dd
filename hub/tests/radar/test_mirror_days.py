"""Real announcement days from the mirror: a replacement and a cross-list of one person, with their labels."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from academichub.gathering.gather import run_gather
from academichub.hub import open_hub
from academichub.radar.today import TodayRequest, today
from academichub.settings import load_settings

pytestmark = pytest.mark.mirror


@pytest.fixture
def mirror(shared_mirror: Path, shared_data: Path) -> Iterator[str]:
    data = [
        shared_data / "arxiv" / "seed_page.jsonl",
        shared_data / "arxiv" / "stream_2026-06-15_to_2026-06-29.jsonl.gz",
    ]
    command = [
        sys.executable,
        str(shared_mirror / "arxiv_mirror.py"),
        "--data",
        *map(str, data),
        "--today",
        "2026-06-12",
    ]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def set_day(url: str, day: str) -> None:
    body = json.dumps({"today": day}).encode()
    asked = urllib.request.Request(f"{url}/control", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=10).read()


def test_an_author_over_five_days(mirror: str, tmp_path: Path) -> None:
    environment = {
        "ACADEMICHUB_HOME": str(tmp_path),
        "ACADEMICHUB_SOURCES__ENABLED": '["arxiv_announce", "arxiv_oai"]',
        "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES": '["cs.LG", "cs.AI"]',
        "ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S": "0",
        **{
            f"ACADEMICHUB_SOURCES__ARXIV_{name}__BASE_URL": mirror
            for name in ("ANNOUNCE", "OAI", "QUERY")
        },
    }
    hub = open_hub(load_settings(environment))
    codes = {}
    for day in ("2026-06-12", "2026-06-13", "2026-06-15", "2026-06-16"):
        set_day(mirror, day)
        run_gather(hub)
        codes[day] = today(hub).empty_code
    assert codes == {
        "2026-06-12": None,
        "2026-06-13": "weekend",
        "2026-06-15": None,
        "2026-06-16": None,
    }
    page = today(hub, TodayRequest(authors=("Akshay Krishnamurthy",)))
    cards = {card.key: card for card in page.cards}
    assert cards.keys() == {"arxiv:2511.05963", "arxiv:2606.13125"}
    replaced, crossed = cards["arxiv:2511.05963"], cards["arxiv:2606.13125"]
    assert (replaced.label, replaced.announce_type) == ("arXiv (cs.LG) 2026-06-16", "replace")
    assert replaced.document().version == 4
    assert (crossed.label, crossed.announce_type) == ("arXiv (cs.LG) 2026-06-12", "new")
    assert crossed.cross_lists == ("cs.AI",)
    assert ("cross", "cs.AI") in {(one.type, one.category) for one in crossed.work.announcements}
    first = today(hub)
    batches = [
        {card.key for card in today(hub, TodayRequest(batch=n, seed=3)).cards} for n in range(4)
    ]
    assert first.date == "2026-06-16"
    assert first.total > 500
    assert len(set().union(*batches)) == sum(map(len, batches)) == 80
    hub.close()
