"""A retrofit leaves the trunk as it is, goes on where it was stopped, and yields a head that
changes no text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.errors import CheckpointError, DataError, UsageError
from nextlat.model.nextlat import NextLat
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.fit import Starts
from nextlat.retrofit.prompts import (
    DOMAINS,
    Prompt,
    PromptSource,
    read_prompts,
    token_ids,
    written_prompt,
)
from nextlat.retrofit.run import retrofit
from nextlat.retrofit.samples import SampledRow, chunk_file, load_chunk
from nextlat.retrofit.sampling import answer
from nextlat.trunk.base_model import fingerprint
from nextlat.trunk.trunk import Trunk

CONFIG = RetrofitConfig(
    tokens=1000, rows=12, max_prompt_tokens=20, max_new_tokens=10, hidden_size=8, draft_vocab=9, batch_size=64,
    passes=0.5, evaluations=3, held_out=0.3,
)  # fmt: skip


class Letters:
    """A tokenizer of 23 ids."""

    chat_template = None
    eos_token_id = None

    def __call__(self, text: str) -> Any:
        return SimpleNamespace(input_ids=[ord(letter) % 23 for letter in text])


def trunk() -> Trunk:
    return Trunk(tiny_trunk(dtype=torch.float32))


def test_answers_are_the_trunks_and_latents_those_it_had() -> None:
    view = trunk()
    prompts = [[3, 1, 4], [1, 5, 9, 2, 6, 5], [7]]
    found = answer(view, prompts, [0.0, 0.0, 1.0], 8, [11], torch.Generator().manual_seed(0))
    for prompt, (ids_T, h_TD) in zip(prompts, found, strict=True):
        assert ids_T[: len(prompt)].tolist() == prompt
        with torch.no_grad():
            wanted_TD = view.hidden_states(ids_T[None])[0]
        torch.testing.assert_close(h_TD.float(), wanted_TD, atol=0.02, rtol=0.02)
    for prompt, (ids_T, _) in zip(prompts[:2], found[:2], strict=True):
        with torch.no_grad():
            choices_T = view.logits(view.hidden_states(ids_T[None]))[0].argmax(-1)
        assert torch.equal(ids_T[len(prompt) :], choices_T[len(prompt) - 1 : -1])


@pytest.mark.slow
def test_trunk_is_untouched_and_the_head_changes_no_text(tmp_path: Path) -> None:
    view = trunk()
    before = {name: tensor.clone() for name, tensor in view.model.state_dict().items()}
    view.model.save_pretrained(tmp_path / "base")
    card = retrofit(view, Letters(), CONFIG, tmp_path / "out", base_name=str(tmp_path / "base"))
    assert all(
        torch.equal(tensor, before[name]) for name, tensor in view.model.state_dict().items()
    )
    assert card.held_out_acceptance["latent"]["all"].starts > 0
    assert set(card.held_out_acceptance) == {"latent", "bigram", "lookup"}
    nl = NextLat.from_pretrained(tmp_path / "out").eval()
    assert nl.dynamics.draft_ids is not None and len(nl.dynamics.draft_ids) == 9
    prompt = torch.tensor([[3, 1, 4, 1, 5]])
    plain, drafted = nl.generate(prompt, 20), nl.generate(prompt, 20, draft_length=3)
    assert torch.equal(plain.sequences, drafted.sequences) and drafted.stats.drafted > 0


@pytest.mark.slow
@pytest.mark.parametrize("stopped_at", ["tokens sampled", "steps fitted"])
def test_a_stopped_retrofit_goes_on_bit_for_bit(tmp_path: Path, stopped_at: str) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == stopped_at and done >= total / 2:
            raise KeyboardInterrupt

    retrofit(trunk(), Letters(), CONFIG, tmp_path / "whole", base_name="x")
    with pytest.raises(KeyboardInterrupt):
        retrofit(trunk(), Letters(), CONFIG, tmp_path / "parts", base_name="x", progress=stop)
    chunk_file(tmp_path / "parts" / "work", "latents", 0).unlink()  # a cache: computed again
    torch.manual_seed(123)
    retrofit(trunk(), Letters(), CONFIG, tmp_path / "parts", base_name="x", resume=True)
    for number in range(2):
        whole, parts = (load_chunk(tmp_path / name / "work", number) for name in ("whole", "parts"))
        assert all(torch.equal(a.ids_T, b.ids_T) for a, b in zip(whole, parts, strict=True))


@pytest.mark.slow
def test_a_fit_resumed_has_the_same_weights(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "steps fitted" and done == total - 1:
            raise KeyboardInterrupt

    retrofit(trunk(), Letters(), CONFIG, tmp_path / "whole", base_name="x")
    with pytest.raises(KeyboardInterrupt):
        retrofit(trunk(), Letters(), CONFIG, tmp_path / "parts", base_name="x", progress=stop)
    torch.manual_seed(123)
    retrofit(trunk(), Letters(), CONFIG, tmp_path / "parts", base_name="x", resume=True)
    files = [tmp_path / name / "nextlat" / "dynamics.safetensors" for name in ("whole", "parts")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_folders_of_others_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no retrofit to resume"):
        retrofit(trunk(), Letters(), CONFIG, tmp_path / "none", base_name="x", resume=True)
    (tmp_path / "mine.txt").write_text("x", "utf-8")
    with pytest.raises(UsageError, match="is not empty"):
        retrofit(trunk(), Letters(), CONFIG, tmp_path, base_name="x")

    def stop(*told: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrofit(trunk(), Letters(), CONFIG, tmp_path / "out", base_name="x", progress=stop)
    with pytest.raises(UsageError, match="--resume"):
        retrofit(trunk(), Letters(), CONFIG, tmp_path / "out", base_name="x")
    with pytest.raises(UsageError, match=r"sampled with other settings \(max_new_tokens, seed\)"):
        other = replace(CONFIG, max_new_tokens=9, seed=1)
        retrofit(trunk(), Letters(), other, tmp_path / "out", base_name="x", resume=True)


@pytest.mark.slow
def test_more_tokens_or_another_fit_go_on_with_the_samples(tmp_path: Path) -> None:
    more = replace(CONFIG, tokens=1200, horizon=3)
    fresh = retrofit(trunk(), Letters(), more, tmp_path / "fresh", base_name="x")
    retrofit(trunk(), Letters(), CONFIG, tmp_path / "grown", base_name="x")
    few = chunk_file(tmp_path / "grown" / "work", "samples", 0)
    before = few.stat().st_mtime_ns
    grown = retrofit(trunk(), Letters(), more, tmp_path / "grown", base_name="x", resume=True)
    assert few.stat().st_mtime_ns == before
    assert grown.held_out_acceptance == fresh.held_out_acceptance
    assert grown.config == fresh.config
    files = [tmp_path / name / "nextlat" / "dynamics.safetensors" for name in ("fresh", "grown")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_common_beginning_is_fitted_once() -> None:
    def row(*ids: int) -> SampledRow:
        return SampledRow(torch.tensor(ids), torch.zeros(len(ids), 2), 1, 0.0, "chat")

    rows = [row(1, 2, 3, 4, 5), row(1, 2, 3, 4, 9, 9), row(2, 3, 4, 5), row(1, 2, 3, 4, 5)]
    # The second row's places 0 and 1 lead to 3 and 4 as the first row's do; the last row is the
    # first one again.
    assert Starts.of(rows, 2).start_S.tolist() == [0, 1, 2, 7, 8, 11, 12]


def test_a_head_is_refused_by_another_trunk(tmp_path: Path) -> None:
    other = tiny_trunk(dtype=torch.float32, seed=1)
    other.save_pretrained(tmp_path / "other")
    retrofit(trunk(), Letters(), CONFIG, tmp_path / "out", base_name=str(tmp_path / "other"))
    with pytest.raises(CheckpointError, match="its weights differ"):
        NextLat.from_pretrained(tmp_path / "out")
    assert fingerprint(other) != fingerprint(trunk().model)


@pytest.mark.parametrize(
    ("values", "named"),
    [({"tokens": 999}, "tokens"), ({"horizon": 1}, "horizon"), ({"held_out": 0.0}, "held_out")],
)
def test_settings_out_of_range_are_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        RetrofitConfig(**values)


def test_prompts_are_functions_of_seed_and_number() -> None:
    assert written_prompt(5, 1) == written_prompt(5, 1) != written_prompt(5, 2)
    source = PromptSource([Prompt("my own", "mine")], 0)
    assert [source.chunk(number, 2)[0].domain for number in range(4)] == [*DOMAINS, "mine"]
    assert [prompt.text for prompt in source.chunk(3, 2)] == ["my own", "my own"]


def test_prompts_of_ones_own_are_texts_or_conversations(tmp_path: Path) -> None:
    class Turns(Letters):
        chat_template = "it has one"

        def apply_chat_template(self, turns: list[dict[str, str]], **options: Any) -> str:
            return "".join(f"{turn['role'][0]}{turn['content']}" for turn in turns)

        def __call__(self, text: str, **options: Any) -> Any:
            return SimpleNamespace(input_ids=list(text.encode()))

    file = tmp_path / "prompts.jsonl"
    said = [{"role": "system", "content": "be short"}, {"role": "user", "content": "why?"}]
    file.write_text(
        json.dumps({"messages": said, "domain": "chat"}) + '\n{"prompt": "why?"}\n', "utf-8"
    )
    talk, text = read_prompts(file)
    assert bytes(token_ids(talk, Turns(), 100)) == b"sbe shortuwhy?"
    assert text.domain == "user" and bytes(token_ids(text, Turns(), 3)) == b"hy?"
    for row in (
        {"prompt": " "},
        {"messages": []},
        {"messages": [{"role": "x", "content": "y"}]},
        {"messages": [1]},
        [1],
    ):
        file.write_text(json.dumps(row), "utf-8")
        with pytest.raises(DataError, match=r"row 1: .* is neither"):
            read_prompts(file)
