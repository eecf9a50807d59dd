"""Addresses of services as settings give them: which are accepted, which are on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from academichub.errors import SettingValueError
from academichub.messages import Message


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
        SettingValueError: If it is not an http or https address, or has a user name, a password,
            `?` or `#`.
    """
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingValueError(Message.of("setting_rule.not_http", value=value))
    try:
        _ = parts.port
    except ValueError as problem:
        raise SettingValueError(Message.of("setting_rule.port", value=value)) from problem
    if parts.username or parts.password:
        raise SettingValueError(Message.of("setting_rule.address_with_login"))
    if parts.query or parts.fragment:
        raise SettingValueError(Message.of("setting_rule.address_end", value=value))
    return value.rstrip("/")
