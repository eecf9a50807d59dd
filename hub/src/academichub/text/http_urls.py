"""Addresses of services as settings give them: which are accepted, which are on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback_url(url: str) -> bool:
    """Whether an address points to this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def http_url(value: str) -> str:
    """Return the base address of a service without a slash at the end.

    Raises:
        ValueError: If it is not an http or https address, or has a user name, a password, `?` or
            `#`.
    """
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{value!r} is not an http or https address")
    try:
        _ = parts.port
    except ValueError as problem:
        raise ValueError(f"{value!r} has no port from 0 to 65535") from problem
    if parts.username or parts.password:
        raise ValueError("an address must not carry a user name or password")
    if parts.query or parts.fragment:
        raise ValueError(f"{value!r} must end with the path: no '?' or '#'")
    return value.rstrip("/")
