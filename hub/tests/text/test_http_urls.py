"""Addresses of services in settings: which are accepted, which are this machine."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.text.http_urls import http_url, is_loopback_url


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://a.example/v1/", "https://a.example/v1"),
        ("https://a.example//", "https://a.example"),
        ("https://[::1]:8443/v1", "https://[::1]:8443/v1"),
        ("HTTPS://a.example", "HTTPS://a.example"),
    ],
)
def test_a_base_address_ends_without_a_slash(value: str, url: str) -> None:
    assert http_url(value) == url
    assert http_url(url) == url


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "not an http or https address"),
        ("a.example", "not an http or https address"),
        ("ftp://a.example", "not an http or https address"),
        ("http://", "not an http or https address"),
        ("http:///v1", "not an http or https address"),
        ("http://a.example:70000", "no port from 0 to 65535"),
        ("http://a.example:port", "no port from 0 to 65535"),
        ("http://ada@a.example", "user name or password"),
        ("http://ada:secret@a.example", "user name or password"),
        ("http://a.example/v1?x=1", "no '[?]' or '#'"),
        ("http://a.example/v1#x", "no '[?]' or '#'"),
    ],
)
def test_any_other_address_is_refused_with_the_rule(value: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule) as refused:
        http_url(value)
    assert "secret" not in str(refused.value), "a password is never repeated"


@settings(max_examples=50)
@given(st.ip_addresses())
def test_an_address_is_this_machine_if_it_is_a_loopback_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    assert is_loopback_url(f"http://{host}:8000/v1") == address.is_loopback


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1", True),
        ("http://127.255.255.254:1/x", True),
        ("http://[::1]:8000", True),
        ("http://LOCALHOST:8000", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://10.0.0.1", False),
        ("", False),
    ],
)
def test_names_that_merely_look_like_this_machine_are_not(url: str, expected: bool) -> None:
    assert is_loopback_url(url) is expected
