"""Embeddings of works and search by meaning: kept, renewed, fused, and gone without when anything fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from invented_window import window_records
from model_server import MODELS, ModelServer, embeddings

from academichub.errors import ModelUnavailableError
from academichub.hub import Hub, open_hub
from academichub.jobs import heartbeat, worker
from academichub.jobs.status import job_status
from academichub.library.works import WorkFilter
from academichub.search.embeddings import all_vectors, embed_works, latest_model, vectors_of
from academichub.search.semantic import Semantic
from academichub.search.service import search

NAME = MODELS[0]


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = open_hub()
    opened.library.add(window_records())
    yield opened
    opened.close()


def counted(texts: Sequence[str]) -> list[list[float]]:
    """Embed as the model server does."""
    rows = embeddings({"model": NAME, "input": list(texts)})["data"][::-1]
    return [row["embedding"] for row in rows]


def named(texts: Sequence[str]) -> tuple[str, list[list[float]]]:
    return NAME, counted(texts)


def test_works_are_embedded_once_and_again_when_their_text_changes(hub: Hub) -> None:
    works = hub.library.select(WorkFilter())
    assert latest_model(hub.database) is None and vectors_of(hub.database, [works[0].key]) is None
    assert embed_works(hub.database, works, NAME, counted) == len(works)
    assert embed_works(hub.database, works, NAME, counted) == 0
    changed = [replace(works[0], abstract=f"{works[0].abstract} And more."), *works[1:]]
    assert embed_works(hub.database, changed, NAME, counted) == 1
    assert embed_works(hub.database, works[:2], "another", counted) == 2
    assert latest_model(hub.database) == "another"
    rows = vectors_of(hub.database, [one.key for one in works], NAME)
    assert rows is not None and rows.shape == (len(works), 64)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-2)
    assert vectors_of(hub.database, [one.key for one in works]) is None, (
        "the latest model has not all of them"
    )
    numbers, packed = all_vectors(hub.database, NAME)
    assert list(numbers) == sorted(one.id for one in works) and packed.dtype == np.float16


def test_search_by_words_and_meaning(hub: Hub) -> None:
    works = hub.library.select(WorkFilter())
    embed_works(hub.database, works, NAME, counted)
    semantic = Semantic(hub.database, named, 5)
    query = "walking machines with legs cross rubble faster using a learned planner for their gait"
    plain = search(hub.library, query, any_words=True)
    fused = search(hub.library, query, semantic=semantic)
    assert fused.notes[-1] == "by_meaning" and "by_meaning" not in plain.notes
    assert fused.hits[0].work.title == "Gait planning for legged robots on rubble"
    assert fused.total >= plain.total and [one.score for one in fused.hits] == sorted(
        (one.score for one in fused.hits), reverse=True
    )
    few = search(hub.library, "debris discs", semantic=semantic)
    assert few.total == search(hub.library, "debris discs").total, "few words only reorder"
    for asked in ('"debris discs"', "ti:debris", "arxiv:2606.00001", "robots -gait"):
        assert search(hub.library, asked, semantic=semantic) == search(hub.library, asked)
    semantic.close()


def test_the_last_of_a_full_ranking_by_meaning_is_worth_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models whose cosines all lie high tell works apart as well as others."""
    numbers = [work.id for work in hub.library.select(WorkFilter())][:3]
    query = "walking machines with legs cross rubble faster using a learned planner for their gait"

    class High:
        def nearest(self, text: str, limit: int) -> list[tuple[int, float]]:
            return list(zip(numbers, (0.86, 0.85, 0.84), strict=True))

    def scores() -> list[float]:
        hits = {hit.work.id: hit.score for hit in search(hub.library, query, semantic=High()).hits}
        words = {hit.work.id: hit.score for hit in search(hub.library, query).hits}
        best = max(words.values())
        return [
            hits[number] - words.get(number, 0.0) / best / 2 for number in numbers if number in hits
        ]

    assert scores() == pytest.approx([0.5, 0.5 * 0.6 / 0.61, 0.5 * 0.59 / 0.61], abs=1e-4)
    monkeypatch.setattr("academichub.search.service.NEAR", 3)
    assert scores()[:2] == pytest.approx([0.5, 0.25], abs=1e-4)


def test_a_search_never_waits_for_a_model_and_leaves_a_failing_one_alone(hub: Hub) -> None:
    embed_works(hub.database, hub.library.select(WorkFilter()), NAME, counted)
    release, calls = threading.Event(), []

    def slow(texts: Sequence[str]) -> tuple[str, list[list[float]]]:
        calls.append(texts)
        release.wait(10)
        return named(texts)

    semantic = Semantic(hub.database, slow, 0.05)
    began = time.monotonic()
    assert semantic.nearest("legged robots cross rubble", 5) == [] and time.monotonic() - began < 1
    release.set()
    end = time.monotonic() + 5
    while (
        not (found := semantic.nearest("legged robots cross rubble", 5)) and time.monotonic() < end
    ):
        time.sleep(0.02)
    assert found and len(calls) == 1, "the vector that came late is there the next time"
    semantic.close()

    def failing(_: Sequence[str]) -> tuple[str, list[list[float]]]:
        calls.append("failed")
        raise ModelUnavailableError("no")

    silent = Semantic(hub.database, failing, 5)
    assert silent.nearest("robots", 5) == silent.nearest("other robots", 5) == []
    assert calls.count("failed") == 1
    silent.close()
    other = Semantic(hub.database, lambda texts: ("another", counted(texts)), 5)
    assert other.nearest("robots", 5) == [], "a query's vector of another model is not compared"
    other.close()


def test_the_job_embeds_after_the_gather_and_search_uses_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.02)
    with ModelServer() as server:
        monkeypatch.setenv("ACADEMICHUB_LLM__BASE_URL", server.url)
        opened = open_hub()
        assert opened.semantic is None, "the shelf has no embeddings"
        opened.library.add(window_records())
        number = worker.start_embedding(opened)
        end = time.monotonic() + 30
        while (
            (job := job_status(opened, number)) is not None
            and job.is_running
            and time.monotonic() < end
        ):
            time.sleep(0.02)
        assert job is not None and (job.state, job.message) == ("done", "15 works embedded")
        assert opened.semantic is not None
        opened.semantic._patience_s = 5
        found = search(
            opened.library,
            "how robots with four legs learn a gait to walk on rubble",
            semantic=opened.semantic,
        )
        assert "by_meaning" in found.notes
        opened.close()


def test_the_brief_is_whole_with_and_without_embeddings(hub: Hub) -> None:
    from academichub.briefs.brief_store import write_brief

    without = write_brief(hub, 1, "en")
    works = hub.library.select(WorkFilter())
    embed_works(hub.database, works[:5], NAME, counted)
    assert write_brief(hub, 1, "en") == without, "some embeddings change nothing"
    embed_works(hub.database, works, NAME, counted)
    with_all = write_brief(hub, 1, "en")
    assert len(with_all.sentences()) >= len(without.sentences()) - 2
    assert {bridge.sentence.citations for bridge in with_all.bridges}
    assert write_brief(hub, 1, "en") == with_all
