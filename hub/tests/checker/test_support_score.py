"""Support by words: what counts as having a word, the order of words, and the share that is had."""

from __future__ import annotations

import math

import pytest

from academichub.checker.passage import content_stems, read_passage
from academichub.checker.support_score import (
    FEATURES,
    closeness,
    match_credit,
    plain_share,
    support_features,
    support_model,
    support_score,
    word_share,
)
from academichub.checker.word_weights import idf, stem

CORALS = read_passage("Corals", "Corals bleach in warm water. Fish leave the reef afterwards.")


def credit(words: str, work: str, *acronyms: str) -> list[float]:
    stems = tuple(stem(word) for word in words.split())
    return list(match_credit(stems, acronyms, [read_passage("", work)]).values())


def test_a_word_is_had_by_itself_or_not_at_all() -> None:
    assert credit("corals quasar", "Corals bleach in warm water.") == [1, 0]


def test_an_acronym_of_the_work_has_the_words_it_stands_for() -> None:
    assert credit("large language models", "We evaluate LLM answers.") == [1, 1, 1]
    assert credit("gaussian processes", "We fit GPs to prices.") == [1, 1]
    # Two letters in the singular are too easily met by chance.
    assert credit("gaussian processes", "We visit a GP at noon.") == [0, 0]


def test_an_acronym_of_the_sentence_is_had_where_the_work_spells_it_out() -> None:
    assert credit("MRI", "We use magnetic resonance imaging.", "MRI") == [1]
    assert credit("MRI", "We use tomography.", "MRI") == [0]


def test_a_derived_form_has_nine_tenths_of_its_likeness() -> None:
    # `hydro` begins `hydrology`: 5/5 (1/2 + 1/2 5/9) is more than the likeness by trigrams.
    words = {"hydrology": 0.0}
    assert match_credit(tuple(words), [], [read_passage("", "hydro")])[
        "hydrology"
    ] == pytest.approx(0.9 * (0.5 + 0.5 * 5 / 9))


def test_the_share_of_words_is_weighted_by_rarity() -> None:
    corals, quasar = idf(stem("corals")), idf(stem("quasars"))
    expected = corals / (corals + quasar)
    assert word_share("Corals and quasars", [CORALS]) == pytest.approx(expected)
    assert plain_share("Corals and quasars", CORALS) == pytest.approx(expected)
    assert word_share("and the", [CORALS]) == plain_share("and the", CORALS) == 0
    assert word_share("Corals", []) == 0


def test_features_of_a_sentence_worked_by_hand() -> None:
    features = support_features("Corals met a zyxquorn", [CORALS])
    assert features is not None
    by_name = dict(zip(FEATURES, features, strict=True))
    weights = {word: idf(word) for word in content_stems("Corals met a zyxquorn")}
    total, had = sum(weights.values()), weights[stem("corals")]
    recall = had / total
    assert by_name["recall"] == pytest.approx(recall)
    assert by_name["window_recall"] == pytest.approx(recall)
    assert by_name["title_recall"] == pytest.approx(recall)
    assert by_name["rare_recall"] == 0  # the rarest third of three words is the one no abstract has
    assert by_name["pair_recall"] == 0
    assert by_name["order"] == pytest.approx(recall)
    assert by_name["left_over"] == pytest.approx(math.log1p(total - had))
    assert by_name["worst_left"] == pytest.approx(max(weights.values()) / 12)
    assert by_name["matched_mass"] == pytest.approx(math.log1p(had))
    assert by_name["length"] == pytest.approx(math.log(len(weights)))
    assert by_name["verbatim"] == 0
    assert by_name["square_recall"] == pytest.approx(recall**2)


def test_the_score_is_the_logistic_regression_of_the_features() -> None:
    sentence = "Corals met a zyxquorn"
    model, features = support_model(), support_features(sentence, [CORALS])
    assert features is not None
    columns = zip(features, model.means, model.scales, model.weights, strict=True)
    total = model.bias + sum((value - mean) / scale * w for value, mean, scale, w in columns)
    assert support_score(sentence, [CORALS]) == pytest.approx(1 / (1 + math.exp(-total)))
    assert support_score("and the", [CORALS]) == support_score(sentence, []) == 0


def test_an_extract_is_closest_and_order_counts() -> None:
    extract = "Corals bleach in warm water."
    assert closeness(extract, [CORALS]) == 1
    words = [stem(word) for word in ("water", "warm", "corals", "bleach")]
    in_order = sum(idf(word) for word in words[2:]) / sum(idf(word) for word in words)
    backwards = sum(idf(word) for word in words[:2]) / sum(idf(word) for word in words)
    expected = max(in_order, max(idf(w) for w in words[:2]) / sum(idf(w) for w in words))
    assert closeness("Water, warm: corals bleach", [CORALS]) == pytest.approx(expected)
    assert backwards < 1
    assert closeness("and the", [CORALS]) == 0
