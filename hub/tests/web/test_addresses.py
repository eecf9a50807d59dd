"""Addresses: adding and removing parameters, work paths, and that no return target leads off the hub."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.web.addresses import Address, safe_return, work_path

NAMES = st.sampled_from(["author", "source", "category"])


def test_parameters_are_added_and_removed_by_name_and_value() -> None:
    here = Address("/").add("author", "A B").add("author", "C").add("source", "feed")
    assert str(here) == "/?author=A+B&author=C&source=feed"
    assert str(here.drop("author", "C")) == "/?author=A+B&source=feed"
    assert str(here.drop("author")) == "/?source=feed"
    assert str(here.put("source", "crossref")) == "/?author=A+B&author=C&source=crossref"


@given(st.lists(st.tuples(NAMES, st.text(max_size=8)), max_size=6), NAMES, st.text(max_size=8))
def test_dropping_what_was_added_gives_the_address_without_it(
    pairs: list[tuple[str, str]], name: str, value: str
) -> None:
    start = Address("/", tuple(dict.fromkeys(pairs)))
    assert start.add(name, value).drop(name, value) == start.drop(name, value)
    assert start.add(name, value).add(name, value) == start.add(name, value)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=60))
def test_a_work_path_gives_its_key_back(key: str) -> None:
    path = work_path(key)
    parts = urlsplit(f"http://hub{path}") if not path.startswith("//") else None
    assert parts is not None and not parts.query and not parts.fragment
    assert unquote(path.removeprefix("/work/")) == key


@pytest.mark.parametrize(
    "target", ["/", "/?date=2026-06-16", "/work/doi:10.1/x#ref-1", "/search?q=a//b"]
)
def test_paths_of_the_hub_are_kept(target: str) -> None:
    assert safe_return(target) == target


@pytest.mark.parametrize(
    "target",
    ["", None, "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb", "/\t/evil.example",
     "javascript:alert(1)", "/" + "a" * 3000],
)  # fmt: skip
def test_targets_elsewhere_become_the_fallback(target: str | None) -> None:
    assert safe_return(target, "/radar") == "/radar"
