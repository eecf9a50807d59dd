"""The evaluation on judged readers: the loss against a naive loop, files as outsiders write them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from academichub.errors import InputError
from academichub.radar import reader_evaluation
from academichub.radar.reader_evaluation import (
    JudgedReader,
    kendall_loss,
    mean_loss,
    product_order,
    read_papers,
    read_readers,
)
from academichub.works.work import Work

from .conftest import baking_text, make_work, sailing_text

GRADES = st.dictionaries(
    st.sampled_from("abcdefgh"), st.integers(0, 8).map(lambda halves: halves / 2), min_size=2
)


def places(order: Sequence[str]) -> dict[str, int]:
    return {key: place for place, key in enumerate(order)}


def naive_loss(order: Sequence[str], grades: Mapping[str, float]) -> tuple[float, float]:
    """Return what the loss is by its definition: a look at every pair of the order."""
    wrong = total = 0.0
    for place, above in enumerate(order):
        for below in order[place + 1 :]:
            if above in grades and below in grades:
                total += abs(grades[above] - grades[below])
                wrong += max(0.0, grades[below] - grades[above])
    return wrong, total


def test_the_loss_by_hand() -> None:
    grades = {"a": 3.0, "b": 1.0, "c": 0.0}
    # Pairs a-b (2), a-c (3) and b-c (1).
    assert kendall_loss(places("abc"), grades) == (0.0, 6.0)
    assert kendall_loss(places("bac"), grades) == (2.0, 6.0)
    assert kendall_loss(places("bca"), grades) == (5.0, 6.0)
    assert kendall_loss(places("cba"), grades) == (6.0, 6.0)


def test_equal_grades_and_papers_out_of_the_order_make_no_pair() -> None:
    assert kendall_loss(places("ab"), {"a": 2.0, "b": 2.0}) == (0.0, 0.0)
    assert kendall_loss(places("ba"), {"a": 2.0, "b": 1.0, "example": 5.0}) == (1.0, 1.0)
    assert kendall_loss({}, {"a": 2.0, "b": 1.0}) == (0.0, 0.0)


@given(st.permutations("abcdefgh"), GRADES)
def test_the_loss_is_that_of_a_loop_over_all_pairs(
    order: list[str], grades: dict[str, float]
) -> None:
    assert kendall_loss(places(order), grades) == pytest.approx(naive_loss(order, grades))


@given(st.permutations("abcdefgh"), GRADES)
def test_an_order_and_its_reverse_are_wrong_in_all_pairs_together(
    order: list[str], grades: dict[str, float]
) -> None:
    wrong, total = kendall_loss(places(order), grades)
    wrong_reversed, _ = kendall_loss(places(order[::-1]), grades)
    assert wrong + wrong_reversed == pytest.approx(total)


@given(GRADES)
def test_the_readers_own_order_loses_nothing_and_its_reverse_everything(
    grades: dict[str, float],
) -> None:
    assume(len(set(grades.values())) > 1)
    own = sorted(grades, key=lambda key: -grades[key])
    wrong, total = kendall_loss(places(own), grades)
    assert (wrong, total > 0) == (0.0, True)
    wrong, total = kendall_loss(places(own[::-1]), grades)
    assert wrong == pytest.approx(total)


@given(GRADES, st.floats(0.5, 4), st.floats(-3, 3))
def test_the_share_does_not_depend_on_the_scale_of_the_grades(
    grades: dict[str, float], factor: float, shift: float
) -> None:
    assume(len(set(grades.values())) > 1)
    order = places(sorted(grades))
    wrong, total = kendall_loss(order, grades)
    other = {key: grade * factor + shift for key, grade in grades.items()}
    other_wrong, other_total = kendall_loss(order, other)
    assert wrong / total == pytest.approx(other_wrong / other_total)


PAPERS = [make_work(number, f"Paper {number}") for number in range(1, 6)]
KEYS = [work.key for work in PAPERS]


def test_the_pairs_of_all_readers_are_one_sum() -> None:
    readers = [
        JudgedReader("a", (KEYS[0],), {KEYS[1]: 4.0, KEYS[2]: 0.0}),
        JudgedReader("b", (KEYS[4],), {KEYS[1]: 0.0, KEYS[2]: 1.0}),
    ]
    # The first reader's pair (4) is right, the second one's (1) is wrong.
    assert mean_loss(PAPERS, readers, lambda _: KEYS, None) == pytest.approx(1 / 5)


def test_the_first_examples_alone_are_given_to_the_order() -> None:
    reader = JudgedReader("a", (KEYS[2], KEYS[0], KEYS[1]), {KEYS[3]: 1.0, KEYS[4]: 0.0})
    given_keys: list[list[str]] = []

    def order(examples: Sequence[Work]) -> list[str]:
        given_keys.append([work.key for work in examples])
        return KEYS

    for num_examples in (1, 2, 9, None):
        mean_loss(PAPERS, [reader], order, num_examples)
    all_of_them = [KEYS[2], KEYS[0], KEYS[1]]
    assert given_keys == [all_of_them[:1], all_of_them[:2], all_of_them, all_of_them]


def test_readers_without_a_pair_cannot_be_compared() -> None:
    readers = [JudgedReader("a", (), {KEYS[0]: 1.0}), JudgedReader("b", (), {})]
    with pytest.raises(InputError, match="no reader has judged two papers differently"):
        mean_loss(PAPERS, readers, lambda _: KEYS, None)


SAILS = [make_work(number, f"Sailing {number}", sailing_text(number)) for number in range(1, 21)]
BAKES = [make_work(number, f"Baking {number}", baking_text(number)) for number in range(21, 41)]


def test_the_products_order_puts_what_is_like_the_examples_first() -> None:
    papers = [*SAILS, *BAKES]
    order = product_order(papers)
    for examples, near, far in ((SAILS[:3], SAILS[3:], BAKES), (BAKES[:3], BAKES[3:], SAILS)):
        keys = order(examples)
        assert sorted(keys) == sorted(work.key for work in (*near, *far)), "no example comes back"
        reader = JudgedReader(
            "a",
            tuple(work.key for work in examples),
            {work.key: 1.0 for work in near} | {work.key: 0.0 for work in far},
        )
        assert mean_loss(papers, [reader], order, None) < 0.05


def test_papers_without_words_have_an_order_all_the_same() -> None:
    papers = [make_work(number, str(number)) for number in (1, 2, 3)]
    assert sorted(product_order(papers)(papers[:1])) == [papers[1].key, papers[2].key]


def write_lines(path: Path, *lines: object) -> Path:
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", ["papers.jsonl", "papers.jsonl.gz"])
def test_papers_are_read_as_works(tmp_path: Path, name: str) -> None:
    path = write_lines(
        tmp_path / name,
        {"id": "p1", "title": "潮汐", "abstract": "Of tides.", "year": 2025},
        {"id": "p2", "title": "A reef", "abstract": None},
        {"id": "p3", "title": ""},
    )
    works = read_papers(path)
    assert [(work.key, work.title, work.abstract) for work in works] == [
        ("local:p1", "潮汐", "Of tides."),
        ("local:p2", "A reef", ""),
        ("local:p3", "", ""),
    ]


def test_readers_are_read_with_keys_of_works(tmp_path: Path) -> None:
    papers = read_papers(
        write_lines(tmp_path / "p", *({"id": name, "title": name} for name in ("p1", "p2", "p3")))
    )
    path = write_lines(
        tmp_path / "r", {"id": 7, "examples": ["p2", "p1"], "judged": {"p3": 2, "p1": 0.5}}
    )
    assert read_readers(path, papers) == [
        JudgedReader("7", ("local:p2", "local:p1"), {"local:p3": 2.0, "local:p1": 0.5})
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"title": "No id"}', '1: expected "id" and "title"'),
        ('{"id": "", "title": "Empty id"}', '1: expected "id" and "title"'),
        ('{"id": 3, "title": "A number"}', '1: expected "id" and "title"'),
        ('{"id": "p1"}', '1: expected "id" and "title"'),
        ('{"id": "p1", "title": "x", "abstract": 4}', '"abstract" must be a text or null'),
        ('{"id": "p1", "title": "x"}\n\n{"id": "p1", "title": "y"}', "3: the id 'p1' comes twice"),
        ('["p1"]', "1: expected a JSON object"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("", "holds no papers"),
        ("\n \n", "holds no papers"),
    ],
)
def test_wrong_papers_are_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(line, "utf-8")
    with pytest.raises(InputError) as refused:
        read_papers(path)
    assert str(path) in str(refused.value) and words in str(refused.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"examples": [], "judged": {}}', "1: expected {"),
        ('{"id": "a", "judged": {}}', "1: expected {"),
        ('{"id": "a", "examples": [1], "judged": {}}', "1: expected {"),
        ('{"id": "a", "examples": [], "judged": ["p1"]}', "1: expected {"),
        ('{"id": "a", "examples": [], "judged": {"p1": "good"}}', "1: expected {"),
        ('{"id": "a", "examples": [], "judged": {"p1": null}}', "1: expected {"),
        ('{"id": "a", "examples": [], "judged": {"p1": NaN}}', "1: expected {"),
        ('{"id": "a", "examples": [], "judged": {"p1": Infinity}}', "1: expected {"),
        ('{"id": "a", "examples": ["p9"], "judged": {}}', "no paper has the id 'local:p9'"),
        ('{"id": "a", "examples": [], "judged": {"p9": 1}}', "no paper has the id 'local:p9'"),
        ("", "holds no readers"),
    ],
)
def test_wrong_readers_are_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "readers.jsonl"
    path.write_text(line, "utf-8")
    papers = read_papers(write_lines(tmp_path / "papers", {"id": "p1", "title": "x"}))
    with pytest.raises(InputError) as refused:
        read_readers(path, papers)
    assert str(path) in str(refused.value) and words in str(refused.value)


def test_files_that_cannot_be_read_or_are_too_large_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="absent cannot be read"):
        read_papers(tmp_path / "absent")
    path = write_lines(tmp_path / "w.gz", *({"id": f"p{n}", "title": "x"} for n in range(999)))
    whole = path.read_bytes()
    damaged = whole[:300] + bytes(byte ^ 0xFF for byte in whole[300:400]) + whole[400:]
    for number, content in enumerate((whole[:-30], damaged, b"\xff\xfe")):
        path = tmp_path / f"damaged {number}"
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"damaged {number} cannot be read"):
            read_papers(path)
    monkeypatch.setattr(reader_evaluation, "MAX_LINES", 2)
    path = write_lines(tmp_path / "long", *({"id": f"p{n}", "title": "x"} for n in range(3)))
    with pytest.raises(InputError, match="long:3: over the limit of 2 lines"):
        read_papers(path)
    monkeypatch.setattr(reader_evaluation, "MAX_LINE_CHARS", 20)
    with pytest.raises(InputError, match="long:1: over the limit"):
        read_papers(path)
