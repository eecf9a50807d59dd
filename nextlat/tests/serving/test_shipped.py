"""The models the packages carry, as served; skipped where they are absent or not converted yet (that takes too long)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator

import pytest
from openai import OpenAI
from running_server import Running, running

from nextlat.pretrained import SHIPPED_PACKAGE, cache_folder
from nextlat.serving.embeddings.worker import SHIPPED_PACKAGE as ENCODER_PACKAGE
from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings

PRESENT = importlib.util.find_spec(SHIPPED_PACKAGE) and importlib.util.find_spec(ENCODER_PACKAGE)
CONVERTED = any(cache_folder().glob("SmolLM2-135M-Instruct*/config.json"))

pytestmark = pytest.mark.skipif(
    not (PRESENT and CONVERTED), reason="the shipped models are not installed and converted"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(load_state(None, ServeSettings(port=0))) as server:
        yield server


def test_they_answer(server: Running) -> None:
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        assert [model.id for model in client.models.list().data] == ["SmolLM2-135M-Instruct", "all-minilm-l6-v2"]
        answer = client.chat.completions.create(
            model="SmolLM2-135M-Instruct",
            messages=[{"role": "user", "content": "Name the capital of France."}],
            temperature=0,
            max_tokens=20,
        )
        assert answer.choices[0].message.content == "The capital of France is Paris."
        assert answer.choices[0].finish_reason == "stop"
        near, other, far = (
            one.embedding
            for one in client.embeddings.create(
                model="all-minilm-l6-v2", input=["A cat sits on the mat.", "A feline rests on a rug.", "Quark masses."]
            ).data
        )
        assert len(near) == 384
        assert sum(a * b for a, b in zip(near, other, strict=True)) > 0.5
        assert sum(a * b for a, b in zip(near, far, strict=True)) < 0.2


def test_a_schema_holds(server: Running) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "is_capital": {"type": "boolean"}},
        "required": ["city", "is_capital"],
        "additionalProperties": False,
    }
    status, value = server.post(
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": "Is Paris a capital? Answer in JSON."}],
            "temperature": 0,
            "max_tokens": 60,
            "response_format": {"type": "json_schema", "json_schema": {"name": "city", "schema": schema}},
        },
    )
    assert status == 200
    assert set(json.loads(value["choices"][0]["message"]["content"])) == {"city", "is_capital"}
