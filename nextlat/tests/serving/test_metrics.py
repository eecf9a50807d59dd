"""Metrics add up to what was served."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from running_server import Running, running

from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings


def values(server: Running) -> dict[str, float]:
    """Return what /metrics says, by name with labels."""
    status, headers, text = server.request("GET", "/metrics")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z_:0-9]+(\{.*\})? [-+.\deInf]+", line) for line in lines)
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.mark.parametrize("draft_length", [3, 0])
def test_counts(folders: dict[str, Path], draft_length: int) -> None:
    settings = ServeSettings(port=0, speculation=draft_length > 0)
    with running(
        load_state(str(folders["tiny"]), settings, folders["encoder"], draft_length)
    ) as server:
        answers: list[dict[str, Any]] = []
        for n in (1, 2):
            answers.append(
                server.post(
                    "/v1/completions",
                    {"prompt": "the cat sat", "max_tokens": 30, "n": n, "temperature": 0},
                )[1]
            )
            answers.append(
                server.post(
                    "/v1/chat/completions",
                    {"messages": [{"role": "user", "content": "x"}], "max_tokens": 20, "n": n},
                )[1]
            )
        assert server.post("/v1/completions", {"prompt": 5})[0] == 400
        embedded = server.post("/v1/embeddings", {"input": ["the cat", "it"]})[1]
        counters = values(server)
        prompt = sum(answer["usage"]["prompt_tokens"] for answer in answers)
        new = sum(answer["usage"]["completion_tokens"] for answer in answers)
        assert counters["nextlat:prompt_tokens_total"] == prompt
        assert counters["nextlat:generation_tokens_total"] == new
        assert counters["nextlat:embedding_tokens_total"] == embedded["usage"]["total_tokens"]
        assert (
            sum(
                value
                for name, value in counters.items()
                if name.startswith("nextlat:sequences_total")
            )
            == 6
        )
        assert counters['nextlat:http_requests_total{route="/v1/completions",status="200"}'] == 2
        assert counters['nextlat:http_requests_total{route="/v1/completions",status="400"}'] == 1
        assert (
            counters['nextlat:http_requests_total{route="/v1/chat/completions",status="200"}'] == 2
        )
        assert counters['nextlat:e2e_request_latency_seconds_count{route="/v1/completions"}'] == 3
        assert counters["nextlat:request_queue_time_seconds_count"] == 6
        assert counters["nextlat:time_to_first_token_seconds_count"] == 4
        assert (
            counters["nextlat:num_requests_running"]
            == counters["nextlat:num_requests_waiting"]
            == 0
        )
        check_drafts(counters, new, draft_length)


def check_drafts(counters: dict[str, float], new: float, draft_length: int) -> None:
    drafts = counters["nextlat:spec_decode_num_drafts_total"]
    drafted = counters["nextlat:spec_decode_num_draft_tokens_total"]
    accepted = counters["nextlat:spec_decode_num_accepted_tokens_total"]
    by_place = [
        counters.get(f'nextlat:spec_decode_num_accepted_tokens_per_pos_total{{position="{k}"}}', 0)
        for k in range(4)
    ]
    assert sum(by_place) == accepted
    assert by_place == sorted(by_place, reverse=True)
    assert accepted <= drafted <= draft_length * drafts
    assert (drafts > 0) == (draft_length > 0)
    assert drafts + accepted <= new + 6  # each cycle gives its own token and the accepted ones


def test_routes_are_few_whatever_is_asked(drafting: Running) -> None:
    for i in range(20):
        drafting.request("GET", f"/nothing/{i}")
        drafting.request("GET", f"/v1/models/none-{i}")
    routes = {name for name in values(drafting) if name.startswith("nextlat:http_requests_total")}
    assert not any("nothing" in name or "none-" in name for name in routes)
