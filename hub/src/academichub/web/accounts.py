"""Accounts, login sessions and the brake on guessing. Knows the database, no page.

Passwords are stored as argon2id hashes (RFC 9106, argon2-cffi's defaults); a session token as
its SHA-256, so a stolen database opens no session.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from academichub.errors import NotFoundError, UsageError
from academichub.messages import Message
from academichub.store import accounts_store
from academichub.store.database import Database
from academichub.store.radars_store import move_to_account, remove_of_account

SESSION_DAYS = 30
MIN_PASSWORD = 10
MAX_PASSWORD = 512
NAME = re.compile(r"[^\W_][\w.@-]{0,63}")
MAX_FAILURES = 5
"""Failed logins of one client or one name within LOCK_S before both wait."""
LOCK_S = 900.0
_MAX_TRACKED = 10_000


class Accounts:
    """The accounts of one hub and their sessions."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._brake = LoginBrake(clock)

    def names(self) -> list[str]:
        """Return every account's name in order."""
        with self._database.read() as connection:
            return accounts_store.account_names(connection)

    def add(self, name: str, password: str) -> None:
        """Make an account; the first one takes over the radars, briefs and marks of the hub.

        Raises:
            UsageError: If the name or the password cannot be used, or the name is taken.
        """
        if not NAME.fullmatch(name):
            raise UsageError(Message.of("account.bad_name", name=name))
        hashed = _hash(password)
        moment = datetime.now(UTC).isoformat(timespec="microseconds")  # the order of accounts
        with self._database.write() as connection:
            is_first = not accounts_store.first_account(connection)
            if not accounts_store.add_account(connection, name, hashed, moment):
                raise UsageError(Message.of("account.exists", name=name))
            if is_first:
                move_to_account(connection, "", name)

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end the account's sessions.

        Raises:
            NotFoundError: If there is no such account.
            UsageError: If the password cannot be used.
        """
        hashed = _hash(password)
        with self._database.write() as connection:
            if not accounts_store.change_password_hash(connection, name, hashed):
                raise _unknown(name)
            accounts_store.remove_sessions_of(connection, name)

    def remove(self, name: str) -> bool:
        """Remove an account and its sessions.

        Its radars, briefs and marks go with it; those of the last account stay with the hub.

        Returns:
            Whether they stay.

        Raises:
            NotFoundError: If there is no such account.
        """
        with self._database.write() as connection:
            accounts_store.remove_sessions_of(connection, name)
            if not accounts_store.remove_account(connection, name):
                raise _unknown(name)
            is_last = not accounts_store.first_account(connection)
            if is_last:
                move_to_account(connection, name, "")
            else:
                remove_of_account(connection, name)
        return is_last

    def check_password(self, name: str, password: str, client: str) -> bool:
        """Return whether a name and password match; False while client or name is locked out."""
        if self._brake.wait_s(client, name) > 0:
            return False
        with self._database.read() as connection:
            stored = accounts_store.stored_password_hash(connection, name)
        right = _verify(stored, password)
        if right:
            self._brake.forget(client, name)
        else:
            self._brake.note_failure(client, name)
        return right

    def wait_s(self, client: str, name: str) -> float:
        """Return for how many seconds no login of this client or name is looked at; 0 if it is."""
        return self._brake.wait_s(client, name)

    def start_session(self, account: str) -> str:
        """Return the token of a new session; only its hash is stored."""
        token = secrets.token_urlsafe(32)
        expires = (datetime.now(UTC) + timedelta(days=SESSION_DAYS)).isoformat(timespec="seconds")
        row = {
            "token_hash": _digest(token),
            "account": account,
            "created_at": _now(),
            "expires_at": expires,
        }
        with self._database.write() as connection:
            accounts_store.remove_sessions_over(connection, _now())
            accounts_store.add_session(connection, row)
        return token

    def account_of(self, token: str) -> str | None:
        """Return the account a session token belongs to, or None where it is unknown or over."""
        with self._database.read() as connection:
            return accounts_store.session_account(connection, _digest(token), _now())

    def end_session(self, token: str) -> None:
        """End a session; an unknown token is ignored."""
        with self._database.write() as connection:
            accounts_store.remove_session(connection, _digest(token))


class LoginBrake:
    """Counts failed logins by client and by name; thread-safe, in this process's memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, client: str, name: str) -> float:
        """Return the seconds until the client and the name may try again."""
        with self._lock:
            return max(self._wait(key) for key in (f"c:{client}", f"n:{name}"))

    def note_failure(self, client: str, name: str) -> None:
        """Count one failed login."""
        with self._lock:
            if len(self._failures) >= _MAX_TRACKED:
                self._failures = {
                    key: times for key, times in self._failures.items() if self._wait(key) > 0
                }
            for key in (f"c:{client}", f"n:{name}"):
                self._failures.setdefault(key, deque(maxlen=MAX_FAILURES)).append(self._clock())

    def forget(self, client: str, name: str) -> None:
        """Forget the failures of a client and a name that logged in."""
        with self._lock:
            for key in (f"c:{client}", f"n:{name}"):
                self._failures.pop(key, None)

    def _wait(self, key: str) -> float:
        times = self._failures.get(key) or deque()
        if len(times) < MAX_FAILURES:
            return 0.0
        return max(0.0, times[0] + LOCK_S - self._clock())


def _hash(password: str) -> str:
    from argon2 import PasswordHasher  # 30 ms to import, needed only where accounts are

    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise UsageError(
            Message.of(
                "account.password_length",
                low=MIN_PASSWORD,
                high=MAX_PASSWORD,
                characters=len(password),
            )
        )
    return PasswordHasher().hash(password)


def _verify(stored: str | None, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > MAX_PASSWORD:
        return False
    hasher = PasswordHasher()
    if stored is None:  # an unknown name takes as long as a wrong password
        hasher.hash(password)
        return False
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"there is no account {name!r}; `academichub user list` shows them all")
