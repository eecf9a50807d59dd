"""Hits: ranks, scores and marks of a page of works."""

from __future__ import annotations

from academichub.index.query_syntax import parse
from academichub.library.works import Library
from academichub.search.hits import hits_of_page
from academichub.search.snippets import highlight_terms


def number_of(library: Library, arxiv_id: str) -> int:
    return next(
        work.id for work in library.all_works() if work.public_identifiers["arxiv"] == arxiv_id
    )


def test_ranks_go_on_from_the_offset_and_scores_are_rounded_to_six_digits(
    library: Library,
) -> None:
    first, second = number_of(library, "2606.00004"), number_of(library, "2606.00003")
    page = [(first, 1.23456789), (second, 0.000123456789)]
    hits = hits_of_page(library, page, 20, None)
    assert [(hit.rank, hit.work.id, hit.score) for hit in hits] == [
        (21, first, 1.23457),
        (22, second, 0.000123457),
    ]
    assert {(hit.title_html, hit.snippet_html, hit.snippet) for hit in hits} == {("", "", "")}


def test_a_work_deleted_meanwhile_leaves_a_gap_in_the_ranks(library: Library) -> None:
    present = number_of(library, "2606.00003")
    hits = hits_of_page(library, [(present, 2.0), (999_999, 1.5), (present, 1.0)], 0, None)
    assert [hit.rank for hit in hits] == [1, 3]


def test_words_found_are_marked_in_title_and_abstract(library: Library) -> None:
    terms = highlight_terms(parse("networks ti:molecules"))
    (hit,) = hits_of_page(library, [(number_of(library, "2606.00003"), 1.0)], 0, terms)
    assert hit.title_html == "Graph neural <mark>networks</mark> for <mark>molecules</mark>"
    sentence = "Message passing networks predict molecular properties."
    assert hit.snippet == sentence
    assert hit.snippet_html == sentence.replace("networks", "<mark>networks</mark>")


def test_latex_is_readable_before_it_is_marked(library: Library) -> None:
    terms = highlight_terms(parse("graph"))
    (hit,) = hits_of_page(library, [(number_of(library, "2606.00005"), 1.0)], 0, terms)
    assert hit.title_html == "The Erdős <mark>graph</mark> and α-Fe₂O₃"
