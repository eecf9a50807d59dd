"""Authors and editors of a JSON line: names, parts, both, and lines that contradict themselves."""

from __future__ import annotations

import pytest

from academichub.formats.jsonl_fields import BadLineError
from academichub.formats.jsonl_people import editors_of, people_of
from academichub.works.author import Author, NameParts

ADA = {"family": "Lovelace", "given": "Ada"}
BEETHOVEN = {"family": "Beethoven", "given": "Ludwig", "particle": "van"}
TEAM = {"literal": "The Invented Team"}


def authors(fields: dict[str, object], orcids: dict[str, object] | None = None) -> object:
    return people_of(fields, "authors", "author_names", orcids or {})


def test_names_alone_have_no_parts() -> None:
    assert authors({"authors": ["Ada Lovelace", " Bo "]}) == (Author("Ada Lovelace"), Author("Bo"))


def test_parts_alone_give_the_names() -> None:
    assert authors({"author_names": [ADA, BEETHOVEN, TEAM]}) == (
        Author("Ada Lovelace", None, NameParts("Lovelace", "Ada")),
        Author("Ludwig van Beethoven", None, NameParts("Beethoven", "Ludwig", "van")),
        Author("The Invented Team", None, NameParts(literal="The Invented Team")),
    )


def test_names_and_parts_belong_together_one_for_one() -> None:
    people = people_of({"a": ["A. Lovelace"], "n": [ADA]}, "a", "n", {})
    assert people == (Author("A. Lovelace", None, NameParts("Lovelace", "Ada")),)
    with pytest.raises(BadLineError) as refused:
        people_of({"a": ["A. Lovelace", "Bo"], "n": [ADA]}, "a", "n", {})
    assert refused.value.code == "skipped.names_differ"
    assert refused.value.params == {"parts_field": "n", "parts": 1, "field": "a", "names": 2}


def test_an_orcid_goes_to_the_author_of_that_name_and_only_a_text_counts() -> None:
    orcids = {"Ada": "0000-0002-1825-0097", "Bo": 7}
    people = authors({"authors": ["Ada", "Bo", "Cy"]}, orcids)
    assert people == (Author("Ada", "0000-0002-1825-0097"), Author("Bo"), Author("Cy"))


@pytest.mark.parametrize(
    "row",
    [{}, {"particle": "van"}, {"literal": "Team", "family": "X"}, {"literal": "T", "given": "A"}],
)
def test_a_name_is_a_literal_or_has_parts_and_never_both(row: dict[str, str]) -> None:
    with pytest.raises(BadLineError) as refused:
        authors({"author_names": [row]})
    assert refused.value.code == "skipped.name_parts"


def test_editors_may_be_names_or_parts_in_their_place() -> None:
    ada = (Author("Ada Lovelace", None, NameParts("Lovelace", "Ada")),)
    assert editors_of({"editors": [ADA]}) == ada
    assert editors_of({"editor_names": [ADA]}) == ada
    assert editors_of({"editors": ["Ada Lovelace"], "editor_names": [ADA]}) == ada
    assert editors_of({"editors": ["Ada Lovelace"]}) == (Author("Ada Lovelace"),)
    assert editors_of({"editors": []}) == editors_of({}) == ()
    with pytest.raises(BadLineError):
        editors_of({"editors": [ADA, "Bo"]})
