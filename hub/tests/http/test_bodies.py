"""Unpacking within limits: any split of any packed body gives the body or a stated failure, never more than the limit."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import SourceError
from academichub.http.bodies import unpack

PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "": bytes,
    "identity": bytes,
}
SIZES = st.lists(st.integers(1, 50), min_size=1, max_size=5)


def split(data: bytes, sizes: list[int]) -> list[bytes]:
    portions, place = [], 0
    while place < len(data):
        size = sizes[len(portions) % len(sizes)]
        portions.append(data[place : place + size])
        place += size
    return portions


@given(st.binary(max_size=500), st.sampled_from(sorted(PACKERS)), SIZES)
def test_what_was_packed_comes_back_however_it_is_cut(
    body: bytes, encoding: str, sizes: list[int]
) -> None:
    portions = split(PACKERS[encoding](body), sizes)
    assert b"".join(unpack(portions, encoding, limit=1000, url="u")) == body


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["gzip", "deflate"]), st.data())
def test_a_cut_body_is_truncated(body: bytes, encoding: str, data: st.DataObject) -> None:
    packed = PACKERS[encoding](body)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(SourceError) as caught:
        b"".join(unpack([packed[:cut]], encoding, limit=1000, url="u"))
    assert caught.value.failure == "truncated"


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_garbage_raises_nothing_but_a_stated_failure(data: bytes, encoding: str) -> None:
    try:
        assert len(b"".join(unpack([data], encoding, limit=500, url="u"))) <= 500
    except SourceError as problem:
        assert problem.failure in ("truncated", "not_the_format", "too_large")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_never_gives_more_than_the_limit(encoding: str) -> None:
    came = 0
    with pytest.raises(SourceError) as caught:
        for portion in unpack(
            split(PACKERS[encoding](bytes(30 << 20)), [4096]), encoding, limit=100_000, url="u"
        ):
            came += len(portion)
    assert caught.value.failure == "too_large"
    assert came <= 100_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_exactly_the_limit_is_allowed(encoding: str) -> None:
    body = b"x" * 1000
    assert b"".join(unpack([PACKERS[encoding](body)], encoding, limit=1000, url="u")) == body
