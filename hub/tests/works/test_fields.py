"""Fields of science: the field of a category, and names in both languages."""

from __future__ import annotations

import pytest

from academichub.works.fields import FIELDS, field_name, field_of_category


@pytest.mark.parametrize(
    ("category", "field"),
    [
        ("cs.LG", "computer-science"),
        ("math-ph", "mathematics"),
        ("physics.geo-ph", "earth"),  # not that of its archive
        ("physics.optics", "physics"),
        ("q-bio.NC", "neuroscience"),
        ("q-bio", "biology"),
        ("Nature", ""),
        ("", ""),
    ],
)
def test_the_field_of_a_category(category: str, field: str) -> None:
    assert field_of_category(category) == field


def test_names_in_both_languages_and_of_an_unknown_field() -> None:
    assert field_name("quantum") == "Quantum physics"
    assert field_name("quantum", "zh-CN") == "量子物理"
    assert field_name("alchemy") == "alchemy"


def test_no_archive_belongs_to_two_fields() -> None:
    archives = [archive for field in FIELDS.values() for archive in field.archives]
    assert len(archives) == len(set(archives))
