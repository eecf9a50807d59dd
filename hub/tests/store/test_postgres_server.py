"""The server that tests of PostgreSQL run against: it is empty, in UTF-8, and gone afterwards."""

from __future__ import annotations

import pytest
from postgres_server import postgres_server
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

pytestmark = pytest.mark.postgres


def test_a_server_starts_empty_and_stops() -> None:
    with postgres_server() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert connection.execute(text(tables)).scalar_one() == 0
            assert connection.execute(text("SHOW server_encoding")).scalar_one() == "UTF8"
        engine.dispose()
    engine = create_engine(url)
    with pytest.raises(OperationalError), engine.connect():
        pass
    engine.dispose()
