"""Identifiers: normal forms, what is refused, and total parsing of any text."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.works.identifiers import (
    SCHEMES,
    Identifier,
    canonical_key,
    fold,
    landing_url,
    local_identifier,
    normal_url,
    normalise,
    parse_arxiv,
    parse_doi,
    parse_identifier,
    public_identifiers,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2606.13125", ("2606.13125", None)),
        ("arXiv:2606.13125v4", ("2606.13125", 4)),
        ("oai:arXiv.org:2606.13125", ("2606.13125", None)),
        ("https://arxiv.org/abs/2606.13125v2", ("2606.13125", 2)),
        ("http://www.arxiv.org/pdf/2606.13125v2.pdf", ("2606.13125", 2)),
        ("https://doi.org/10.48550/arXiv.2606.13125", ("2606.13125", None)),
        ("10.48550/ARXIV.1706.03762", ("1706.03762", None)),
        ("math.GT/0309136", ("math/0309136", None)),
        ("hep-th/9901001v3", ("hep-th/9901001", 3)),
        ("0704.0001", ("0704.0001", None)),
        ("2601.00001", ("2601.00001", None)),
        ("2612.00001", ("2612.00001", None)),
        ("2600.00001", None),
        ("https://arxiv.org/abs/2606.13125?context=cs#comments", ("2606.13125", None)),
        ("2613.00001", None),
        ("1234.567", None),
        ("2606.13125v0", None),
        ("", None),
        ("cs.LG", None),
    ],
)
def test_arxiv_ids(text: str, expected: tuple[str, int | None] | None) -> None:
    assert parse_arxiv(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1038/S41586-021-03819-2", "10.1038/s41586-021-03819-2"),
        ("https://doi.org/10.1038/s41586-021-03819-2.", "10.1038/s41586-021-03819-2"),
        ("doi: 10.1000/x", "10.1000/x"),
        (
            "10.1890/0012-9615(1999)069[0569:EDILSA]2.0.CO;2",
            "10.1890/0012-9615(1999)069[0569:edilsa]2.0.co;2",
        ),
        ("(10.1000/x)", None),
        ("10.1000/x)", "10.1000/x"),
        ("10.1000/(x)", "10.1000/(x)"),
        (
            "10.1002/(SICI)1097-4636(199823)43:4<436::AID-JBM12>3.0.CO;2-H",
            "10.1002/(sici)1097-4636(199823)43:4<436::aid-jbm12>3.0.co;2-h",
        ),
        ("10.1000/<x", None),
        ("10.1000%2Fx", "10.1000/x"),
        ("10.12/x", None),
        ("10.1000/", None),
        ("10.1000/a b", None),
    ],
)
def test_dois(text: str, expected: str | None) -> None:
    assert parse_doi(text) == expected


def test_an_arxiv_doi_is_the_arxiv_id() -> None:
    assert normalise("doi", "10.48550/arXiv.2606.13125") == Identifier("arxiv", "2606.13125")
    assert parse_identifier("doi:10.48550/arxiv.2606.13125") == Identifier("arxiv", "2606.13125")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pmid:123", Identifier("pmid", "123")),
        ("https://pubmed.ncbi.nlm.nih.gov/32051057/", Identifier("pmid", "32051057")),
        ("123", None),
        ("https://openreview.net/forum?id=AbC_1-dEfg", Identifier("openreview", "AbC_1-dEfg")),
        ("https://aclanthology.org/2022.acl-long.1/", Identifier("acl", "2022.acl-long.1")),
        ("P18-1001", Identifier("acl", "P18-1001")),
        ("local:abc", Identifier("local", "abc")),
        ("url:HTTPS://Example.org/a#b", Identifier("url", "https://example.org/a")),
        ("transformers for proteins", None),
    ],
)
def test_other_identifiers(text: str, expected: Identifier | None) -> None:
    assert parse_identifier(text) == expected


@given(st.text(max_size=300))
def test_parsing_is_total_and_normal_forms_are_stable(text: str) -> None:
    found = parse_identifier(text)
    if found is not None:
        assert found.scheme in SCHEMES
        assert parse_identifier(found.key) == found
        again = normalise(found.scheme, found.value)
        assert again == found


@given(st.text(max_size=100))
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_key_is_the_strongest_identifier() -> None:
    names = [
        Identifier("pmid", "1"),
        Identifier("arxiv", "2601.00001"),
        Identifier("doi", "10.1000/a"),
    ]
    assert canonical_key(names) == "doi:10.1000/a"
    assert canonical_key(names[:2]) == "arxiv:2601.00001"
    with pytest.raises(ValueError, match="empty"):
        canonical_key([])


def test_public_identifiers_bring_the_arxiv_doi_and_hide_ours() -> None:
    shown = public_identifiers([Identifier("local", "x"), Identifier("arxiv", "2601.00001")])
    assert shown == {"arxiv": "2601.00001", "doi": "10.48550/arXiv.2601.00001"}
    assert landing_url(shown) == "https://arxiv.org/abs/2601.00001"
    assert landing_url({}) == ""


def test_local_identity_is_equality_of_content() -> None:
    one = local_identifier("Über Things!", ["A. B."], "2020", "J")
    assert one == local_identifier("uber  things", ["a b"], "2020", "j")
    assert one != local_identifier("Über Things!", ["A. B."], "2021", "J")


def test_addresses_lose_tracking_and_fragments() -> None:
    assert normal_url("HTTPS://Ex.org/a?utm_source=x&id=2#top") == "https://ex.org/a?id=2"
    assert normal_url("http://[") == "http://["


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_the_short_way_of_folding_ascii_gives_the_same(text: str) -> None:
    assert fold(text) == fold(text + "\u0301").strip()


@pytest.mark.parametrize(
    "text", ["10.5555/damaged\ufffd", "doi:10.5555/\ufffd", "https://doi.org/10.5555/a\ufffdb"]
)
def test_a_damaged_identifier_names_nothing(text: str) -> None:
    assert parse_doi(text) is normalise("doi", text) is parse_identifier(text) is None


def test_only_texts_of_at_most_two_thousand_characters_are_read() -> None:
    longest = "10.1000/" + "x" * 1992
    assert parse_identifier(longest) == Identifier("doi", longest)
    assert parse_identifier(longest + "x") is None


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("doi", " https://doi.org/10.1000/ABC ", "10.1000/abc"),
        ("arxiv", "arXiv:2606.13125v2", "2606.13125"),
        ("arxiv", "10.1000/abc", None),  # a DOI is not an arXiv id
        ("doi", "abc", None),
        ("pmid", "pmid: 32051057", "32051057"),
        ("pmid", "PMC7", None),
        ("url", "HTTPS://Example.org", "https://example.org/"),
        ("openreview", "AbC_1-dEfg", "AbC_1-dEfg"),
        ("isbn", "978-3-16-148410-0", None),  # a scheme that is not read
        ("s2", "  ", None),
    ],
)
def test_the_normal_form_of_a_value_of_a_scheme(
    scheme: str, value: str, expected: str | None
) -> None:
    assert normalise(scheme, value) == (expected and Identifier(scheme, expected))


def test_a_local_identity_is_the_same_in_every_release() -> None:
    """Libraries hold it, so it may never change: SHA-256 of the folded parts, 24 digits."""
    identifier = local_identifier("On Things", ["A. B.", "C. D."], "2020", "J. of Things")
    digest = hashlib.sha256(b"on things\x1fa b c d\x1f2020\x1fj of things").hexdigest()
    assert identifier == Identifier("local", digest[:24])


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ({"doi": "10.1000/a", "pmid": "7"}, "https://doi.org/10.1000/a"),
        ({"pmid": "7", "s2": "x"}, "https://pubmed.ncbi.nlm.nih.gov/7"),
        ({"openreview": "AbC_1-dEfg"}, "https://openreview.net/forum?id=AbC_1-dEfg"),
        ({"acl": "P18-1001"}, "https://aclanthology.org/P18-1001"),
        ({"openalex": "W1"}, "https://openalex.org/W1"),
    ],
)
def test_a_reader_is_sent_to_the_page_of_the_strongest_identifier(
    identifiers: dict[str, str], expected: str
) -> None:
    assert landing_url(identifiers) == expected
