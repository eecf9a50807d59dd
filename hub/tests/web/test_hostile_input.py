"""Input at the edges: days at the ends of the calendar, and uploads that hold half a letter."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from academichub.hub import Hub
from academichub.library.follows import followed_feeds

from .conftest import DAY
from .test_forms import Send

ENDS = ("0001-01-01", "0001-01-05", "9999-12-31", "9999-12-30")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("day", ENDS)
def test_today_at_an_end_of_the_calendar_is_an_empty_day(
    reader: TestClient, day: str, lang: str
) -> None:
    answer = reader.get(f"/?date={day}&lang={lang}", headers={"accept-language": lang})
    assert answer.status_code == 200
    assert "<article" not in answer.text


@pytest.mark.parametrize("days", [1, 31, 366])
@pytest.mark.parametrize("day", ENDS)
def test_the_api_gives_an_empty_day(reader: TestClient, day: str, days: int) -> None:
    answer = reader.get(f"/api/today?date={day}&days={days}")
    assert answer.status_code == 200
    page = answer.json()
    assert (page["date"], page["total"], page["cards"]) == (day, 0, [])
    assert page["first"] == "0001-01-01" or day.startswith("9999") or days == 1
    assert page["empty_because"]


@pytest.mark.parametrize("day", ENDS)
@pytest.mark.parametrize("path", ["/sources?date=", "/api/ledger?date="])
def test_other_pages_of_a_day(reader: TestClient, path: str, day: str) -> None:
    assert reader.get(path + day).status_code == 200


@pytest.mark.parametrize("author", ["Person 06", "Nobody At All"])
def test_filters_on_the_first_day(reader: TestClient, author: str) -> None:
    for day in (*ENDS, DAY):
        assert (
            reader.get(f"/?date={day}&author={author}&category=cs.LG&source=arXiv").status_code
            == 200
        )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("A &#xD800; feed", "A \ufffd feed"),
        ("A &#xD835;&#xDC00; feed", "A \U0001d400 feed"),
        ("A &#x110000; feed", "A \ufffd feed"),
        ("A &#99999999999999999999; feed", "A \ufffd feed"),
    ],
)
def test_half_a_letter_in_an_opml_upload(
    client: TestClient, hub: Hub, post: Send, title: str, shown: str
) -> None:
    opml = (
        f'<opml version="2.0"><body><outline type="rss" text="{title}" xmlUrl="https://a.example/f"/>'
        '<outline type="rss" text="Good" xmlUrl="https://a.example/good"/></body></opml>'
    )
    page = post("/sources/opml", files={"file": ("list.opml", opml.encode(), "text/xml")})
    assert page.status_code == 200
    assert {row.title for row in followed_feeds(hub.database)} == {shown, "Good"}
