"""The open hub: settings, database, library and preferences for commands, pages and jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from academichub.library.reindex import rebuild_stale_index
from academichub.library.texts import convert_stored_works
from academichub.library.works import Library
from academichub.local_model.state import llm_in_use
from academichub.settings import LlmSettings, Settings, load_settings
from academichub.store.accounts_store import first_account
from academichub.store.database import Database, open_database
from academichub.store.preferences_store import (
    stored_account_preference,
    stored_preference,
    write_account_preference,
    write_preference,
)
from academichub.works.work import Work

if TYPE_CHECKING:
    from academichub.llm.model import LanguageModel
    from academichub.search.semantic import Semantic

SHELF_FILE = "shelf.sqlite3"


class Preferences:
    """What was chosen for the whole hub: JSON values by name, in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str, default: Any = None) -> Any:
        """Return a preference, or the default where it was never set."""
        with self._database.read() as connection:
            return stored_preference(connection, name, default)

    def set(self, name: str, value: Any) -> None:
        """Set a preference to a JSON value; None forgets it."""
        with self._database.write() as connection:
            write_preference(connection, name, value)


class AccountPreferences:
    """What an account chose for itself: JSON values by name, in the database.

    Args:
        database: Where they are stored.
        account: Name of the account; where None the account that was made first, or the hub
            itself while it has no accounts.
    """

    def __init__(self, database: Database, account: str | None = None) -> None:
        self._database = database
        self._account = account

    def get(self, name: str) -> Any:
        """Return a preference, or None where it was never set."""
        with self._database.read() as connection:
            return stored_account_preference(connection, self._account, name)

    def set(self, name: str, value: Any) -> None:
        """Set a preference to a JSON value; None forgets it."""
        with self._database.write() as connection:
            account = first_account(connection) if self._account is None else self._account
            write_account_preference(connection, account, name, value)


class HubPart:
    """State that a layer above keeps while a hub is open; `Hub.part` makes one of each kind.

    Args:
        hub: The open hub.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub


Part = TypeVar("Part", bound=HubPart)


class Hub:
    """An open hub.

    Attributes:
        settings: The settings it was opened with.
        database: The main database.
        library: The main library.
        preferences: What was chosen for the whole hub.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = open_database(settings.database_url)
        convert_stored_works(self.database)
        rebuild_stale_index(self.database)
        self.library = Library(self.database)
        self.preferences = Preferences(self.database)
        self._meanings: dict[LlmSettings, tuple[LanguageModel, Semantic]] = {}
        self._has_announcements = False
        self._opening = threading.Lock()
        self._parts: dict[type[HubPart], HubPart] = {}

    def account_of(self, name: str | None) -> str:
        """Return the account that what belongs to a reader is stored under.

        Args:
            name: The account logged in; where None it is the account that was made first, or
                empty while the hub has no accounts.
        """
        if name is not None:
            return name
        with self.database.read() as connection:
            return first_account(connection)

    def preferences_of(self, account: str | None) -> AccountPreferences:
        """Return the preferences of an account; None as in `AccountPreferences`."""
        return AccountPreferences(self.database, account)

    def part(self, kind: type[Part]) -> Part:
        """Return this hub's part of a kind, made on first use."""
        with self._opening:
            part = self._parts.get(kind)
            if not isinstance(part, kind):
                part = self._parts[kind] = kind(self)
            return part

    @property
    def on_shelf(self) -> bool:
        """Whether Today shows the starter shelf, because nothing in the library was announced.

        The library may hold imported works and examples before the first gather.
        """
        if not self._has_announcements:  # once there is one, there will always be
            self._has_announcements = self.library.last_day() is not None
        return not self._has_announcements

    @property
    def reading(self) -> Library:
        """The library that readers search: the main one, or the starter shelf while it is empty."""
        return self.shelf if self.library.is_empty() else self.library

    @property
    def daily(self) -> Library:
        """The library whose days Today shows: the main one, or the starter shelf."""
        return self.shelf if self.on_shelf else self.library

    def works_named(self, keys: Iterable[str]) -> dict[str, Work]:
        """Return works by key or identifier: the library's, else those of a shelf that is shown."""
        names = list(dict.fromkeys(keys))
        works = self.library.by_keys(names)
        if self.on_shelf and len(works) < len(names):
            works = self.shelf.by_keys(name for name in names if name not in works) | works
        return works

    def work_named(self, name: str) -> Work:
        """Return the work of a key or identifier, as `works_named`.

        Raises:
            NotFoundError: If there is no such work.
        """
        work = self.works_named([name]).get(name)
        return self.library.require(name) if work is None else work

    @cached_property
    def shelf(self) -> Library:
        """The starter shelf as a library of its own, in a second SQLite file; made on first use."""
        from academichub.shelf import shelf_records

        library = Library(open_database(f"sqlite:///{self.settings.home / SHELF_FILE}"))
        rebuild_stale_index(library.database)
        library.add(shelf_records())
        return library

    @property
    def llm(self) -> LlmSettings:
        """The language model in use: that of the settings, else the local engine once ready."""
        return llm_in_use(self.settings)

    def open_model(self) -> LanguageModel | None:
        """Return a client of the language model in use, to be closed by the caller; or None."""
        from academichub.llm.model import LanguageModel

        return LanguageModel(self.llm, self.database) if self.llm.base_url else None

    @property
    def semantic(self) -> Semantic | None:
        """The ranking by meaning over the main library; None without a model or on the shelf."""
        llm = self.llm
        return None if llm.base_url is None or self.library.is_empty() else self._meaning(llm)

    def _meaning(self, llm: LlmSettings) -> Semantic:
        """Return the ranking by a model's embeddings.

        A ranking made for an engine that has moved may still be searched.
        """
        from academichub.llm.model import LanguageModel
        from academichub.search.semantic import Semantic

        with self._opening:
            if llm not in self._meanings:
                model = LanguageModel(llm, self.database)
                self._meanings[llm] = model, Semantic(self.database, model.embed_named)
            return self._meanings[llm][1]

    def close(self) -> None:
        """Close the databases."""
        for model, semantic in self._meanings.values():
            semantic.close()
            model.close()
        self.database.close()
        if "shelf" in self.__dict__:
            self.shelf.database.close()


def open_hub(settings: Settings | None = None) -> Hub:
    """Open the hub; reads the settings where none are given.

    Raises:
        SettingsError: If a setting is wrong.
        StorageError: If the database cannot be opened.
    """
    return Hub(settings or load_settings())
