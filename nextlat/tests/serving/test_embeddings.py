"""Embeddings: values against sentence-transformers' definition, every form of input, and a model
that is not ready."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from openai import OpenAI
from running_server import Running, running
from transformers import AutoModel, AutoTokenizer

from nextlat.errors import ModelError, UsageError
from nextlat.serving.embeddings.encoder import load_encoder
from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings

TEXTS = ["the cat sat on the mat", "it rained", "the dog " * 40, "town"]


def reference(folder: Path, text: str, longest: int = 16) -> list[float]:
    """Mean of the token vectors of one text alone, scaled to length 1."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=longest)
    with torch.no_grad():
        mean = (
            model(input_ids=inputs.input_ids, attention_mask=inputs.attention_mask)
            .last_hidden_state[0]
            .mean(dim=0)
        )
    return (mean / mean.norm()).tolist()


def test_the_values(client: OpenAI, folders: dict[str, Path]) -> None:
    answer = client.embeddings.create(model="tiny-embed", input=TEXTS, encoding_format="float")
    assert [embedding.index for embedding in answer.data] == [0, 1, 2, 3]
    for embedding, text in zip(answer.data, TEXTS, strict=True):
        assert embedding.embedding == pytest.approx(reference(folders["encoder"], text), abs=1e-6)
        assert np.linalg.norm(embedding.embedding) == pytest.approx(1, abs=1e-6)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == 8 + 4 + 16 + 3
    assert answer.model == "tiny-embed"


def test_every_form_of_input(drafting: Running, folders: dict[str, Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folders["encoder"])
    bare = tokenizer("the cat", add_special_tokens=False).input_ids
    forms: list[Any] = ["the cat", ["the cat"], bare, [bare], tokenizer("the cat").input_ids]
    embeddings = [
        drafting.post("/v1/embeddings", {"input": form})[1]["data"][0]["embedding"]
        for form in forms
    ]
    for embedding in embeddings[1:]:
        assert embedding == pytest.approx(embeddings[0], abs=1e-6)


def test_base64_is_the_same_numbers(drafting: Running, client: OpenAI) -> None:
    body = {"input": TEXTS, "model": "tiny-embed"}
    floats = drafting.post("/v1/embeddings", body)[1]["data"]
    coded = drafting.post("/v1/embeddings", {**body, "encoding_format": "base64"})[1]["data"]
    for plain, other in zip(floats, coded, strict=True):
        assert np.frombuffer(base64.b64decode(other["embedding"]), "<f4").tolist() == pytest.approx(
            plain["embedding"]
        )
    assert len(client.embeddings.create(model="tiny-embed", input="it").data[0].embedding) == 16


def test_until_it_is_loaded_it_is_a_503(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = load_state(str(folders["plain"]), ServeSettings(port=0), folders["encoder"])
    assert state.embeddings is not None
    with running(state) as server:
        encoder, state.embeddings._encoder = state.embeddings._encoder, None
        status, headers, value = server.request("POST", "/v1/embeddings", {"input": "a"})
        assert (status, headers["retry-after"]) == (503, "2")
        assert "loading" in value["error"]["message"]
        assert server.request("GET", "/health")[2]["models"]["tiny-embed"] == "loading"
        state.embeddings._encoder = encoder
        assert server.post("/v1/embeddings", {"input": "a"})[0] == 200


def test_a_broken_folder_is_told_by_health(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with running(load_state(str(folders["plain"]), ServeSettings(port=0), tmp_path)) as server:
        status, _, report = server.request("GET", "/health")
        assert status == 200
        assert report["models"][tmp_path.name].startswith("failed: ")
        assert server.post("/v1/embeddings", {"input": "a"})[0] == 503
        assert server.post("/v1/completions", {"prompt": "the", "max_tokens": 1})[0] == 200


def test_folders_that_ask_for_more_than_is_known(folders: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(folders["encoder"], tmp_path / "e")
    modules = json.loads((tmp_path / "e" / "modules.json").read_text())
    (tmp_path / "e" / "modules.json").write_text(
        json.dumps([*modules, {"type": "sentence_transformers.models.Dense", "path": "3"}])
    )
    with pytest.raises(ModelError, match="Dense"):
        load_encoder(tmp_path / "e")
    (tmp_path / "e" / "modules.json").write_text(json.dumps(modules))
    pooling = tmp_path / "e" / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert load_encoder(tmp_path / "e").pooling == "first"
    pooling.write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(ModelError, match="max_tokens"):
        load_encoder(tmp_path / "e")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(tmp_path)
    with pytest.raises(UsageError, match="embedding-model"):
        load_state(str(folders["plain"]), ServeSettings(port=0), tmp_path / "absent")
