"""Followed feeds: which addresses may be followed, and when two are one."""

from __future__ import annotations

import pytest

from academichub.errors import UsageError
from academichub.library.follows import feed_url


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.org/Feed?a=B", "https://example.org/Feed?a=B"),
        (" HTTPS://EXAMPLE.org/Feed ", "https://example.org/Feed"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
    ],
)
def test_an_address_has_one_spelling_of_its_host(given: str, kept: str) -> None:
    assert feed_url(given) == kept


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "example.org",
        "https://",
        "http://[::1",
        "https://me:pw@example.org/",
    ],
)
def test_what_is_no_feed_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError):
        feed_url(address)
