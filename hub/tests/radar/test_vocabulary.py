"""The vocabulary of the text model: words, pairs of neighbours and their written forms."""

import pytest

from academichub.radar import vocabulary
from academichub.radar.vocabulary import bag, fit_vocabulary, written_forms


def test_a_bag_has_words_and_pairs_of_neighbours() -> None:
    assert bag("Folding proteins", "the proteins of 2026 x") == {
        "fold": 1,
        "protein": 2,
        "fold protein": 1,
    }
    # A stop word is stepped over, a number is not, and nothing joins title and abstract.
    assert bag("Learning from data", "data 3 model") == {
        "learn": 1,
        "data": 2,
        "learn data": 1,
        "model": 1,
    }


@pytest.mark.parametrize("written", ["real-world models", "real world models", "Real-World Model"])
def test_the_world_of_real_world_is_no_neighbour_of_what_follows(written: str) -> None:
    assert bag(written, "") == {"real": 1, "world": 1, "model": 1, "real world": 1}
    assert "world model" in bag("world-model agents", "")


def test_a_plural_acronym_counts_as_its_singular() -> None:
    assert bag("", "VLAs and LLMs") == {"vla": 1, "llm": 1, "vla llm": 1}


def test_the_vocabulary_has_the_most_frequent_words_first() -> None:
    bags = [{"a1": 1, "bb": 2}, {"bb": 1}, {"cc": 1, "bb": 1}]
    fitted = fit_vocabulary(bags)
    assert fitted.words == ("bb", "a1", "cc")
    assert fitted.counts([{"cc": 2, "zz": 9}, {}]).toarray().tolist() == [[0, 0, 2], [0, 0, 0]]
    many = [{"common": 1, f"own{n}": 1, f"pair{n // 2}": 1} for n in range(200)]
    words = fit_vocabulary(many).words
    assert set(words[:100]) == {f"pair{n}" for n in range(100)}
    assert set(words[100:]) == {f"own{n}" for n in range(200)}


def test_only_so_many_words_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MAX_WORDS", 2)
    assert fit_vocabulary([{"rare": 1, "often": 1}, {"often": 1, "b": 1}]).words == ("often", "b")


def test_words_are_shown_as_written() -> None:
    forms = written_forms(
        ["protein", "fold", "dna", "ocean"],
        "Folding of Proteins; proteins and proteins. DNA, folding.",
    )
    assert forms == {
        "protein": "proteins",
        "fold": "folding",
        "dna": "DNA",
    }  # the text has no ocean


def test_pairs_are_shown_as_they_stand_next_to_each_other() -> None:
    text = "World Models of the Ocean. Real-world tasks; a world of models, LLMs"
    forms = written_forms(["world model", "real world", "task world", "llm", "model ocean"], text)
    assert forms == {  # no "task world": the ends of two sentences are not a pair
        "world model": "world of models",
        "real world": "real-world",
        "llm": "LLMs",
        "model ocean": "models of the ocean",
    }
