"""The line-up: order, hides, explanations, cold start, determinism."""

import random

import numpy as np
import pytest

from academichub.i18n.message_text import message_text
from academichub.radar.explain import reason_messages
from academichub.radar.first_page import PAGE, Claim
from academichub.radar.lineup import (
    FEW_OF_A_CATEGORY,
    Candidate,
    LineUp,
    Meanings,
    line_up,
)
from academichub.radar.model_store import LibraryModel
from academichub.radar.profile import make_profile, named_works
from academichub.radar.rules import TYPE_WORTH
from academichub.radar.signals import Signal
from academichub.radar.text_model import fit_text_model
from academichub.radar.vocabulary import bag, fit_vocabulary
from academichub.works.author import Author
from academichub.works.work import Announcement, Work

from .conftest import BAKING_WORDS, DAY, baking_text, make_work, sailing_text

WORKS = [
    make_work(
        n,
        f"{'Sailing' if n % 2 else 'Baking'} study {n}",
        sailing_text(n) if n % 2 else baking_text(n),
    )
    for n in range(1, 41)
]


@pytest.fixture(scope="module")
def model() -> LibraryModel:
    bags = [bag(work.title, work.abstract) for work in WORKS]
    vocabulary = fit_vocabulary(bags)
    return LibraryModel(vocabulary, fit_text_model(vocabulary.counts(bags)), len(WORKS), "made")


def lined(
    works: list[Work],
    signals: list[Signal],
    model: LibraryModel | None,
    known: list[Work] = WORKS,
    meanings: Meanings | None = None,
) -> LineUp:
    profile = make_profile(signals, {work.key: work for work in known})
    candidates = [Candidate(work, work.announcement_on(DAY, DAY)) for work in works]
    return line_up(candidates, profile, model, DAY, meanings)


def keys(line: LineUp) -> list[str]:
    return [candidate.work.key for candidate in line.candidates]


def texts(line: LineUp, position: int, lang: str = "en") -> list[str]:
    messages = reason_messages(line.reasons(position), line.claims.get(position))
    return [message_text(message, lang) for message in messages]


def test_what_is_like_a_liked_work_comes_first_and_says_so(model: LibraryModel) -> None:
    line = lined(WORKS[1:21], [Signal("like", WORKS[0].key)], model)
    sailing = {work.key for work in WORKS[1:21] if "Sailing" in work.title}
    assert set(keys(line)[: len(sailing)]) == sailing
    assert np.all(np.diff(line.scores_N) <= 0)
    assert 0 < line.scores_N[-1] < line.scores_N[0] < 1
    why = texts(line, 0)
    (words,) = (text for text in why if text.startswith("shares words with your radar: "))
    first = line.candidates[0].work
    assert all(
        word in f"{first.title} {first.abstract}".lower()
        for word in words.partition(": ")[2].split(", ")
    )
    assert not any(word in words for word in BAKING_WORDS.split())
    assert 'close to "Sailing study 1", which you liked' in why
    assert any(text.startswith("与您喜欢的《Sailing study 1》") for text in texts(line, 0, "zh"))
    last = texts(line, len(line.candidates) - 1)
    assert not any("Sailing" in text for text in last)


def test_disliked_texts_sink(model: LibraryModel) -> None:
    candidates = [WORKS[1], WORKS[2]]
    liked_both = [Signal("like", WORKS[10].key), Signal("like", WORKS[11].key)]
    line = lined(candidates, [*liked_both, Signal("dislike", WORKS[14].key)], model)
    assert keys(line) == [WORKS[1].key, WORKS[2].key]
    line = lined(candidates, [*liked_both, Signal("dislike", WORKS[15].key)], model)
    assert keys(line) == [WORKS[2].key, WORKS[1].key]


def test_hidden_works_never_appear(model: LibraryModel) -> None:
    hidden = [Signal("hide", WORKS[n].key) for n in (3, 5)]
    shown = keys(lined(WORKS, [*hidden, Signal("like", WORKS[3].key)], model))
    assert len(shown) == 38
    assert not {WORKS[3].key, WORKS[5].key} & set(shown)
    stronger = make_work(4, WORKS[3].title, key="doi:10.1234/x")
    profile = make_profile([Signal("hide", WORKS[3].key)], {WORKS[3].key: stronger})
    assert line_up([Candidate(stronger, None)], profile, model, DAY).candidates == ()


def test_cold_start_from_categories_alone(model: LibraryModel) -> None:
    new = Announcement("arxiv_announce", DAY, "new", "math.OC", 1)
    replace = Announcement("arxiv_announce", DAY, "replace", "math.OC", 2)
    primary = make_work(1, "One", categories=("math.OC",), announcements=(replace,))
    listed = make_work(2, "Two", categories=("cs.LG", "math.OC"))
    fresh = make_work(3, "Three", categories=("math.OC", "cs.LG"), announcements=(new,))
    other = make_work(4, "Four", categories=("cs.CV",))
    for used in (model, None):
        line = lined([other, listed, primary, fresh], [Signal("category", "math.OC")], used)
        assert keys(line) == [fresh.key, listed.key, primary.key, other.key]
        assert texts(line, 0) == ["the best of the few works in math.OC, which you follow"]
        assert texts(line, 1) == texts(line, 2) == ["in math.OC, a category of yours"]
        assert texts(line, 3) == ["new in cs.LG"]
        assert texts(line, 3, "zh") == ["cs.LG 新论文"]


def test_evidence_for_what_is_not_new_counts_less(model: LibraryModel) -> None:
    works = [
        make_work(
            number,
            "Yeast in dough",
            baking_text(2),
            announcements=(Announcement("arxiv_announce", DAY, announced, "cs.LG", 1),),
        )
        for number, announced in enumerate(TYPE_WORTH, 50)
    ]
    line = lined(works, [Signal("query", "yeast"), Signal("like", WORKS[1].key)], model)
    types = [work.announced.type for work in line.candidates if work.announced is not None]
    assert types == ["new", "cross", "replace", "replace-cross"]
    queries = [
        next(reason.part for reason in line.reasons(position) if reason.kind == "query")
        for position in range(len(works))
    ]
    assert queries == pytest.approx([queries[0] * TYPE_WORTH[announced] for announced in types])


def test_followed_people_come_first_and_namesakes_are_said_to_be_uncertain(
    model: LibraryModel,
) -> None:
    sure = make_work(1, "One", authors=(Author("Grace Hopper"),))
    perhaps = make_work(2, "Two", authors=(Author("G. Hopper"),))
    line = lined([make_work(3, "Three"), perhaps, sure], [Signal("author", "Grace Hopper")], None)
    assert keys(line)[:2] == [sure.key, perhaps.key]
    assert texts(line, 0) == ["by Grace Hopper, whom you follow"]
    assert texts(line, 1) == ["by G. Hopper, perhaps Grace Hopper, whom you follow"]


def test_a_query_alone_ranks_texts_too(model: LibraryModel) -> None:
    near = make_work(50, "A yacht", "Canvas over water.")
    line = lined([WORKS[1], near, WORKS[3]], [Signal("query", "yacht keel harbour")], model)
    assert keys(line)[0] == near.key
    assert not any("query" in text for text in texts(line, 0))


def test_the_order_does_not_depend_on_the_input_order(model: LibraryModel) -> None:
    signals = [
        Signal("like", WORKS[0].key),
        Signal("query", "oven"),
        Signal("dislike", WORKS[2].key),
    ]
    expected = lined(WORKS, signals, model)
    for seed in range(3):
        shuffled = random.Random(seed).sample(WORKS, len(WORKS))
        again = lined(shuffled, signals, model)
        assert keys(again) == keys(expected)
        assert np.array_equal(again.scores_N, expected.scores_N)


def test_no_works_and_unknown_keys(model: LibraryModel) -> None:
    signals = [
        Signal("like", "arxiv:2001.00001"),
        Signal("example", "doi:10.1/none"),
        Signal("hide", "arxiv:2001.00002"),
    ]
    assert named_works(signals) == ["arxiv:2001.00001", "doi:10.1/none", "arxiv:2001.00002"]
    assert lined([], signals, model).candidates == ()
    assert len(lined(WORKS, signals, model).candidates) == 40


def test_muted_works_never_appear(model: LibraryModel) -> None:
    line = lined(WORKS, [Signal("mute_word", "baking"), Signal("like", WORKS[1].key)], model)
    assert {work.key for work in WORKS if "Sailing" in work.title} == set(keys(line))


def test_likeness_in_meaning_by_hand() -> None:
    near, far, unknown, liked, other = (make_work(n, f"Work {n}") for n in range(1, 6))
    meanings = Meanings(
        {
            near.key: np.array([0.6, 0.8]),
            far.key: np.array([-1.0, 0.0]),
            liked.key: np.array([1.0, 0.0]),
            "arxiv:2001.00001": np.array([0.0, 1.0]),
        }
    )
    # Liked works without a vector are left out, works without one are like nothing.
    likeness = meanings.likeness([near, far, unknown], [liked, other])
    assert likeness is not None
    assert likeness == pytest.approx(np.array([[0.6], [-1.0], [0.0]]))
    assert meanings.likeness([near], [other]) is None
    assert meanings.likeness([unknown], [liked]) is None
    assert meanings.likeness([], [liked]) is None


def test_nearness_in_meaning_moves_works_that_share_no_word(model: LibraryModel) -> None:
    candidates = [make_work(number, f"Quartz {number}") for number in range(51, 56)]
    vectors = {
        work.key: np.array([np.cos(angle), np.sin(angle)])
        for angle, work in enumerate([WORKS[0], *candidates])
    }
    signals = [Signal("like", WORKS[0].key)]
    for used in (model, None):
        line = lined(candidates[::-1], signals, used, meanings=Meanings(vectors))
        # Angles of 1 to 5: from 2 to 4 the cosine is below 0 and counts as none.
        assert keys(line) == [candidates[n].key for n in (0, 4, 1, 2, 3)]
        assert keys(lined(candidates[::-1], signals, used)) == [work.key for work in candidates]


QUARTZ = make_work(
    50,
    "Quartz veins",
    "Minerals of old rocks.",
    categories=("physics.geo-ph",),
    authors=(Author("Mary Anning"),),
)
SAILING = [make_work(n, f"Sailing {n}", sailing_text(n)) for n in range(100, 150)]


@pytest.mark.parametrize(
    ("signal", "pages", "claim"),
    [
        (Signal("query", "quartz veins", 0.01), 1, Claim("query", "quartz veins")),
        (Signal("author", "Mary Anning", 0.01), 1, Claim("author", "Mary Anning")),
        (Signal("category", "physics", 0.01), 2, Claim("category", "physics")),
        (Signal("category", "physics.geo-ph", 0.01), 2, Claim("category", "physics.geo-ph")),
        (Signal("author", "M. Anning", 0.01), 3, None),  # only perhaps the same person
        (Signal("category", "math.OC"), 3, None),
        (Signal("query", "minerals of the sea in spring", 0.01), 3, None),
    ],
)
def test_claims_bring_a_work_to_the_first_pages(
    model: LibraryModel, signal: Signal, pages: int, claim: Claim | None
) -> None:
    likes = [Signal("like", WORKS[n].key) for n in (0, 2)]
    line = lined([*SAILING, QUARTZ], [*likes, signal], model)
    position = keys(line).index(QUARTZ.key)
    assert (pages - 1) * PAGE <= position < pages * PAGE
    assert line.claims.get(position) == claim


def test_a_disliked_work_claims_no_place(model: LibraryModel) -> None:
    signals = [
        Signal("query", "quartz veins"),
        Signal("category", "physics"),
        Signal("dislike", QUARTZ.key),
    ]
    profile_works = [*WORKS, QUARTZ]
    line = lined([*SAILING, QUARTZ], signals, model, known=profile_works)
    assert keys(line)[-1] == QUARTZ.key
    assert line.claims == {}


@pytest.mark.parametrize("count", [1, FEW_OF_A_CATEGORY, FEW_OF_A_CATEGORY + 1])
def test_a_category_is_rare_with_few_works_whose_primary_one_it_is(
    model: LibraryModel, count: int
) -> None:
    rare = [
        make_work(number, f"Quartz {number}", categories=("physics.geo-ph",))
        for number in range(50, 50 + count)
    ]
    listed = [
        make_work(number, "Tide", categories=("cs.LG", "physics.geo-ph")) for number in (1, 2)
    ]
    line = lined([*listed, *rare], [Signal("category", "physics.geo-ph")], model)
    claimed = [line.candidates[position].work.key for position in line.claims]
    assert claimed == ([rare[0].key] if count <= FEW_OF_A_CATEGORY else [])


def test_scores_are_what_the_parts_of_the_reasons_make() -> None:
    signals = [Signal("query", "bread"), Signal("author", "Ada Lovelace")]
    line = lined(WORKS, signals, None)
    worths = [sum(reason.part for reason in line.reasons(n)) for n in range(len(WORKS))]
    expected = [1 - np.exp(-max(0.0, worth)) for worth in worths]
    named = [n for n in range(len(WORKS)) if "query" in {r.kind for r in line.reasons(n)}]
    assert named
    assert line.scores_N[named] == pytest.approx(np.array(expected)[named])


def test_a_disliked_work_sinks_whatever_it_matches(model: LibraryModel) -> None:
    signals = [
        Signal("query", "quartz veins", 5.0),
        Signal("author", "Mary Anning"),
        Signal("like", WORKS[0].key),
        Signal("dislike", QUARTZ.key),
    ]
    for used in (model, None):
        line = lined([*WORKS[1:], QUARTZ], signals, used, known=[*WORKS, QUARTZ])
        assert keys(line)[-1] == QUARTZ.key
        assert texts(line, len(WORKS) - 1)[0] == "you disliked it"
