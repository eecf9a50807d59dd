"""English sentences stored by earlier versions stay readable after the migration to codes."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, text

from academichub.i18n.message_text import messages_text
from academichub.library.follows import followed_feeds
from academichub.library.ledger import NOT_FINISHED, Ledger
from academichub.messages import messages_from_json, plain
from academichub.store import schema
from academichub.store.database import _config, open_database

OLD_ROWS = (
    """
    INSERT INTO ledger (source, "window", day, asked, received, merged, failed, status, failure,
        message, started_at, finished_at)
    VALUES
    ('arxiv_oai', 'cs.LG 2026-06-24', '2026-06-24', 1, 0, 0, 0, 'failed', '',
        'not finished: the program was stopped before the end; the next gather asks again', 't', ''),
    ('feed', 'A', '2026-06-24', 1, 3, 3, 0, 'ok', '', '', 't', 't'),
    ('feed', 'B', '2026-06-24', 1, 0, 0, 0, 'failed', 'timeout', 'timeout: too slow', 't', 't')
    """,
    """
    INSERT INTO feeds (url, title, field, issn, via, origin, enabled, added_at, last_message)
    VALUES ('https://a.invalid/feed', 'A', '', '', 'feed', 'user', 1, '2026-06-01', 'unchanged')
    """,
    """
    INSERT INTO jobs (kind, state, done, total, message, error, cancel_requested, started_at,
        heartbeat_at, finished_at, subject)
    VALUES
    ('gather', 'done', 3, 3, '5 new works.', '', 0, 't', 't', 't', ''),
    ('gather', 'failed', 1, 3, 'arXiv OAI-PMH: cs.LG', 'the disk is full', 0, 't', 't', 't', '')
    """,
)


def test_what_earlier_versions_stored_stays_readable(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    config = _config()
    with create_engine(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    database = open_database(url)
    rows = Ledger(database).entries("2026-06-24")
    assert [row.messages for row in rows] == [(NOT_FINISHED,), (), (plain("timeout: too slow"),)]
    assert messages_text(rows[0].messages, "zh-CN").startswith("未完成")
    assert [feed.last_messages for feed in followed_feeds(database)] == [(plain("unchanged"),)]
    with database.read() as connection:
        stored = connection.execute(schema.jobs.select().order_by(schema.jobs.c.id)).all()
    assert [messages_text(messages_from_json(row.messages)) for row in stored] == [
        "5 new works.",
        "the disk is full",
    ]
