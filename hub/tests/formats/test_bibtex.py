"""BibTeX: where identifiers hide, how values are put together, how the reader finds its way back after broken entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import InputError
from academichub.formats import bibtex, protocol
from academichub.works.work import Record


def one(fields: str, kind: str = "article") -> Record:
    parsed = bibtex.parse(f"@{kind}{{key, title = {{A Title}}, {fields}}}".encode())
    assert not parsed.skipped
    return parsed.records[0]


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ("doi = {10.5555/ABC.1}", {"doi:10.5555/abc.1"}),
        ("doi = {https://doi.org/10.5555/abc\\_1}", {"doi:10.5555/abc_1"}),
        ("doi = {10.48550/arXiv.2606.00001}", {"arxiv:2606.00001"}),
        ("url = {https://doi.org/10.5555/abc}", {"doi:10.5555/abc"}),
        ("doi = {10.5555/first}, url = {https://doi.org/10.5555/second}", {"doi:10.5555/first"}),
        ("eprint = {2606.00001v2}, archiveprefix = {arXiv}", {"arxiv:2606.00001"}),
        ("eprint = {hep-th/9901001}, eprinttype = {arxiv}", {"arxiv:hep-th/9901001"}),
        ("eprint = {12345678}, eprinttype = {pubmed}", {"pmid:12345678"}),
        ("url = {http://arxiv.org/abs/2606.00001v3}", {"arxiv:2606.00001"}),
        ("journal = {arXiv preprint arXiv:2606.00001}", {"arxiv:2606.00001"}),
        ("journal = {CoRR}, volume = {abs/2606.00001}", {"arxiv:2606.00001"}),
        ("note = {arXiv: 2606.00001 [cs]; PMID: 123}", {"arxiv:2606.00001", "pmid:123"}),
        ("pmid = {123}, doi = {10.5555/x}", {"pmid:123", "doi:10.5555/x"}),
        ("url = {https://openreview.net/forum?id=AbCdEf12}", {"openreview:AbCdEf12"}),
        ("url = {https://aclanthology.org/2026.acl-long.1/}", {"acl:2026.acl-long.1"}),
    ],
)
def test_identifiers_are_found_where_people_put_them(fields: str, keys: set[str]) -> None:
    assert {identifier.key for identifier in one(fields).identifiers} == keys


@pytest.mark.parametrize(
    "fields",
    [
        "note = {Comment on arXiv:2606.00001 and on doi:10.5555/x}",
        "abstract = {arXiv:2606.00001}",
        "doi = {none}",
        "url = {https://example.org/list}",
        "eprint = {some text}",
        "eprint = {2606.00001}, archiveprefix = {hal}",
    ],
)
def test_what_names_another_work_or_nothing_is_no_identifier(fields: str) -> None:
    assert {identifier.scheme for identifier in one(fields).identifiers} == {"local"}


def test_without_identifiers_equal_content_is_one_work_and_other_content_another() -> None:
    first, same, other = one("year = 2020"), one("year = {2020}, note = {x}"), one("year = 2021")
    assert first.identifiers == same.identifiers != other.identifiers


def test_values_are_put_together() -> None:
    data = b'@string{a = "Annals"} @string{b = a # " of " # {Nothing}} @article{k, title = b # ": " # 7, journal = undefined}'
    record = bibtex.parse(data).records[0]
    assert (record.title, record.venue) == ("Annals of Nothing: 7", "undefined")


def test_macros_made_of_macros_stay_small() -> None:
    doubled = "".join(f"@string{{m{n + 1} = m{n} # m{n}}}\n" for n in range(60))
    parsed = bibtex.parse(
        f"@string{{m0 = {{ha}}}}\n{doubled}@article{{k, title = {{T}}, journal = m60}}".encode()
    )
    assert len(parsed.records[0].venue) <= bibtex.MAX_MACRO


def test_broken_entries_cost_only_themselves() -> None:
    broken = [
        "@article{a, title = {No end",
        "@article{b title = {No comma}}",
        '@article{c, title = "No quote, year = 1}',
    ]
    text = "".join(
        f"{entry}\n\n@book{{good{n}, title = {{Good {n}}}}}\n\n" for n, entry in enumerate(broken)
    )
    parsed = bibtex.parse(text.encode())
    assert [record.title for record in parsed.records] == ["Good 0", "Good 1", "Good 2"]
    assert [entry.where for entry in parsed.skipped] == ["line 1", "line 5", "line 9"]
    assert "not closed" in parsed.skipped[0].why


def test_a_lost_rest_of_an_entry_is_told() -> None:
    parsed = bibtex.parse(b"@article{a, title = {One} too many},\n year = {2020}\n}\n")
    assert [record.title for record in parsed.records] == ["One too many"] or parsed.skipped
    assert parsed.warnings or parsed.skipped


def test_long_texts_are_cut_and_told() -> None:
    parsed = bibtex.parse(f"@article{{a, title = {{{'x' * 5000}}}}}".encode())
    assert len(parsed.records[0].title) == protocol.MAX_TITLE
    assert parsed.warnings[0].why == f"title of 5000 characters cut to {protocol.MAX_TITLE}"


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ENTRIES", 3)
    with pytest.raises(InputError, match="more than 3 entries"):
        bibtex.parse(b"@misc{a, title={T}}\n" * 4)
    monkeypatch.setattr(protocol, "MAX_FILE_BYTES", 10)
    with pytest.raises(InputError, match="over the limit"):
        bibtex.parse(b"x" * 11)


ENTRY = "@article{k%d, title = {Pebble %d}, author = {Curie, Ada and Bo Lee}, year = 2020, doi = {10.5555/p%d}}"


@given(st.lists(st.text(alphabet='@{}(),="#\\ \nab', max_size=12), min_size=1, max_size=8))
def test_noise_between_entries_loses_no_entry_silently(noise: list[str]) -> None:
    text = "".join(f"{piece}\n\n{ENTRY % (n, n, n)}\n\n" for n, piece in enumerate(noise))
    parsed = bibtex.parse(text.encode())
    found = {identifier.value for record in parsed.records for identifier in record.identifiers}
    missing = sum(f"10.5555/p{n}" not in found for n in range(len(noise)))
    assert missing <= len(parsed.skipped) + len(parsed.warnings)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Pebbles {\\&} streams", "Pebbles & streams"),
        ("Pebbles &amp;amp; streams", "Pebbles & streams"),
        ("Keller{\\&}{\\#}8211;Segel", "Keller\u2013Segel"),
        ("Growth at 10<sup>-3</sup> of <i>E. coli</i>", "Growth at 10\u207b\u00b3 of E. coli"),
        ("If $a<b$ and $c>d$ then AT\\&T", "If $a<b$ and $c>d$ then AT&T"),
    ],
)
def test_html_that_managers_leave_is_no_part_of_the_text(value: str, plain: str) -> None:
    (record,) = bibtex.parse(
        f"@article{{a, title={{{value}}}, abstract={{{value}}}}}".encode()
    ).records
    assert (record.title, record.abstract) == (plain, plain)
