"""The store of briefs: pages, API and commands show the same one, however many are newer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from academichub.briefs.brief import Brief
from academichub.briefs.brief_store import (
    get_brief,
    keep_brief,
    latest_brief,
    list_briefs,
    write_brief,
)
from academichub.errors import HubError, NotFoundError, StorageError, UsageError
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.store import schema
from academichub.web.app import create_app


def test_newer_briefs_of_the_shelf_never_hide_that_of_the_library(hub: Hub, brief: Brief) -> None:
    for number in range(30):
        keep_brief(hub, replace(brief, id=f"shelf-{number}", date="2027-01-01", on_shelf=True))
    assert latest_brief(hub) == brief
    with TestClient(create_app(hub), base_url="http://127.0.0.1:8000") as client:
        assert client.get("/api/brief").json()["id"] == brief.id
        assert f'"/brief/{brief.id}"' in client.get("/").text
    assert [stored.id for stored in list_briefs(hub)][-1] == brief.id


def test_the_latest_brief_in_a_language(hub: Hub, brief: Brief) -> None:
    chinese = replace(brief, id="in-chinese", lang="zh", date="2026-06-15")
    keep_brief(hub, chinese)
    assert (latest_brief(hub), latest_brief(hub, "zh-CN")) == (brief, chinese)
    assert latest_brief(hub, "en") == brief


def test_a_damaged_document_is_a_stated_failure(hub: Hub, brief: Brief) -> None:
    with hub.database.write() as connection:
        document = {**brief.document().json_object(), "evidence": "lost"}
        connection.execute(update(schema.briefs).values(document=document))
    with pytest.raises(StorageError, match=f"{brief.id} cannot be read"):
        get_brief(hub, brief.id)
    with pytest.raises(NotFoundError, match="no brief 'none'"):
        get_brief(hub, "none")


def test_briefs_are_kept_once_and_found_again(hub: Hub, brief: Brief) -> None:
    assert write_brief(hub, 1, "en").id == brief.id
    keep_brief(hub, brief)
    assert [one.id for one in list_briefs(hub)] == [brief.id]
    assert get_brief(hub, brief.id) == brief
    assert latest_brief(hub) == brief
    assert latest_brief(hub, "zh") is None
    with pytest.raises(NotFoundError, match="no brief 'nothing'"):
        get_brief(hub, "nothing")


def test_days_without_works_fall_back_to_the_last_that_have_some(hub: Hub) -> None:
    written = write_brief(hub, 1, "en", date="2026-06-20")
    assert written.evidence
    assert any("2026-06-20" in message_text(note) for note in written.notes)
    with pytest.raises(HubError):
        write_brief(hub, 1, "en", date="2020-01-01")


def test_empty_main_library_is_briefed_from_the_starter_shelf() -> None:
    opened = open_hub()
    written = write_brief(opened, 1, "en")
    opened.close()
    assert written.on_shelf
    assert written.notes
    assert len({one.field for one in written.evidence}) >= 3
    assert len(written.sentences()) >= 10


@pytest.mark.parametrize(
    ("days", "lang", "limit"), [(0, "en", 20), (1, "fr", 20), (1, "en", 1), (9999, "en", 20)]
)
def test_unusable_requests_are_refused(hub: Hub, days: int, lang: str, limit: int) -> None:
    with pytest.raises(UsageError):
        write_brief(hub, days, lang, limit=limit)
