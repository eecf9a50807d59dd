"""Which numbers of a sentence hold: value, unit, rounding, place, and the reason where one does not."""

from __future__ import annotations

import pytest

from academichub.checker.number_check import MAX_NUMBERS, _Places, missing_numbers
from academichub.checker.passage import read_numbered
from academichub.checker.word_weights import fold, idf, stem
from academichub.i18n.message_text import message_text


def reasons(sentence: str, *works: str) -> list[str]:
    numbered = [read_numbered(fold(text)) for text in (sentence, *works)]
    return [message_text(why) for _, why in missing_numbers(numbered[0], numbered[1:])]


@pytest.mark.parametrize(
    ("sentence", "work"),
    [
        ("the share is 50%", "a share of 0.5"),
        ("a ratio of 0.5", "50% of it"),
        ("accuracy of 12%", "a score of 12"),  # the work writes no unit
        ("accuracy of 12.5%", "12.5 models"),  # a broken number counts nothing
        ("accuracy of 12%", "12 of them"),  # a function word is not counted
        ("accuracy of 12%", "12 (models)"),  # nor what is not the next word
        ("a length of 5", "5 km"),
        ("over 90%", "91.3%"),
        ("about 12", "12.4"),
        ("a 2x gain", "a gain of 2"),
        ("nearly half", "a factor of 0.5"),
    ],
)
def test_a_number_holds(sentence: str, work: str) -> None:
    assert reasons(sentence, work) == []


@pytest.mark.parametrize(
    ("sentence", "work", "number"),
    [
        ("150% of it", "the ratio is 1.5", "150%"),  # only a share below 1 is written in per cent
        ("a ratio of 1.5", "150% of it", "1.5"),
        ("a share of 100%", "one of them", "100%"),
        ("about 13", "12.4", "13"),  # rounded the wrong way
        ("about 12", "12", None),
        ("over 90%", "95.3%", "90%"),  # more than a twentieth away
        ("90%", "91.3%", "90%"),  # no word says that it is rounded
        ("about 12.41", "12.4", "12.41"),  # finer than what is rounded
    ],
)
def test_a_value_is_equal_or_rounded_where_a_word_says_so(
    sentence: str, work: str, number: str | None
) -> None:
    expected = [f"number {number} does not occur in the cited works"] if number else []
    assert reasons(sentence, work) == expected


@pytest.mark.parametrize(
    ("sentence", "work", "unit"),
    [
        ("a load of 5 kg", "a way of 5 km", "km"),
        ("accuracy of 12%", "they train 12 models", "no unit"),
        ("a load of 5 kg", "5 km and 5 s", "km, s"),
    ],
)
def test_another_unit_is_named(sentence: str, work: str, unit: str) -> None:
    [why] = reasons(sentence, work)
    assert why.endswith(f"occurs in the cited works with another unit ({unit})")


def test_a_number_of_another_place_is_displaced() -> None:
    work = "Training took 12 days on 32 GPUs. The model has 48 layers."
    assert reasons("Training took 12 days on 32 GPUs.", work) == []
    assert reasons("Training took 12 days on 48 GPUs.", work) == ["says 48; the cited work says 32"]
    assert reasons("It used 48 layers.", work) == []
    days = "Training took 12 days on many chips. All tests together needed 48 days."
    assert reasons("Training took 48 days on many chips.", days) == [
        "says 48 days; the cited work says 12 days"
    ]
    metres = days.replace("12 days", "12 km")  # no rival: nobody would take days for kilometres
    assert reasons("Training took 48 days on many chips.", metres) == []


def test_the_number_of_cited_works_is_not_theirs() -> None:
    sentence = "Two studies report a gain."
    assert reasons(sentence, "A gain.", "Another gain.") == []
    assert reasons(sentence, "A gain.") == ["number Two does not occur in the cited works"]
    assert len(reasons(sentence, "A gain.", "Another.", "A third gain.")) == 1


def test_words_around_a_number_weigh_by_distance_rarity_and_side() -> None:
    text = read_numbered("Old news. In brief the model reaches 12 points on news. 7 more.")
    number = text.quantities[0]

    def weight(word: str, distance: int) -> float:
        return (1 + idf(stem(word)) / 4) / (1 + distance)

    assert _Places(text).surroundings(number) == pytest.approx(
        {
            (-1, stem("reaches")): weight("reaches", 0),
            (-1, "model"): weight("model", 1),
            (-1, "the"): 0.6 / 3,
            (-1, "brief"): weight("brief", 3),  # four words a side, of the same sentence
            (1, "point"): weight("points", 0),
            (1, "on"): 0.6 / 2,
            (1, "news"): weight("news", 2),
        }
    )


def test_numbers_beyond_the_bound_count_as_missing_and_are_named() -> None:
    text = "; ".join(f"sample {number}" for number in range(1, MAX_NUMBERS + 3))
    numbered = read_numbered(fold(text))
    assert len(numbered.quantities) == MAX_NUMBERS + 2
    missing = missing_numbers(numbered, [numbered])
    assert [quantity.value for quantity, _ in missing] == [MAX_NUMBERS + 1, MAX_NUMBERS + 2]
    assert message_text(missing[0][1]) == (
        "number 101 was not compared: of a sentence the first 100 numbers are; split it"
    )
