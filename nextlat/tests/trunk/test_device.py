"""`--device`: what it may say, what it means on a machine, and what is said where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.cli import main
from nextlat.commands.device_option import device_for
from nextlat.errors import ModelError, UsageError
from nextlat.model.heads import load_model
from nextlat.serving.embeddings.encoder import load_encoder
from nextlat.trunk.device import resolve_device
from nextlat.trunk.pretrained import on_device


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_auto_is_the_processor() -> None:
    assert resolve_device("auto") == resolve_device("cpu") == torch.device("cpu")


@pytest.mark.usefixtures("two_gpus")
def test_with_gpus_auto_is_cuda_and_one_can_be_named() -> None:
    assert resolve_device("auto") == resolve_device("cuda") == torch.device("cuda")
    assert resolve_device("cuda:1") == torch.device("cuda", 1)
    assert resolve_device("cpu") == torch.device("cpu")
    with pytest.raises(
        UsageError, match=r"'cuda:2': the CUDA devices here are cuda:0 to cuda:1; give one of them"
    ):
        resolve_device("cuda:2")


def test_mps_is_taken_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("mps") == torch.device("mps")


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gpu", "'gpu': auto, cpu, cuda, cuda:N and mps are known; give one of them"),
        ("", "'': auto, cpu"),
        ("CPU", "'CPU': auto, cpu"),
        ("cuda:", "'cuda:': auto, cpu"),
        ("cuda:-1", "'cuda:-1': auto, cpu"),
        ("cuda:1\n", r"are known; give one of them"),
        ("meta", "'meta': auto, cpu"),
        ("cuda", "'cuda': a CUDA device has to be there, and torch .* give auto or cpu"),
        ("cuda:0", "'cuda:0': a CUDA device has to be there"),
        ("mps", "'mps': .* finds no Apple GPU here; give auto or cpu"),
    ],
)
def test_what_is_not_there_is_named_with_rule_and_remedy(word: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        resolve_device(word)


@pytest.mark.usefixtures("two_gpus")
def test_weights_in_int8_stay_on_the_processor() -> None:
    assert device_for("auto", "float32") == torch.device("cuda")
    assert device_for("auto", "int8") == device_for("cpu", "int8") == torch.device("cpu")
    with pytest.raises(
        UsageError, match="'cuda' with --weights int8: int8 is computed on the CPU alone"
    ):
        device_for("cuda", "int8")


@pytest.mark.parametrize(
    "command",
    [
        ("generate", "hello"),
        ("serve",),
        ("bench", "decode", "--prompts", "prompts.jsonl"),
        ("retrofit", "--out", "head"),
    ],
    ids=" ".join,
)
def test_every_command_refuses_it_before_it_loads_a_model(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([*command, "--device", "tpu"])
    assert ended.value.code == 2
    assert "--device 'tpu'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_model_is_put_where_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`meta` computes nothing, but tells a tensor that stayed behind from one that moved."""
    monkeypatch.setattr(
        "nextlat.model.heads.HEADS", tmp_path
    )  # a fingerprint to compare with cannot be computed there
    tiny_trunk(dtype=torch.float32).save_pretrained(tmp_path)
    loaded = load_model(str(tmp_path), "meta")
    assert {tensor.device.type for tensor in loaded.trunk.model.state_dict().values()} == {"meta"}
    assert load_model(str(tmp_path)).trunk.device == torch.device("cpu")


def test_a_model_too_large_for_its_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    model = tiny_trunk(dtype=torch.float32)
    monkeypatch.setattr(model, "to", full)
    with pytest.raises(
        ModelError, match=r"a model of 0.0 GiB does not fit on cuda:1; .* --device cpu"
    ):
        on_device(model, "cuda:1")


def test_a_nextlat_models_dynamics_follow_it(tmp_path: Path) -> None:
    from nextlat.model.nextlat import NextLat

    NextLat(tiny_trunk(dtype=torch.float32)).save_pretrained(tmp_path)
    loaded = load_model(str(tmp_path), "meta")
    assert loaded.dynamics is not None
    assert {
        one.device.type for one in (*loaded.dynamics.parameters(), *loaded.trunk.model.parameters())
    } == {"meta"}


def test_a_head_follows_its_base(tmp_path: Path) -> None:
    from nextlat.model.storage import save_head
    from nextlat.objectives.next_latent import NextLatent, NextLatentConfig
    from nextlat.trunk.base_model import BaseReference, fingerprint

    model = tiny_trunk(dtype=torch.float32)
    model.save_pretrained(tmp_path / "base")
    head = NextLatent(16, NextLatentConfig())
    head.dynamics.limit_drafts(torch.arange(5))
    base = BaseReference(str(tmp_path / "base"), fingerprint(model))
    save_head(tmp_path / "head", model, head, base)
    loaded = load_model(str(tmp_path / "head"), torch.device("cpu"))
    assert loaded.dynamics is not None and loaded.dynamics.draft_ids is not None
    assert (
        loaded.dynamics.draft_ids.device
        == loaded.dynamics.norm.weight.device
        == loaded.trunk.device
    )


def test_an_encoder_is_put_where_it_is_asked(tmp_path: Path) -> None:
    from tiny_chat import save_sentence_encoder

    assert load_encoder(save_sentence_encoder(tmp_path), "meta").model.device.type == "meta"
