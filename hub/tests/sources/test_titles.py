"""Titles of notices and editorial matter are told from titles of articles that begin with the same words."""

from __future__ import annotations

import pytest

from academichub.sources.titles import is_notice, journal_name, says_retracted


@pytest.mark.parametrize(
    "title",
    [
        "Correction", "Author Correction: Lamps for moths", "Publisher Correction: Lamps", "Correction to: Lamps for moths",
        "Correction to “Lamps for Moths”", "Correction for ‘Lamps for moths’ by A. One et al.", "Correction for One et al., Lamps",
        "Corrigendum: Lamps for moths", "Corrigendum to “Lamps for moths” [Moth 12 (2026) 1]", "Erratum to Lamps for moths",
        "Addendum to a lamp revision", "Retraction: Lamps for moths", "Retraction notice to “Lamps”", "Retraction Note: Lamps",
        "Editorial Expression of Concern: Lamps", "Lamps for moths (Erratum)", "Editorial", "Editorial Board", "Issue Information",
        "Front Matter", "MTH volume 12 issue 6 Cover and Front matter", "Table of Contents", "In this issue", "勘误：灯光", "目录",
    ],
)  # fmt: skip
def test_notices(title: str) -> None:
    assert is_notice(title)


@pytest.mark.parametrize(
    "title",
    [
        "Corrections to scaling in a lattice of lamps", "Correction of aberrations by machine learning", "Correction for multiple tests",
        "Retraction of wings in flight", "Withdrawal of lamps changes moth behaviour", "Editorial bias in moth journals",
        "Cover crops and moths", "Contents of the moth gut", "Error correction with lamps", "Calendar effects in moth markets",
    ],
)  # fmt: skip
def test_articles(title: str) -> None:
    assert not is_notice(title)


def test_a_retracted_article_is_no_retraction_notice() -> None:
    assert says_retracted("RETRACTED: Lamps for moths")
    assert says_retracted("Retracted article: Lamps for moths")
    assert not says_retracted("Retraction: Lamps for moths")
    assert not says_retracted("Retracted wings of moths")
    assert not is_notice("RETRACTED: Lamps for moths")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Wiley: MOTH: Table of Contents", "MOTH"), ("ScienceDirect Publication: Moth & Lamp", "Moth & Lamp"), ("虚构动物学报-CNKI", "虚构动物学报"),
        ("Latest Articles from Lamps", "Lamps"), ("Journal of Moths Current Issue", "Journal of Moths"), ("RSS", "RSS"), ("", ""),
    ],
)  # fmt: skip
def test_journals_names_are_freed_of_what_publishers_put_around_them(title: str, name: str) -> None:
    assert journal_name(title) == name
