"""An objective that drafts is one file and one row: it trains, saves, loads and generates alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor, nn

from nextlat.batch import Batch
from nextlat.cli import main
from nextlat.configuration import Json
from nextlat.decoding.drafters import Drafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.errors import CheckpointError, UsageError
from nextlat.model import storage
from nextlat.model.learner import Learner
from nextlat.model.nextlat import NextLat
from nextlat.objectives import OBJECTIVES
from nextlat.objectives.next_latent import NextLatent
from nextlat.objectives.next_token import NextToken, NextTokenConfig, reading, token_count
from nextlat.objectives.protocol import FULL, Counts, Losses, Objective, mean_of
from nextlat.objectives.validity import targets
from nextlat.trunk.trunk import Trunk

# --- What a contributor would write in one file. -------------------------------------------------


@dataclass(frozen=True)
class UnigramConfig:
    """Configuration of `Unigram`."""

    weight: float = 1.0
    isolate_documents: bool = False


@dataclass(frozen=True)
class UnigramLosses(Losses):
    """Losses with the cross-entropy of the context-free guess."""

    unigram: Tensor


class UnigramDrafter(Drafter):
    """Drafts the likeliest token of a distribution that looks at nothing."""

    name: ClassVar[str] = "unigram"

    def __init__(self, logits_V: Tensor) -> None:
        self.logits_V = logits_V

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        pass

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        pass

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        ahead = 0
        while True:
            ahead += 1
            yield pick(self.logits_V, ahead)


class Unigram(Objective[UnigramConfig]):
    """L = L_tok + weight * cross-entropy of one distribution for all positions."""

    name = "unigram"
    Config = UnigramConfig
    file_name = "unigram.safetensors"

    def __init__(self, vocab_size: int, config: UnigramConfig) -> None:
        super().__init__()
        self.config = config
        self.logits_V = nn.Parameter(torch.zeros(vocab_size))

    @classmethod
    def build(cls, trunk: Trunk, config: UnigramConfig) -> Self:
        return cls(trunk.vocab_size, config).to(device=trunk.device, dtype=trunk.dtype)

    def counts(self, batch: Batch) -> Counts:
        return {"next_token": token_count(batch)}

    def forward(
        self,
        trunk: Trunk,
        batch: Batch,
        counts: Counts | None = None,
        ramps: Mapping[str, float] = FULL,
    ) -> UnigramLosses:
        read = reading(self, trunk, batch, counts)
        ids, mask = targets(batch)
        surprises = -self.logits_V.log_softmax(dim=-1)[ids.clamp(min=0)]  # masked ones are -100
        unigram = mean_of(torch.where(mask, surprises, 0.0).sum(), read.counts["next_token"][0])
        return UnigramLosses(
            total=read.next_token + self.config.weight * unigram,
            next_token=read.next_token,
            unigram=unigram,
        )

    def drafter(self, trunk: Trunk) -> UnigramDrafter:
        return UnigramDrafter(self.logits_V)

    def draft_description(self, trunk: Trunk, verifier: str | None) -> dict[str, Json]:
        return {"architectures": ["UnigramDraftModel"], "verifier": verifier}


# -------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OBJECTIVES, Unigram.name, Unigram)


def trained(steps: int = 2) -> Learner:
    """A learner whose guess is token 5, which half of its data are."""
    trunk = tiny_trunk(dtype=torch.float32)
    learner = Learner(trunk, Unigram.build(Trunk(trunk), UnigramConfig()))
    generator = torch.Generator().manual_seed(2)
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.5)
    for _ in range(steps):
        ids = torch.randint(23, (4, 12), generator=generator)
        ids[:, ::2] = 5
        optimizer.zero_grad()
        learner(ids).total.backward()
        optimizer.step()
    return learner.eval()


def test_it_trains_saves_loads_and_drafts_the_plain_text(tmp_path: Path) -> None:
    learner = trained()
    assert int(learner.objective.logits_V.argmax()) == 5
    learner.save_pretrained(tmp_path)
    loaded = Learner.from_pretrained(tmp_path).eval()
    assert torch.equal(loaded.objective.logits_V, learner.objective.logits_V)
    assert loaded.objective.config == UnigramConfig()
    prompts = torch.randint(23, (3, 6), generator=torch.Generator().manual_seed(7))
    plain = loaded.generate(prompts, 24)
    for draft_length in (1, 3, "adaptive"):
        drafted = loaded.generate(prompts, 24, draft_length=draft_length)  # type: ignore[arg-type]
        assert torch.equal(drafted.sequences, plain.sequences)
        assert drafted.stats.drafted > 0
    three = loaded.generate(prompts, 24, draft_length=3).stats
    # Every draft is token 5, so those accepted are fives of the plain text.
    assert three.accepted <= int((plain.sequences[:, 6:] == 5).sum())
    sampled = [
        loaded.generate(prompts, 24, length, temperature=0.8, seed=1).sequences
        for length in (None, 3)
    ]
    assert torch.equal(*sampled)


def test_what_it_says_of_itself_is_in_the_saved_model(tmp_path: Path) -> None:
    trained(0).save_pretrained(tmp_path)
    description = storage.read_description(tmp_path)
    assert description["objective"] == "unigram"
    assert description["objective_config"] == {"weight": 1.0, "isolate_documents": False}
    assert (description["architectures"], description["verifier"]) == (["UnigramDraftModel"], None)
    assert "hidden_size" not in description


def test_a_head_of_another_objective_is_refused_by_name(tmp_path: Path) -> None:
    from nextlat.trunk.base_model import BaseReference, fingerprint

    learner = trained()
    learner.trunk.save_pretrained(tmp_path / "base")
    base = BaseReference(str(tmp_path / "base"), fingerprint(learner.trunk))
    storage.save_head(tmp_path / "head", learner.trunk, learner.objective, base)
    assert storage.read_description(tmp_path / "head")["verifier"] == base.name
    head = storage.load_head(tmp_path / "head", learner.trunk, Unigram)
    assert torch.equal(head.logits_V, learner.objective.logits_V)
    assert isinstance(Learner.from_pretrained(tmp_path / "head").objective, Unigram)
    with pytest.raises(CheckpointError, match=r"'next_latent' is needed, this one is .* 'unigram'"):
        storage.load_head(tmp_path / "head", learner.trunk, NextLatent)


def test_every_command_of_training_takes_it(tmp_path: Path) -> None:
    words = (
        "group_words.tiny",
        "objective.name=unigram",
        "loop.threads=1",
        "steps=2",
        "held_out=4",
    )
    main(["train", *words, "--out", str(tmp_path), "--quiet"])
    assert isinstance(Learner.from_pretrained(tmp_path / "model").objective, Unigram)


def test_an_objective_without_drafts_generates_plainly_and_says_so() -> None:
    trunk = tiny_trunk()
    learner = Learner(trunk, NextToken(NextTokenConfig())).eval()
    prompt = torch.tensor([3, 1, 4])
    expected = NextLat(trunk).eval().generate(prompt, 8).sequences
    assert torch.equal(learner.generate(prompt, 8).sequences, expected)
    with pytest.raises(UsageError, match="needs a drafter"):
        learner.generate(prompt, 8, draft_length=2)
