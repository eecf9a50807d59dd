"""The evaluation: metrics by hand, the split's protocol, readers of outside files, a whole small run."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from academichub.commands.bench_radar import bench_radar
from academichub.errors import InputError, UsageError
from academichub.radar import evaluation
from academichub.radar.evaluation import (
    Split,
    draw_split,
    evaluate,
    ndcg,
    paired_bootstrap,
    product_ranker,
    read_bags,
    read_profiles,
    recall,
)


def test_metrics_by_hand() -> None:
    relevant = np.array([False, True, False, True] + [False] * 8 + [True])
    gained = 1 / np.log2(3) + 1 / np.log2(5)
    assert ndcg(relevant, 3) == pytest.approx(gained / (1 + 1 / np.log2(3) + 1 / np.log2(4)))
    assert ndcg(np.array([True] * 12), 12) == pytest.approx(1.0)
    assert ndcg(np.array([True, False]), 1) == pytest.approx(1.0)
    assert ndcg(np.zeros(20, dtype=bool), 4) == 0
    assert recall(relevant, 4, cut=4) == 0.5
    assert recall(relevant, 4) == 0.75


def users_of(count: int, items: int, seed: int = 0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [np.unique(generator.integers(0, items, 30)) for _ in range(count)]


def test_the_split_follows_the_protocol() -> None:
    users = [*users_of(30, 200), np.arange(5), np.arange(200)]
    split = draw_split(200, users, 12, seed=4)
    folds = np.random.default_rng(4)
    assert np.array_equal(split.hidden, folds.integers(0, 5, size=200) == 0)
    assert len(split.users) == len(set(split.users.tolist())) == 12
    assert 30 not in split.users
    for number in split.users:
        items = users[number]
        assert (~split.hidden[items]).sum() >= 10
        assert split.hidden[items].sum() >= 2
    assert np.array_equal(split.users, draw_split(200, users, 12, seed=4).users)
    assert set(draw_split(200, users, 99, seed=4).users.tolist()) >= set(split.users.tolist())
    with pytest.raises(UsageError, match="no user has at least 10 seen and 2 hidden"):
        draw_split(200, [np.arange(3)], 12, seed=4)


def test_a_ranker_sees_seen_items_only_and_is_judged_on_hidden_ones() -> None:
    hidden = np.zeros(40, dtype=bool)
    hidden[:20] = True
    users = [np.array([0, 5, *range(20, 32)])]
    given: list[list[int]] = []

    def make() -> evaluation.Ranker:
        def rank(profile: np.ndarray) -> np.ndarray:
            given.append(profile.tolist())
            scores = np.zeros(20)
            scores[[5, 7]] = [
                1.0,
                2.0,
            ]  # place 1: item 7 (wrong), place 2: item 5, place 3: item 0 (ties keep order)
            return scores

        return rank

    scores = evaluate(users, Split(hidden, np.array([0])), make)
    assert given == [list(range(20, 32))]
    assert scores.ndcg10[0] == pytest.approx(
        (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    )
    assert scores.recall100[0] == 1


def worlds(folder: Path) -> tuple[Path, Path]:
    """Write a data set of two worlds: even items use words 0-9, odd items 10-19; users keep items of one world."""
    generator = np.random.default_rng(0)
    items, users = folder / "items.dat.gz", folder / "users.dat"
    with gzip.open(items, "wt") as file:
        for number in range(300):
            words = generator.choice(10, 4, replace=False) + 10 * (number % 2)
            file.write(f"4 {' '.join(f'{word}:{generator.integers(1, 4)}' for word in words)}\n")
    lines = []
    for user in range(40):
        kept = generator.choice(150, 40, replace=False) * 2 + user % 2
        lines.append(f"40 {' '.join(map(str, kept))}\n")
    users.write_text("".join(lines))
    return items, users


def test_the_product_tells_two_worlds_apart(tmp_path: Path) -> None:
    items, users = worlds(tmp_path)
    counts = read_bags(items)
    profiles = read_profiles(users, counts.shape[0])
    split = draw_split(300, profiles, 20, seed=1)
    rank = product_ranker(counts, split)
    hidden = np.flatnonzero(split.hidden)
    for number in split.users:
        scores = rank(profiles[number][~split.hidden[profiles[number]]])
        own = hidden % 2 == profiles[number][0] % 2
        assert own[np.argsort(-scores)[: own.sum()]].mean() > 0.9


def test_bench_radar_prints_its_document(tmp_path: Path) -> None:
    items, users = worlds(tmp_path)
    arguments = ["--items", str(items), "--users", str(users), "--n-users", "15", "--seed", "1"]
    told = CliRunner().invoke(bench_radar, [*arguments, "--json"])
    assert told.exit_code == 0
    result = json.loads(told.stdout)
    assert result.keys() == {"ndcg10", "recall100", "seconds", "n", "fit_seconds"}
    assert result["n"] == 15
    assert result["recall100"] == 1.0  # about 60 items are hidden
    assert 0.2 < result["ndcg10"] < 1
    again = json.loads(CliRunner().invoke(bench_radar, [*arguments, "--json"]).stdout)
    assert again["ndcg10"] == result["ndcg10"]
    assert "nDCG@10" in CliRunner().invoke(bench_radar, arguments).stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2 1:1\n", "items.dat:1: expected `n word:count"),
        ("1 1:1\n1 a:1\n", "items.dat:2"),
        ("1 1\n", "items.dat:1"),
        ("1 1:-2\n", "not negative"),
        ("1 2000000:1\n", "from 0 to 1999999"),
        ("0\n0\n", "holds no words"),
        ("", "holds no words"),
        ("1 1:1 é\n", "cannot be read"),
    ],
)
def test_wrong_items_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "items.dat"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_bags(path)


def test_empty_items_and_repeated_ones(tmp_path: Path) -> None:
    path = tmp_path / "items.dat"
    path.write_text("2 0:1 2:3\n0\n")
    assert read_bags(path).toarray().tolist() == [[1, 0, 3], [0, 0, 0]]
    path.write_text("3 1 0 1\n")
    assert [one.tolist() for one in read_profiles(path, 2)] == [[0, 1]]


@pytest.mark.parametrize("text", ["2 0\n", "1 5\n", "1 -1\n", "x\n", "\n1 0\n"])
def test_wrong_users_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users.dat"
    path.write_text(text)
    with pytest.raises(InputError, match=r"users.dat:1: expected `n item item"):
        read_profiles(path, 5)


def test_limits_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "items.dat.gz"
    path.write_bytes(gzip.compress(b"1 1:1\n" * 5))
    monkeypatch.setattr(evaluation, "MAX_LINES", 4)
    with pytest.raises(InputError, match="over the limit of 4 lines"):
        read_bags(path)
    monkeypatch.setattr(evaluation, "MAX_LINES", 100)
    monkeypatch.setattr(evaluation, "MAX_LINE_CHARS", 5)
    with pytest.raises(InputError, match="of 5 characters"):
        read_bags(path)
    monkeypatch.setattr(evaluation, "MAX_LINE_CHARS", 100)
    whole = gzip.compress("".join(f"1 {n}:1\n" for n in range(999)).encode())
    damaged = whole[:300] + bytes(byte ^ 0xFF for byte in whole[300:400]) + whole[400:]
    monkeypatch.setattr(evaluation, "MAX_LINES", 1_000)
    for content in (whole[:-12], damaged):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            read_bags(path)


def test_paired_bootstrap() -> None:
    generator = np.random.default_rng(2)
    noise = generator.normal(size=500)
    better = paired_bootstrap(noise + 0.1 + 0.01 * generator.normal(size=500), noise)
    assert better.mean == pytest.approx(0.1, abs=0.002)
    assert 0.098 < better.low < better.mean < better.high < 0.102
    same = paired_bootstrap(noise, noise)
    assert (same.mean, same.low, same.high) == (0, 0, 0)
    spread = paired_bootstrap(noise, np.zeros(500))
    half = 1.96 * noise.std() / np.sqrt(500)
    assert spread.high - spread.low == pytest.approx(2 * half, rel=0.05)
    assert paired_bootstrap(noise, np.zeros(500)) == spread
    with pytest.raises(ValueError, match="equal, non-empty"):
        paired_bootstrap(noise, noise[:3])


@pytest.mark.slow
def test_on_the_real_data_the_ranking_keeps_its_quality(shared_data: Path) -> None:
    folder = shared_data / "retrieval" / "citeulike_t"
    counts = read_bags(folder / "mult.dat.gz")
    users = read_profiles(folder / "users.dat.gz", counts.shape[0])
    split = draw_split(counts.shape[0], users, 400, seed=0)
    assert (int(split.hidden.sum()), counts.shape[0], len(users)) == (5260, 25975, 7947)
    scores = evaluate(users, split, lambda: product_ranker(counts, split))
    assert scores.ndcg10.mean() > 0.225  # LinearSVC .208, fusion of plain centroid and ridge .213
    assert scores.recall100.mean() > 0.555  # LinearSVC .550


def test_blank_lines_at_the_end_are_no_lines(tmp_path: Path) -> None:
    (tmp_path / "items").write_bytes(b"1 0:2\r\n1 1:1\r\n\r\n\r\n")
    (tmp_path / "users").write_bytes(b"2 0 1\n\n")
    assert read_bags(tmp_path / "items").shape[0] == 2
    assert [profile.tolist() for profile in read_profiles(tmp_path / "users", 2)] == [[0, 1]]
    (tmp_path / "users").write_bytes(b"1 0\n\n1 1\n")
    with pytest.raises(InputError, match=":2: expected"):
        read_profiles(tmp_path / "users", 2)
