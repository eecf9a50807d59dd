"""The models the packages carry, as served; skipped where they are absent or not converted yet
(that takes too long)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from openai import OpenAI
from running_server import Running, running

from nextlat.model.heads import HEADS
from nextlat.model.storage import read_description
from nextlat.retrofit.prompts import DOMAINS
from nextlat.serving.embeddings.worker import SHIPPED_PACKAGE as ENCODER_PACKAGE
from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings
from nextlat.trunk.base_model import SHIPPED
from nextlat.trunk.pretrained import SHIPPED_PACKAGE, cache_folder

PRESENT = importlib.util.find_spec(SHIPPED_PACKAGE) and importlib.util.find_spec(ENCODER_PACKAGE)
CONVERTED = any(cache_folder().glob("SmolLM2-135M-Instruct*/config.json"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PRESENT and CONVERTED), reason="the shipped models are not installed and converted"
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(load_state(None, ServeSettings(port=0))) as server:
        yield server


def test_they_answer(server: Running) -> None:
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        assert [model.id for model in client.models.list().data] == [
            "SmolLM2-135M-Instruct",
            "all-minilm-l6-v2",
        ]
        answer = client.chat.completions.create(
            model="SmolLM2-135M-Instruct",
            messages=[{"role": "user", "content": "Name the capital of France."}],
            temperature=0,
            max_tokens=20,
        )
        assert answer.choices[0].message.content == "The capital of France is Paris."
        assert answer.choices[0].finish_reason == "stop"
        near, other, far = (
            embedding.embedding
            for embedding in client.embeddings.create(
                model="all-minilm-l6-v2",
                input=["A cat sits on the mat.", "A feline rests on a rug.", "Quark masses."],
            ).data
        )
        assert len(near) == 384
        assert sum(a * b for a, b in zip(near, other, strict=True)) > 0.5
        assert sum(a * b for a, b in zip(near, far, strict=True)) < 0.2


def test_a_schema_holds(server: Running) -> None:
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 20},
            "is_capital": {"type": "boolean"},
        },
        "required": ["city", "is_capital"],
        "additionalProperties": False,
    }
    status, value = server.post(
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": "Is Paris a capital? Answer in JSON."}],
            "temperature": 0,
            "max_tokens": 60,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "city", "schema": schema},
            },
        },
    )
    assert status == 200
    assert set(json.loads(value["choices"][0]["message"]["content"])) == {"city", "is_capital"}


def test_the_shipped_head_drafts_where_nothing_can_be_copied(server: Running) -> None:
    status, _ = server.post(
        "/v1/completions",
        {"prompt": "Once upon a time there was a girl who", "temperature": 0, "max_tokens": 40},
    )
    assert status == 200
    with urlopen(f"{server.url}/metrics") as response:
        counted = dict(
            line.rsplit(" ", 1)
            for line in response.read().decode().splitlines()
            if not line.startswith("#")
        )
    accepted = [
        float(n) for name, n in counted.items() if "spec_decode_num_accepted_tokens_total" in name
    ]
    assert sum(accepted) > 5


def test_the_shipped_head_is_small_and_says_what_it_was_made_of() -> None:
    (folder,) = (
        configuration.parent.parent for configuration in HEADS.glob("*/nextlat/config.json")
    )
    description, card = (
        read_description(folder),
        json.loads((folder / "card.json").read_text("utf-8")),
    )
    assert description["base"] == card["base"] and description["base"]["name"] == SHIPPED
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 7_000_000
    assert set(card["held_out_acceptance"]["latent"]) == {"all", *DOMAINS}
    assert card["held_out_acceptance"]["latent"]["chat"]["by_position"][0] > 0.4
    assert card["config"]["seed"] == 0 and card["data"]["tokens"] > 300_000
