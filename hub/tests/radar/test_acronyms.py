"""Acronyms that texts define: whose letters begin the words before the bracket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.radar import acronyms
from academichub.radar.acronyms import MAX_CHARS_BEFORE, defined_acronyms

LLM = ("larg", "languag", "model")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Large language models (LLMs) reason.", {"llm": LLM}),
        ("a large language model (LLM)", {"llm": LLM}),
        ("We train Large-Language Models (LLM).", {"llm": LLM}),
        ("retrieval-augmented generation (RAG)", {"rag": ("retriev", "augment", "generat")}),
        # Stop words are stepped over, from the last word to the first.
        ("the Bank of England (BoE)", {"boe": ("bank", "england")}),
        ("the Table of Bread (TB)", {"tb": ("tabl", "bread")}),
        ("mixture of the experts (ME)", {"me": ("mixtur", "expert")}),
        ("mixture of experts (MoE)", {"moe": ("mixtur", "expert")}),
        # A word that is no stop word breaks the row.
        ("large pretrained language models (LLM)", {}),
        ("models of language that are large (LLM)", {}),
        # The letters are too few, too many, in lower case or not those of the words.
        ("language (L)", {}),
        ("language models (Lm)", {}),
        ("graph networks (LLM)", {}),
        ("language models (LLM)", {}),
        ("our method (Fig)", {}),
        ("information technology (IT)", {}),  # a stop word
        ("(LLM) large language models", {}),
        ("", {}),
    ],
)
def test_definitions_by_hand(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert defined_acronyms([text]) == expected


def test_the_form_that_is_defined_most_often_stays() -> None:
    texts = [
        "area under curve (AUC) and an alpha-unit cell (AUC)",
        "the area under curve (AUC)",
        "another uniform code (AUC)",
    ]
    assert defined_acronyms(texts) == {"auc": ("area", "under", "curv")}
    # Equally often: the same form in whatever order the texts come.
    tied = ["alpha beta (AB)", "active bread (AB)"]
    assert defined_acronyms(tied) == defined_acronyms(tied[::-1])


def test_only_a_bounded_part_before_each_bracket_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    long_form = acronyms._long_form

    def counted(acronym: str, before: str) -> tuple[str, ...]:
        read.append(len(before))
        return long_form(acronym, before)

    monkeypatch.setattr(acronyms, "_long_form", counted)
    # Each bracket would look back over all the others.
    text = "large language models " * 50 + "a (AA) " * 1_000
    defined_acronyms([text])
    assert len(read) == 1_000
    assert max(read) <= MAX_CHARS_BEFORE


@given(st.lists(st.sampled_from(["alpha", "beta", "of", "the", "gamma"]), min_size=2, max_size=6))
def test_initials_of_words_are_read_back_as_these_words(words: list[str]) -> None:
    content = [word for word in words if word not in ("of", "the")]
    acronym = "".join(word[0].upper() for word in content)
    defined = defined_acronyms([f"{' '.join(words)} ({acronym})"])
    expected = {acronym.lower(): tuple(content)} if len(content) >= 2 else {}
    assert defined == expected
