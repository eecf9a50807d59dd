"""Completions of prompts, greedy or sampled, free or forced to begin with given words.

Tokens are made as TRL's rollouts make them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import (
    GenerationConfig,
    GenerationMixin,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from nextlat.errors import ModelError
from nextlat.posttrain.models import prompt_ids
from nextlat.posttrain.problems import Prompt
from nextlat.trunk.pretrained import end_ids


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen.

    Attributes:
        temperature: 0 for the most likely token.
        max_new_tokens: most tokens of a completion, a forced beginning included.
        top_p: nucleus.
        top_k: most likely tokens kept; all where 0.
    """

    temperature: float
    max_new_tokens: int
    top_p: float = 1.0
    top_k: int = 0

    @property
    def name(self) -> str:
        """How files call it, "greedy" or "sampled"."""
        return "sampled" if self.temperature > 0 else "greedy"


@dataclass(frozen=True)
class Request:
    """A prompt, and what its completion must begin with."""

    prompt: Prompt
    prefix: str = ""


class Sampler:
    """Completes prompts in batches of similar length.

    Args:
        model: a causal language model, in evaluation mode on its device.
        tokenizer: its tokenizer.
        batch_size: completions side by side.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, batch_size: int
    ) -> None:
        if not isinstance(model, GenerationMixin):
            raise ModelError(
                f"a model of type {type(model).__name__} cannot generate text; give a causal one"
            )
        self.model, self.generator = model, model
        self.tokenizer, self.batch_size = tokenizer, batch_size

    @torch.no_grad()
    def complete(self, requests: Sequence[Request], decoding: Decoding, seed: int) -> list[str]:
        """Return each request's completion, the forced beginning included, special tokens left out.

        Args:
            requests: what to complete.
            decoding: how.
            seed: of the sampling; the same requests, batch size and seed give the same texts. Other
                random states of the process stay as they are.
        """
        encoded = [self._encode(request) for request in requests]
        # Batches of similar length waste little on padding.
        order = sorted(range(len(encoded)), key=lambda number: sum(map(len, encoded[number])))
        completions = [""] * len(requests)
        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            for start in range(0, len(order), self.batch_size):
                chosen = order[start : start + self.batch_size]
                rows = [[*prompt, *prefix] for prompt, prefix in map(encoded.__getitem__, chosen)]
                for number, tail in zip(chosen, self._generate(rows, decoding), strict=True):
                    _, prefix = encoded[number]
                    room = max(0, decoding.max_new_tokens - len(prefix))
                    ids = [*prefix, *tail[:room]]
                    completions[number] = str(self.tokenizer.decode(ids, skip_special_tokens=True))
        return completions

    def _encode(self, request: Request) -> tuple[list[int], list[int]]:
        """Return tokens of the prompt and of the forced beginning."""
        prefix = (
            self.tokenizer(request.prefix, add_special_tokens=False)["input_ids"]
            if request.prefix
            else []
        )
        return prompt_ids(self.tokenizer, request.prompt), list(prefix)

    def _generate(self, rows: list[list[int]], decoding: Decoding) -> list[list[int]]:
        """Return what the model adds to each row of tokens, up to and without its end token."""
        width = max(map(len, rows))
        pad = self.tokenizer.pad_token_id
        device = self.model.device
        ids_BT = torch.tensor([[pad] * (width - len(row)) + row for row in rows], device=device)
        mask_BT = torch.tensor(
            [[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device
        )
        ends = end_ids(self.model, self.tokenizer)
        output = self.generator.generate(
            input_ids=ids_BT, attention_mask=mask_BT, generation_config=self._config(decoding, ends)
        )
        assert isinstance(output, torch.Tensor)  # because return_dict_in_generate is unset
        return [_until_end(row, ends) for row in output[:, width:].tolist()]

    def _config(self, decoding: Decoding, ends: list[int]) -> GenerationConfig:
        """Return the generation's configuration, complete.

        What is left out would be taken from the model's own.
        """
        return GenerationConfig(
            max_new_tokens=decoding.max_new_tokens,
            do_sample=decoding.temperature > 0,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=ends,
            repetition_penalty=1.0,
            num_beams=1,
            **_draw_settings(decoding),
        )


def _draw_settings(decoding: Decoding) -> dict[str, float]:
    """Return how tokens are drawn; transformers' defaults where nothing is, which it does not read.

    Other values would make it warn.
    """
    if decoding.temperature > 0:
        return {
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "top_k": decoding.top_k,
        }
    return {"temperature": 1.0, "top_p": 1.0, "top_k": 50}


def _until_end(row: list[int], ends: list[int]) -> list[int]:
    for length, token in enumerate(row):
        if token in ends:
            return row[:length]
    return row
