from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from academichub.commands.bench_search import bench_search
from academichub.errors import InputError
from academichub.search.evaluation import evaluate, ndcg, read_qrels, recall


def test_ndcg_by_hand() -> None:
    scores = {"a": 2, "b": 1, "c": 0}
    run = ["x", "b", "a", "c"]
    gained = 1 / math.log2(3) + 2 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(run, scores, 10) == pytest.approx(gained / ideal)
    assert ndcg(run, scores, 2) == pytest.approx((1 / math.log2(3)) / ideal)
    assert ndcg(["a", "b"], scores, 10) == pytest.approx(1.0)
    assert ndcg(["a"], {"a": 0}, 10) == 0.0


def test_recall_by_hand() -> None:
    assert recall(["a", "x", "b"], {"a": 1, "b": 1, "c": 1, "x": 0}, 2) == pytest.approx(1 / 3)
    assert recall(["a"], {}, 2) == 0.0


@pytest.fixture
def collection(tmp_path: Path) -> tuple[Path, Path, Path]:
    documents = [
        {"_id": "d1", "title": "Graph networks", "text": "They pass messages."},
        {"_id": "d2", "title": "", "text": "Quantum walks on graphs."},
        {"_id": "d3", "title": "Cooking", "text": "Soup."},
    ]
    queries = [
        {"_id": "q1", "text": "graph networks"},
        {"_id": "q2", "text": '-quantum (walks) OR "soup'},
        {"_id": "q3", "text": "soup"},
        {"_id": "q4", "text": "nothing judged"},
    ]
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(map(json.dumps, documents)) + "\n\n")
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t1\nq2\td2\t1\nq3\td3\t0\n", encoding="utf-8"
    )
    return tmp_path / "corpus.jsonl.gz", tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"


def test_runs_the_products_search_on_a_collection(collection: tuple[Path, Path, Path]) -> None:
    figures = evaluate(*collection)
    # q1: d1 has both words, d2 one of them: both relevant. q2: signs are taken out, d2 comes first of d2 and d3.
    assert figures["ndcg10"] == pytest.approx(1.0)
    assert figures["recall100"] == pytest.approx(1.0)
    assert figures["n"] == 2


def test_the_command_prints_json_alone(collection: tuple[Path, Path, Path]) -> None:
    corpus, queries, qrels = map(str, collection)
    outcome = CliRunner().invoke(
        bench_search,
        ["--corpus", corpus, "--queries", queries, "--qrels", qrels, "--json"],
        catch_exceptions=False,
    )
    assert outcome.exit_code == 0
    assert set(json.loads(outcome.stdout)) == {"ndcg10", "recall100", "seconds", "n"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("qrels.tsv", "header\nq1 d1\n", ":2: 'q1 d1' is not"),
        ("qrels.tsv", "q9\td1\t1\n", "no query of"),
        ("queries.jsonl", "not json\n", "not a JSON object"),
        ("queries.jsonl", "[" * 100_000, "not a JSON object"),
        ("queries.jsonl", '{"_id": "q1"}\n', "'text' is missing"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    collection: tuple[Path, Path, Path], name: str, content: str, says: str
) -> None:
    path = collection[0].parent / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        evaluate(*collection)


def test_overlong_lines_and_broken_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academichub.search.evaluation.MAX_LINE_CHARACTERS", 20)
    path = tmp_path / "q.tsv"
    path.write_text("q1 d1 1\n" + "x" * 30, encoding="utf-8")
    with pytest.raises(InputError, match=":2: the line is longer than 20"):
        read_qrels(path)
    whole = gzip.compress("".join(f"q{n} d{n} 1\n" for n in range(999)).encode())
    damaged = whole[:300] + bytes(byte ^ 0xFF for byte in whole[300:400]) + whole[400:]
    for content in (b"not packed", whole[:-30], damaged):
        (tmp_path / "q.gz").write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            read_qrels(tmp_path / "q.gz")


def test_trec_lines_and_blanks_are_read(tmp_path: Path) -> None:
    path = tmp_path / "qrels.txt"
    path.write_text("1 0 d1 1\n1 0 d2 0\n\n2 d3 2\n", encoding="utf-8")
    assert read_qrels(path) == {"1": {"d1": 1, "d2": 0}, "2": {"d3": 2}}


@pytest.mark.slow
def test_scifact_is_ranked_no_worse_than_a_reference_bm25(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "retrieval" / "scifact"
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    documents = [
        {"_id": row["_id"], "title": row["title"], "text": " ".join(row["sentences"])}
        for row in rows
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
    topics = (folder / "beir_topics_test.tsv").read_text(encoding="utf-8").splitlines()
    queries = [dict(zip(("_id", "text"), line.split("\t", 1), strict=True)) for line in topics]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    figures = evaluate(
        tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl", folder / "beir_qrels_test.txt"
    )
    assert figures["n"] == 300
    assert figures["ndcg10"] >= 0.679  # BEIR's published flat BM25
    assert figures["recall100"] >= 0.90
