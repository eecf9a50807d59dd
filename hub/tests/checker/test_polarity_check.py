"""Reversals and contradictions, worked on sentences that differ in one word."""

from __future__ import annotations

import pytest

from academichub.checker.polarity_check import contradiction, read_polarity, reversal
from academichub.checker.word_weights import stem, tokens
from academichub.i18n.message_text import message_text

WORK = "Vitamin treatment increased bone density in elderly patients with fractures."


def reversed_by(sentence: str, *source: str) -> str:
    message = reversal(tokens(sentence), source)
    return "" if message is None else message_text(message)


def contradicted_by(sentence: str, source: list[str]) -> str:
    message = contradiction(sentence, source)
    return "" if message is None else message_text(message)


def test_a_sentence_does_not_reverse_itself_nor_another() -> None:
    assert reversed_by(WORK, WORK) == ""
    assert reversed_by("Corals bleach in warm water every second summer.", WORK) == ""
    assert reversed_by("It is so.", WORK) == ""


def test_one_negation_more_or_less_is_told() -> None:
    denied = WORK.replace("increased", "never increased")
    assert reversed_by(denied, WORK) == "the cited work says it without a negation"
    assert reversed_by(WORK, denied) == "the cited work says it with a negation"
    assert reversed_by(denied, denied) == ""


def test_an_opposite_is_told_with_both_words() -> None:
    turned = WORK.replace("increased", "decreased")
    words = stem("decreased"), stem("increased")
    said = "the sentence says '{}' where the cited work says '{}'"
    assert reversed_by(turned, WORK) == said.format(*words)
    assert reversed_by(WORK, turned) == said.format(*reversed(words))
    both = WORK.replace("increased", "increased or decreased")
    assert reversed_by(turned, both) == ""  # the work has the word too


def test_only_the_closest_sentence_counts_and_the_first_close_one_decides() -> None:
    denied = WORK.replace("increased", "never increased")
    assert reversed_by(WORK, "Corals bleach in warm water.", WORK, denied) == ""
    assert reversed_by(WORK, denied, WORK) == "the cited work says it with a negation"


def test_a_sentence_is_read_by_clauses_with_what_each_denies() -> None:
    reading = read_polarity("Melatonin did not shorten sleep, but nurses slept without pills.")
    assert reading.clauses == (
        (stem("melatonin"), stem("shorten"), "sleep"),
        (stem("nurses"), stem("slept"), stem("pills")),
    )
    assert reading.denied == (frozenset({stem("shorten")}), frozenset())
    assert reading.negations == 1
    assert reading.words == frozenset(word for clause in reading.clauses for word in clause)
    assert reading.heads == frozenset({stem("shorten")})
    assert reading.halves == frozenset()
    assert read_polarity("Little was unchanged.").halves == {stem("little"), stem("unchanged")}


def test_a_word_said_twice_is_not_denied() -> None:
    assert read_polarity("Sleep did not shorten, naps did shorten.").heads == frozenset()


SHORTENED = "Evening melatonin shortened sleep onset in shift workers."
NOT_SHORTENED = "Evening melatonin did not shorten sleep onset in shift workers."


def test_a_denial_is_told_with_who_denies() -> None:
    why = f"the {{}} denies '{stem('shorten')}', the {{}} does not"
    assert contradicted_by(NOT_SHORTENED, [SHORTENED]) == why.format("sentence", "cited work")
    assert contradicted_by(SHORTENED, [NOT_SHORTENED]) == why.format("cited work", "sentence")


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        (NOT_SHORTENED, [NOT_SHORTENED]),
        (NOT_SHORTENED, [SHORTENED, NOT_SHORTENED]),  # one sentence of the work agrees
        (NOT_SHORTENED, ["We asked whether evening melatonin shortened sleep onset in workers."]),
        (NOT_SHORTENED, ["Corals bleach in warm water every second summer."]),
        ("It did not.", [SHORTENED]),  # too few words to judge
        ("Melatonin did not shorten sleep onset and did not help workers.", [SHORTENED]),
    ],
)
def test_what_cannot_be_judged_or_agrees_is_no_contradiction(
    sentence: str, source: list[str]
) -> None:
    assert contradicted_by(sentence, source) == ""


def test_a_short_clause_of_the_work_may_be_what_is_denied() -> None:
    rest = "Mortality fell by half in treated adults over two winters."
    denied = "Daytime sleepiness did not change."
    sentence = "Daytime sleepiness showed a change in treated adults whose mortality fell by half."
    why = f"the cited work denies '{stem('change')}', the sentence does not"
    assert contradicted_by(sentence, [rest, denied]) == why
    assert contradicted_by(sentence, [rest, denied, "Their weight may change."]) == ""
    assert contradicted_by(sentence, [rest, denied.replace(" sleepiness", "")]) == ""  # two words
    assert contradicted_by(sentence, [rest, denied.replace("Daytime", "Morning")]) == ""
