"""When two spellings mean one person: a table."""

import pytest

from academichub.works.author_names import (
    EXACT,
    INITIALS,
    REORDERED,
    SHORTENED,
    Followed,
    full_name,
    name_strength,
    parse_name,
)


@pytest.mark.parametrize(
    ("followed", "author", "strength"),
    [
        ("Ada Lovelace", "Ada Lovelace", EXACT),
        ("Ada Lovelace", "ADA LOVELACE", EXACT),
        ("Lovelace, Ada", "Ada Lovelace", EXACT),
        ("Erdős Pál", "Erdos Pal", EXACT),
        ("Xiao-Ming Li", "Xiaoming Li", EXACT),
        ("张伟", "张 伟", EXACT),
        ("Zhang Wei", "Wei Zhang", REORDERED),
        ("Edward Hu", "Edward S. Hu", SHORTENED),
        ("Edward Stanley Hu", "Edward S. Hu", SHORTENED),
        ("A. Lovelace", "Ada Lovelace", INITIALS),
        ("Ada Lovelace", "A. Lovelace", INITIALS),
        ("A. B. Lovelace", "Ada Byron Lovelace", INITIALS),
        ("Lovelace AB", "Ada Byron Lovelace", INITIALS),
        ("Lovelace A", "Ada Lovelace", INITIALS),
        ("X. Li", "Xiaoming Li", INITIALS),
        ("X.-M. Li", "Xiao-Ming Li", INITIALS),
        ("Ada Lovelace", "Alan Lovelace", 0.0),
        ("B. Lovelace", "Ada Lovelace", 0.0),
        ("A. C. Lovelace", "Ada Byron Lovelace", 0.0),
        ("Edward T. Hu", "Edward S. Hu", 0.0),
        ("Ada Lovelace", "Ada Hopper", 0.0),
        ("张伟", "张三", 0.0),
        ("Lovelace", "Ada Lovelace", 0.0),
        ("Ada Lovelace", "", 0.0),
    ],
)
def test_table(followed: str, author: str, strength: float) -> None:
    assert name_strength(parse_name(followed), parse_name(author)) == strength


def test_strength_is_symmetric_but_for_nothing() -> None:
    names = ["Ada Lovelace", "A. Lovelace", "Ada B. Lovelace", "Lovelace Ada", "Ada Hopper", "张伟"]
    for one in map(parse_name, names):
        for two in map(parse_name, names):
            assert name_strength(one, two) == name_strength(two, one)


def test_author_lists() -> None:
    followed = Followed(["A. Lovelace", "Grace Hopper", "张伟"])
    found = followed.found_in(["Grace Hopper", "Alan Lovelace", "Ada Lovelace", "张 伟"])
    assert dict(found) == {
        "A. Lovelace": ("Alan Lovelace", INITIALS),
        "Grace Hopper": ("Grace Hopper", EXACT),
        "张伟": ("张 伟", EXACT),
    }
    assert not followed.found_in(["Katherine Johnson"])


def test_full_name() -> None:
    assert full_name("Lovelace, Ada ") == "Ada Lovelace"
    assert full_name(" Ada Lovelace") == "Ada Lovelace"
    assert full_name("Lovelace,") == "Lovelace,"
