"""Reasons: the phrases and examples that raise a work, what is said first, and in both languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from academichub.i18n.message_text import is_known, message_text
from academichub.messages import Message
from academichub.radar.explain import (
    MAX_REASONS,
    MAX_TITLE_CHARS,
    MAX_WORDS,
    MIN_SIMILARITY,
    example_reason,
    means_something,
    reason_messages,
    word_reason,
)
from academichub.radar.first_page import Claim
from academichub.radar.model_store import LibraryModel, fit_library_model
from academichub.radar.ranking import Taste
from academichub.radar.rules import Reason, ReasonKind
from academichub.radar.text_model import Vectors
from academichub.radar.vocabulary import bag
from academichub.works.work import Work

from .conftest import make_work

BACKGROUND = [
    "Bread rises slowly in a cold oven.",
    "Anchors hold ships in the harbour.",
    "Glaciers carve valleys over ages.",
    "Bees visit orchards in the spring.",
    "Kilns fire clay at high heat.",
    "Owls hunt mice on winter nights.",
]
LIKED = make_work(90, "Spiking neural networks", "Spiking neural networks save energy on chips.")
LIBRARY = [(f"Study {n}", text) for n, text in enumerate(BACKGROUND)] + [(LIKED.title, LIKED.text)]


@pytest.fixture(scope="module")
def model() -> LibraryModel:
    fitted = fit_library_model(LIBRARY, len(LIBRARY))
    assert fitted is not None
    return fitted


def word_reason_of(model: LibraryModel, work: Work, queries: Sequence[str] = ()) -> Reason | None:
    taste = Taste(model.vectors([(LIKED.title, LIKED.text)]))
    candidates = model.vectors([(work.title, work.text)])
    return word_reason(model.model, model.vocabulary, taste, candidates, 0, work, 0.4, queries)


def test_phrases_are_named_as_the_work_writes_them(model: LibraryModel) -> None:
    reason = word_reason_of(model, make_work(1, "Training a Spiking Neural Network", "In seconds."))
    assert reason is not None
    assert (reason.kind, reason.part) == ("words", 0.4)
    assert set(reason.value.split(", ")) == {"spiking neural", "neural network"}


def test_single_words_are_named_where_no_phrase_is_shared(model: LibraryModel) -> None:
    reason = word_reason_of(model, make_work(1, "Neural maps", "Energy and spiking of cells."))
    assert reason is not None
    assert set(reason.value.split(", ")) <= {"neural", "energy", "spiking"}
    assert "spiking" in reason.value


@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        (["spiking network"], {"spiking neural", "neural network"}),
        (["neural network"], {"spiking neural"}),
        (["neural", "networks"], {"spiking neural"}),
        (["spiking neural networks"], set()),
    ],
)
def test_what_a_query_names_is_not_named_again(
    model: LibraryModel, queries: list[str], expected: set[str]
) -> None:
    work = make_work(1, "Training a Spiking Neural Network", "In seconds.")
    reason = word_reason_of(model, work, queries)
    assert (set(reason.value.split(", ")) if reason else set()) == expected


def test_nothing_shared_is_no_reason(model: LibraryModel) -> None:
    assert word_reason_of(model, make_work(1, "Bees", "Bees visit orchards.")) is None
    assert word_reason_of(model, make_work(1, "", "")) is None


def test_a_compound_is_named_only_if_the_radar_has_all_of_it(model: LibraryModel) -> None:
    reason = word_reason_of(model, make_work(1, "Study", "Energy-clay kilns. Neural-energy."))
    assert reason is not None and reason.value == "neural-energy"
    assert word_reason_of(model, make_work(1, "Study", "Energy-clay kilns.")) is None
    numbered = word_reason_of(model, make_work(1, "Study", "Energy-19 kilns."))
    assert numbered is not None and numbered.value == "energy-19"


@given(st.lists(st.sampled_from(" ".join(BACKGROUND).split() + LIKED.text.split()), max_size=12))
def test_the_words_named_are_words_of_the_radar(model: LibraryModel, words: list[str]) -> None:
    reason = word_reason_of(model, make_work(1, "Study", " ".join(words)))
    named = set(bag("", reason.value.replace(", ", ". "))) if reason else set()
    assert named <= set(bag(LIKED.title, LIKED.text))


@pytest.mark.parametrize(("often", "seldom"), [("Chips", "Energy"), ("Energy", "Chips")])
def test_what_the_work_says_more_often_is_named_first(
    model: LibraryModel, often: str, seldom: str
) -> None:
    text = f"{often} of owls. {often}. {often} at night. {seldom} in spring."
    reason = word_reason_of(model, make_work(1, "Study", text))
    assert reason is not None
    assert reason.value == f"{often}, {seldom}".lower()


def test_only_so_many_words_are_named(model: LibraryModel) -> None:
    text = "Spiking. Neural. Networks. Save. Energy. Chips."
    reason = word_reason_of(model, make_work(1, "Study", text))
    assert reason is not None and len(reason.value.split(", ")) == MAX_WORDS


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("spike", True),
        ("spike neural", True),
        ("xy", False),  # too short
        ("xy neural", False),
        ("脑机", True),
        ("model", False),  # of every subject
        ("neural model", False),
        ("propos", False),
    ],
)
def test_words_that_mean_something(word: str, expected: bool) -> None:
    assert means_something(word) is expected


def vectors_of(rows: Sequence[Sequence[float]]) -> Vectors:
    """Return rows as vectors; the latent space, which examples do not need, is empty."""
    count = len(rows)
    return Vectors(
        sparse.csr_matrix(np.asarray(rows)),
        np.zeros((count, 1), dtype=np.float32),
        np.ones(count, dtype=np.float32),
    )


def unit(cosine: float) -> list[float]:
    """Return a row of length 1 with a cosine to (1, 0)."""
    return [cosine, math.sqrt(1 - cosine**2)]


NEAREST = make_work(91, "A spiking chip")
CANDIDATE = make_work(1, "Another chip")


@pytest.mark.parametrize(
    ("kind", "reason_kind"),
    [("example", "example"), ("like", "liked"), ("saved", "saved"), ("opened", "opened")],
)
def test_the_nearest_example_is_named_by_its_kind(kind: str, reason_kind: ReasonKind) -> None:
    taste = Taste(vectors_of([unit(0.3), unit(0.8)]))
    examples = [(LIKED, "like"), (NEAREST, kind)]
    reason = example_reason(taste, vectors_of([[1, 0]]), 0, CANDIDATE, examples, 0.5)
    assert reason == Reason(reason_kind, NEAREST.key, NEAREST.title, pytest.approx(0.5 * 0.8))


def test_an_example_that_is_not_near_is_not_named() -> None:
    for cosine in (MIN_SIMILARITY - 0.01, MIN_SIMILARITY + 0.01):
        taste = Taste(vectors_of([unit(cosine)]))
        reason = example_reason(
            taste, vectors_of([[1, 0]]), 0, CANDIDATE, [(NEAREST, "example")], 1.0
        )
        assert (reason is None) == (cosine < MIN_SIMILARITY)
    assert (
        example_reason(Taste(vectors_of([])), vectors_of([[1, 0]]), 0, CANDIDATE, [], 1.0) is None
    )


def test_a_work_is_no_example_of_itself_and_rows_behind_the_examples_are_none() -> None:
    # The third row is the text of a query: nearest, but no work.
    taste = Taste(vectors_of([unit(0.9), unit(0.4), [1, 0]]))
    examples = [(CANDIDATE, "example"), (NEAREST, "like")]
    reason = example_reason(taste, vectors_of([[1, 0]]), 0, CANDIDATE, examples, 1.0)
    assert reason == Reason("liked", NEAREST.key, NEAREST.title, pytest.approx(0.4))


def test_a_long_title_is_cut_at_a_word() -> None:
    title = f"Tides, {'currents ' * 20}"
    taste = Taste(vectors_of([[1, 0]]))
    example = make_work(91, title)
    reason = example_reason(taste, vectors_of([[1, 0]]), 0, CANDIDATE, [(example, "like")], 1.0)
    assert reason is not None
    assert reason.detail == "Tides, " + " ".join(["currents"] * 7) + "..."
    assert len(reason.detail) <= MAX_TITLE_CHARS + 3


def codes(messages: Sequence[Message]) -> list[str]:
    return [message.code.removeprefix("why.") for message in messages]


def test_the_strongest_reasons_come_first_whatever_their_sign() -> None:
    reasons = [
        Reason("query", "tide", part=0.3),
        Reason("disliked", "arxiv:2603.00001", part=-1.0),
        Reason("category", "cs.LG", "cs.LG", 0.1),
        Reason("author", "Grace Hopper", part=0.6),
        Reason("venue", "Tides Letters", part=0.2),
        Reason("fresh", "new", "cs.LG", 5.0),
    ]
    assert codes(reason_messages(reasons)) == ["disliked", "author", "query", "venue"]


def test_the_announcement_is_a_reason_only_without_others() -> None:
    fresh = Reason("fresh", "cross", "math.OC", 0.07)
    assert reason_messages([fresh]) == [Message.of("why.cross", category="math.OC")]
    assert codes(reason_messages([fresh, Reason("category", "cs.LG", "cs.LG", 0.01)])) == [
        "category"
    ]
    assert reason_messages([Reason("fresh", "")]) == []
    assert reason_messages([]) == []


@pytest.mark.parametrize(
    ("claim", "reason", "code"),
    [
        (Claim("author", "Ada Tide"), Reason("author", "Ada Tide", part=0.6), "author"),
        (Claim("query", "tide"), Reason("query", "tide", part=0.3), "best_match"),
        (Claim("category", "cs.LG"), Reason("category", "cs.LG", "cs.LG"), "best_of_category"),
        (Claim("category", "cs"), Reason("archive", "cs", "cs.LG"), "best_of_category"),
    ],
)
def test_a_claim_comes_first_and_stands_for_the_reason_it_says(
    claim: Claim, reason: Reason, code: str
) -> None:
    stronger = Reason("words", "reef, tide gauge", part=9.0)
    other = Reason(reason.kind, "another", "another", part=0.01)
    assert codes(reason_messages([stronger, reason, other], claim)) == [code, "words", reason.kind]
    assert codes(reason_messages([Reason("fresh", "new", "cs.LG")], claim)) == [code]


EVERY_KIND = sorted(get_args(ReasonKind))


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", [kind for kind in EVERY_KIND if kind != "fresh"])
def test_every_kind_of_reason_has_words_in_both_languages(kind: ReasonKind, lang: str) -> None:
    (message,) = reason_messages([Reason(kind, "Ada, Tide", "A. Tide")])
    assert is_known(message.code, lang)
    text = message_text(message, lang)
    assert kind in ("disliked", "withdrawn") or "Tide" in text
    assert "%(" not in text


@pytest.mark.parametrize("type_", ["new", "cross", "replace", "replace-cross"])
def test_every_announcement_has_words_in_both_languages(type_: str) -> None:
    (message,) = reason_messages([Reason("fresh", type_, "cs.LG")])
    assert all("cs.LG" in message_text(message, lang) for lang in ("en", "zh-CN"))


REASONS = st.lists(
    st.builds(
        Reason,
        st.sampled_from([kind for kind in EVERY_KIND if kind != "fresh"]),
        st.sampled_from(["tide", "reef"]),
        st.just(""),
        st.floats(-1, 1),
    ),
    max_size=8,
)


@given(REASONS, st.booleans())
def test_at_most_so_many_reasons_the_strongest_of_all(
    reasons: list[Reason], is_claimed: bool
) -> None:
    claim = Claim("query", "tide") if is_claimed else None
    messages = reason_messages(reasons, claim)
    others = [
        reason
        for reason in reasons
        if not (is_claimed and (reason.kind, reason.value) == ("query", "tide"))
    ]
    strongest = sorted((abs(reason.part) for reason in others), reverse=True)
    assert len(messages) == min(MAX_REASONS, len(others) + is_claimed)
    shown = messages[is_claimed:]
    by_message: dict[Message, float] = {}
    for reason in others:
        (message,) = reason_messages([reason])
        by_message[message] = max(abs(reason.part), by_message.get(message, 0.0))
    least = strongest[len(shown) - 1] if shown else 0.0
    assert all(by_message[message] >= least for message in shown)
