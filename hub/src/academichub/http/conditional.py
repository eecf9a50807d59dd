"""Conditional requests (RFC 9110, section 13): validators of answers, stored between gathers.

Validators are saved only after the answer they belong to was merged. Otherwise a gather that is
killed in between would never receive that answer again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from academichub.store.database import Database
from academichub.store.validators_store import (
    remove_validators,
    stored_validators,
    write_validators,
)

MAX_VALIDATOR_CHARACTERS = 1000
"""A longer ETag or date is not stored, and the next request is unconditional."""


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified as the server sent them.

    An ETag without the quotes it should have is sent back without them.
    """

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators | None:
        """Return the validators in the headers of an answer, or None if it has none."""
        lower = {name.lower(): value for name, value in headers.items()}
        validators = [
            value if value and len(value) <= MAX_VALIDATOR_CHARACTERS and value.isascii() else None
            for value in (lower.get("etag"), lower.get("last-modified"))
        ]
        return cls(*validators) if any(validators) else None

    @property
    def request_headers(self) -> dict[str, str]:
        """The headers that make a request conditional."""
        pairs = (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified))
        return {name: value for name, value in pairs if value}


class ValidatorStore:
    """Validators by address, stored in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, url: str) -> Validators | None:
        """Return the validators saved for an address, or None."""
        with self._database.read() as connection:
            stored = stored_validators(connection, url)
        return None if stored is None else Validators(*stored)

    def save(self, url: str, validators: Validators | None) -> None:
        """Save the validators of an address; None deletes them."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.write() as connection:
            if validators is None:
                remove_validators(connection, url)
            else:
                etag, modified = validators.etag, validators.last_modified
                write_validators(connection, url, etag, modified, moment)
