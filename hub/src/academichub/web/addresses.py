"""Addresses inside the hub, built by adding and removing parameters. Pure text, no IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from academichub.text.characters import storable


@dataclass(frozen=True, slots=True)
class Address:
    """A path and its query parameters in order; a parameter may occur more than once."""

    path: str
    params: tuple[tuple[str, str], ...] = ()

    def add(self, name: str, value: object) -> Address:
        """Return the address with one more parameter; the same pair is not added twice."""
        pair = (name, str(value))
        return self if pair in self.params else Address(self.path, (*self.params, pair))

    def drop(self, name: str, value: object = None) -> Address:
        """Return the address without a parameter, or without one value of it."""
        return Address(self.path, tuple(pair for pair in self.params if not _is(pair, name, value)))

    def put(self, name: str, value: object) -> Address:
        """Return the address with a parameter set to one value."""
        return self.drop(name).add(name, value)

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


def _is(pair: tuple[str, str], name: str, value: object) -> bool:
    return pair[0] == name and (value is None or pair[1] == str(value))


def address_of(path: str, params: Iterable[tuple[str, str]]) -> Address:
    """Return the address of a request."""
    return Address(path, tuple(params))


def work_path(key: str) -> str:
    """Return the path of a work's page; slashes and colons of the key stay readable."""
    return "/work/" + quote(storable(key), safe="/:;()@!$,~.-_")


def safe_return(target: str | None, fallback: str = "/") -> str:
    r"""Return a path of this hub to send the reader back to, or the fallback for any other target.

    A browser reads `\` as `/` and drops control characters, so `/\host` and `//host` are addresses
    of other hosts.
    """
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith("//"):
        return fallback
    if "\\" in target or any(ord(ch) < 0x20 or ord(ch) == 0x7F for ch in target):
        return fallback
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    return target if not parts.netloc and not parts.scheme else fallback
