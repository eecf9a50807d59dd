"""Which addresses are public, and that every way of writing a private one is seen through."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import SourceError
from academichub.http.guard import MAX_URL_CHARACTERS, Guard, is_public

PRIVATE_4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
PRIVATE_6 = (
    "::/128", "::1/128", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8",
)  # fmt: skip


def inside(network: str) -> st.SearchStrategy[int]:
    found = ipaddress.ip_network(network)
    return st.integers(int(found.network_address), int(found.broadcast_address))


@given(st.sampled_from(PRIVATE_4).flatmap(inside))
def test_no_private_address_is_public_however_it_is_wrapped(number: int) -> None:
    address = str(ipaddress.IPv4Address(number))
    assert not is_public(address)
    assert not is_public(f"::ffff:{address}")
    assert not is_public(f"::{address}")
    assert not is_public(
        str(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number))
    )
    assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) + (number << 80) + 1)))


@given(st.sampled_from(PRIVATE_6).flatmap(inside))
def test_no_private_ipv6_address_is_public(number: int) -> None:
    address = str(ipaddress.IPv6Address(number))
    assert not is_public(address)
    assert not is_public(f"{address}%eth0")


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://2130706433/", "not a public address"), ("http://0177.0.0.1/", "not a public address"), ("http://0x7f000001/", "not a public"),
        ("http://127.1/", "not a public address"), ("http://[::]/", "not a public address"), ("http://[fe80::1]/", "not a public address"),
        ("http://LOCALHOST/", "not a public address"), ("http://10.0.0.1/", r": 10\.0\.0\.1 is not a public address"),
        ("http://me@8.8.8.8/", "user name"), ("http://me:pw@8.8.8.8/", "user name"), ("ftp://8.8.8.8/", "only http"), ("//8.8.8.8/", "only http"),
        ("http:///path", "only http"), ("file:///etc/passwd", "only http"), ("http://[::1", "not a valid address"),
        ("http://8.8.8.8:99999/", "not a valid address"), ("http://8.8.8.8/" + "a" * MAX_URL_CHARACTERS, "longer than"),
    ],
)  # fmt: skip
def test_an_address_that_breaks_a_rule_is_named_with_the_rule(url: str, rule: str) -> None:
    with pytest.raises(SourceError, match=rule) as caught:
        Guard().check_url(url)
    assert caught.value.failure == "bad_request"
    with pytest.raises(SourceError, match="redirects to") as caught:
        Guard().check_url(url, redirected_from="https://a.invalid/feed")
    assert (caught.value.failure, caught.value.url) == (
        "redirect_blocked",
        "https://a.invalid/feed",
    )


def test_a_base_url_opens_its_own_host_and_port_and_no_other() -> None:
    guard = Guard(["http://127.0.0.1:8123/prefix", ""])
    guard.check_url("http://127.0.0.1:8123/anything")
    for url in (
        "http://127.0.0.1:8124/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8123/",
        "http://localhost:8123/",
    ):
        with pytest.raises(SourceError):
            guard.check_url(url)


def test_one_private_address_among_a_names_public_ones_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(host: str, port: int, **_: object) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("8.8.8.8", "10.0.0.7")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(SourceError, match=r"10\.0\.0\.7, which is not a public address"):
        Guard().check_url("https://both.example/")
    with pytest.raises(SourceError) as caught:
        Guard().addresses("both.example", 443)
    assert caught.value.failure == "redirect_blocked"


def test_an_unknown_name_is_left_to_the_connection_to_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(host: str, port: int, **_: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    Guard().check_url("https://nobody.example/")
    with pytest.raises(OSError, match="not known"):
        Guard().addresses("nobody.example", 443)
