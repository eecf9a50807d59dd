"""RIS: the oddities of real references."""

from __future__ import annotations

import pytest

from academichub.errors import InputError
from academichub.formats import protocol, ris


def test_wrapped_lines_belong_to_the_tag_before() -> None:
    record = ris.parse(
        b"TY  - JOUR\nTI  - One\n title\nAB  - First\nsecond -\n  third\nER  - \n"
    ).records[0]
    assert (record.title, record.abstract) == ("One title", "First second - third")


def test_names_are_put_in_reading_order() -> None:
    record = ris.parse(
        "TY  - JOUR\nTI  - T\nAU  - van Berg, Jo, Jr.\nAU  - A Body\nAU  - 王, 小明\nER  - ".encode()
    ).records[0]
    assert [author.name for author in record.authors] == ["Jo van Berg, Jr.", "A Body", "王小明"]


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        ("DO  - 10.5555/A", {"doi:10.5555/a"}),
        ("UR  - https://doi.org/10.5555/a", {"doi:10.5555/a"}),
        ("UR  - http://arxiv.org/abs/2606.00001", {"arxiv:2606.00001"}),
        ("AN  - arXiv:2606.00001", {"arxiv:2606.00001"}),
        ("T2  - arXiv preprint arXiv:2606.00001", {"arxiv:2606.00001"}),
        ("N1  - PMID: 123", {"pmid:123"}),
        ("AN  - WOS:000123", set()),
        ("N1  - see doi:10.5555/other for more", set()),
    ],
)
def test_identifiers(lines: str, keys: set[str]) -> None:
    record = ris.parse(f"TY  - JOUR\nTI  - T\n{lines}\nER  - ".encode()).records[0]
    assert {one.key for one in record.identifiers if one.scheme != "local"} == keys


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        ("PY  - 2020\nDA  - 2020/08/03/", "2020-08-03"),
        ("PY  - 2020///\nDA  - 2019/08/03", "2020"),
        ("Y1  - 2020/08//", "2020-08"),
        ("PY  - in press", ""),
    ],
)
def test_dates(lines: str, day: str) -> None:
    assert ris.parse(f"TY  - JOUR\nTI  - T\n{lines}\nER  - ".encode()).records[0].published == day


def test_what_is_wrong_is_told_with_its_line() -> None:
    parsed = ris.parse(b"AU  - Stray\nTY  - JOUR\nTI  - A\nTY  - JOUR\nPY  - 2020\nER  - \n")
    assert [record.title for record in parsed.records] == ["A"]
    assert [(one.where, one.why) for one in parsed.skipped] == [("line 4", "no title (type JOUR)")]
    assert [one.where for one in parsed.warnings] == ["line 1", "line 2"]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ENTRIES", 3)
    with pytest.raises(InputError, match="more than 3 entries"):
        ris.parse(b"TY  - JOUR\nTI  - T\nER  - \n" * 4)


@pytest.mark.parametrize(
    ("address", "categories"),
    [("https://arxiv.org/abs/1106.5345", ("math.AP", "math")), ("https://example.org/1", ())],
)
def test_keywords_of_arxiv_works_are_their_categories(
    address: str, categories: tuple[str, ...]
) -> None:
    lines = [
        "TY  - JOUR",
        "TI  - Pebbles",
        "KW  - math.AP",
        "KW  - chemotaxis",
        "KW  - math",
        f"UR  - {address}",
        "ER  - ",
    ]
    (record,) = ris.parse("\n".join(lines).encode()).records
    assert record.categories == categories
