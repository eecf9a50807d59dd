"""Which addresses may be contacted.

Base URLs that the user set may be anywhere; everything else must be public.

The check is made on the addresses a name resolves to, and the connection goes to the address that
was checked, so a name that changes between the two (DNS rebinding) gains nothing. Each redirect is
checked, too.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore2
from httpcore2 import NetworkStream

from academichub.errors import SourceError
from academichub.messages import Message

MAX_URL_CHARACTERS = 4000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST_6 = ipaddress.ip_network("2000::/3")
"""All that is assigned of IPv6 (RFC 4291, 2.4); site-local fec0::/10 and the like lie outside."""

_NEVER = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("3fff::/20"))
"""Protocol assignments (RFC 6890) and documentation (RFC 9637), which the standard library calls
global in part."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: str) -> bool:
    """Whether an IP address may be contacted on behalf of a feed or a redirect.

    That takes a public unicast address.
    """
    ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST_6:
            return False
    if any(ip in network for network in _NEVER):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Guard:
    """Decides on addresses.

    Args:
        base_urls: Addresses the user set; their host and port may be contacted even if private.
    """

    def __init__(self, base_urls: Iterable[str] = ()) -> None:
        self._trusted = {
            host_and_port for url in base_urls if url and (host_and_port := _host_and_port(url))
        }

    def check_url(self, url: str, *, redirected_from: str = "") -> None:
        """Check an address before anything is resolved or sent.

        Raises:
            SourceError: `redirect_blocked` for a redirect, `bad_request` otherwise, with the rule
                that is broken.
        """
        rule = self._broken_rule(url)
        if rule is None:
            return
        if redirected_from:
            raise SourceError(
                "redirect_blocked",
                Message.of("http.redirect_rule", url=redirected_from, target=url[:200], rule=rule),
                url=redirected_from,
            )
        raise SourceError(
            "bad_request", Message.of("http.forbidden", url=url[:200], rule=rule), url=url[:200]
        )

    def _broken_rule(self, url: str) -> Message | None:
        if len(url) > MAX_URL_CHARACTERS:
            return Message.of("http.rule_too_long", limit=MAX_URL_CHARACTERS)
        try:
            parts = urlsplit(url)
            host_and_port = _host_and_port(url)
        except ValueError:
            return Message.of("http.rule_invalid")
        if parts.scheme not in _DEFAULT_PORTS or host_and_port is None:
            return Message.of("http.rule_scheme")
        if parts.username or parts.password:
            return Message.of("http.rule_user")
        if host_and_port in self._trusted:
            return None
        try:
            self._check_addresses(*host_and_port)
        except _NotPublicError as problem:
            return problem.rule
        except OSError:
            return None  # the connection reports an unknown name: `unreachable`
        return None

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host that may be contacted, in the resolver's order.

        Raises:
            OSError: If the name is unknown.
            SourceError: `redirect_blocked` if any address of an untrusted host is not public.
        """
        if (host.lower(), port) in self._trusted:
            return _resolve(host, port)
        try:
            return self._check_addresses(host, port)
        except _NotPublicError as problem:
            raise SourceError(
                "redirect_blocked",
                Message.of("http.forbidden", url=host, rule=problem.rule),
                url=host,
            ) from problem

    @staticmethod
    def _check_addresses(host: str, port: int) -> list[str]:
        addresses = _resolve(host, port)
        for address in addresses:
            if not is_public(address):
                raise _NotPublicError(
                    Message.of("http.rule_private", address=address)
                    if host == address
                    else Message.of("http.rule_private_name", host=host, address=address)
                )
        return addresses


class _NotPublicError(Exception):
    def __init__(self, rule: Message) -> None:
        super().__init__(rule)
        self.rule = rule


def _host_and_port(url: str) -> tuple[str, int] | None:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in _DEFAULT_PORTS:
        return None
    return parts.hostname.lower(), parts.port or _DEFAULT_PORTS[parts.scheme]


def _resolve(host: str, port: int) -> list[str]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except ValueError as problem:  # not encodable, or with a NUL in it
        raise OSError(f"{host!r} is not a host name") from problem
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


class UnknownNameError(httpcore2.ConnectError):
    """No address is known for a host name.

    Attributes:
        host: The name.
    """

    def __init__(self, host: str, problem: OSError) -> None:
        super().__init__(f"the name {host} is unknown ({problem})")
        self.host = host


class GuardedBackend(httpcore2.SyncBackend):
    """Opens connections for the client, only to addresses the guard lets through."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the first address of the host that answers."""
        try:
            addresses = self._guard.addresses(host, port)
        except OSError as problem:
            raise UnknownNameError(host, problem) from problem
        failed: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
                failed = problem
        raise failed
