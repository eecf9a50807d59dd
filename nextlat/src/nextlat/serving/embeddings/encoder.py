"""Sentence embeddings from a sentence-transformers folder, read with transformers alone.

Modules understood: a transformer, mean or first-token pooling, normalisation. Shape suffixes: B
texts, T time, D width.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from nextlat.errors import ModelError

BATCH = 32


@dataclass(frozen=True)
class SentenceEncoder:
    """A loaded embedding model.

    Attributes:
        model: gives a vector for each token.
        tokenizer: its own.
        max_length: longest text in tokens; the rest is cut off.
        pooling: how token vectors become one.
        normalise: whether that is scaled to length 1.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    max_length: int
    pooling: Literal["mean", "first"]
    normalise: bool

    @property
    def width(self) -> int:
        """Numbers of an embedding."""
        return int(self.model.config.hidden_size)

    @property
    def vocab_size(self) -> int:
        """Token ids there are."""
        return int(self.model.config.vocab_size)

    def ids_of_text(self, text: str) -> list[int]:
        """Return a text's ids with special tokens, cut to the longest length."""
        ids: list[int] = self.tokenizer(text, truncation=True, max_length=self.max_length).input_ids
        return ids

    def ids_of_tokens(self, tokens: Sequence[int]) -> list[int]:
        """Return ids a client made, between the special tokens, cut to the longest length."""
        start, end = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        inside = list(tokens)
        if start is not None and inside[:1] == [start]:
            inside = inside[1:]
        if end is not None and inside[-1:] == [end]:
            inside = inside[:-1]
        around = (start is not None) + (end is not None)
        inside = inside[: self.max_length - around]
        return [
            *([start] if start is not None else []),
            *inside,
            *([end] if end is not None else []),
        ]

    @torch.no_grad()
    def embed(
        self, rows: Sequence[Sequence[int]], goes_on: Callable[[], bool] = lambda: True
    ) -> list[list[float]]:
        """Return an embedding of each row of ids, in order.

        Args:
            rows: of `ids_of_text` or `ids_of_tokens`.
            goes_on: called between batches; once it returns False, the rest is left out.
        """
        by_length = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        vectors: dict[int, list[float]] = {}
        for start in range(0, len(rows), BATCH):
            if not goes_on():
                break
            batch = by_length[start : start + BATCH]
            vectors |= zip(batch, self._embed([rows[i] for i in batch]).tolist(), strict=True)
        return [vectors[i] for i in sorted(vectors)]

    def _embed(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Return embeddings of one batch, `[B, D]`."""
        longest = max(map(len, rows))
        pad = self.tokenizer.pad_token_id or 0
        ids_BT = torch.tensor(
            [[*row, *[pad] * (longest - len(row))] for row in rows], device=self.model.device
        )
        mask_BT = torch.tensor(
            [[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.model.device
        )
        h_BTD: Tensor = self.model(
            input_ids=ids_BT, attention_mask=mask_BT
        ).last_hidden_state.float()
        if self.pooling == "first":
            pooled_BD = h_BTD[:, 0]
        else:
            weights_BT1 = mask_BT[..., None].to(h_BTD)
            pooled_BD = (h_BTD * weights_BT1).sum(dim=1) / weights_BT1.sum(dim=1).clamp(min=1e-9)
        if self.normalise:
            pooled_BD = torch.nn.functional.normalize(pooled_BD, dim=-1)
        return pooled_BD


def load_encoder(folder: Path, device: torch.device | str = "cpu") -> SentenceEncoder:
    """Load a sentence-transformers folder onto a device.

    The folder of a plain encoder gets mean pooling and normalisation.

    Raises:
        ModelError: it is absent, damaged, or asks for a module that is not understood.
    """
    kinds = _modules(folder)
    try:
        where = kinds["Transformer"]
        model = AutoModel.from_pretrained(where, local_files_only=True, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=True)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(f"{folder} cannot be loaded as an embedding model: {error}") from error
    settings = _read(folder / "sentence_bert_config.json") or {}
    longest = _longest(settings.get("max_seq_length"), model, tokenizer)
    pooling = (
        _pooling(_read(kinds["Pooling"] / "config.json") or {}) if "Pooling" in kinds else "mean"
    )
    return SentenceEncoder(
        model.eval().to(device), tokenizer, longest, pooling, "Normalize" in kinds
    )


def _longest(own: int | None, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the longest text in tokens; a folder may cut it well below the model's positions."""
    limits = (own, tokenizer.model_max_length, model.config.max_position_embeddings)
    return min(int(limit) for limit in limits if limit)


def _modules(folder: Path) -> dict[str, Path]:
    """Return the modules that a folder is made of, kind -> its files' folder.

    Raises:
        ModelError: one is not understood.
    """
    modules = _read(folder / "modules.json") or [
        {"type": "Transformer", "path": ""},
        {"type": "Normalize", "path": ""},
    ]
    kinds = {
        str(module["type"]).rpartition(".")[2]: folder / str(module["path"]) for module in modules
    }
    unknown = set(kinds) - {"Transformer", "Pooling", "Normalize"}
    if unknown:
        raise ModelError(
            f"{folder} asks for {', '.join(sorted(unknown))}; "
            "Transformer, Pooling, Normalize are known"
        )
    return kinds


def _pooling(settings: Mapping[str, object]) -> Literal["mean", "first"]:
    """Return the one way of pooling a configuration names."""
    modes = [
        name
        for name, value in settings.items()
        if name.startswith("pooling_mode") and value is True
    ]
    names: dict[str, Literal["mean", "first"]] = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "first",
    }
    if len(modes) == 1 and modes[0] in names:
        return names[modes[0]]
    if not modes:
        return "mean"
    raise ModelError(f"pooling by {', '.join(modes)}: mean or first-token pooling alone is known")


def _read(file: Path) -> Any:
    """Return a JSON file's value, None where there is none."""
    try:
        return json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}") from error
