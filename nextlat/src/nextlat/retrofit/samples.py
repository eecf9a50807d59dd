"""Sampled rows on disk: compact token files, and a cache of latents that can be computed again.

    samples/chunk-00000.safetensors    tokens (uint16, or uint32 for large vocabularies), lengths,
    temperatures; domains latents/chunk-00000.safetensors    the trunk's latent of each of these
    tokens, bfloat16

A chunk of tokens is written after its latents, each file whole or not at all, so a chunk that
exists is complete. Shape suffixes: N tokens, D width, R rows.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file
from torch import Tensor

from nextlat.errors import CheckpointError, DataError


@dataclass(frozen=True)
class SampledRow:
    """One prompt and its answer, without the answer's last token, which the trunk has not read.

    Attributes:
        ids_T: tokens, int64.
        h_TD: the trunk's latents of them, bfloat16.
        prompt_length: how many tokens are the prompt.
        temperature: the answer was sampled at.
        domain: of the prompt.
    """

    ids_T: Tensor
    h_TD: Tensor
    prompt_length: int
    temperature: float
    domain: str

    def held_out(self, share: float) -> bool:
        """Return whether the row is for measuring, a function of its prompt alone."""
        prompt = self.ids_T[: self.prompt_length].numpy().astype("<u4").tobytes()
        return int.from_bytes(hashlib.sha256(prompt).digest()[:8], "big") < share * 2**64


def chunk_file(folder: Path, kind: str, number: int) -> Path:
    """Return where a chunk lies; `kind` is "samples" or "latents"."""
    return folder / kind / f"chunk-{number:05d}.safetensors"


def num_chunks(folder: Path) -> int:
    """Return how many chunks are complete, from the first."""
    number = 0
    while chunk_file(folder, "samples", number).is_file():
        number += 1
    return number


def _arrays(rows: list[SampledRow], vocab_size: int) -> dict[str, NDArray[np.generic]]:
    """Return what a chunk's file holds: all rows' tokens in one run, and their lengths."""
    kind = np.uint16 if vocab_size <= 1 << 16 else np.uint32
    return {
        "tokens": torch.cat([row.ids_T for row in rows]).numpy().astype(kind),
        "lengths": np.array([len(row.ids_T) for row in rows], dtype=np.int32),
        "prompt_lengths": np.array([row.prompt_length for row in rows], dtype=np.int32),
        "temperatures": np.array([row.temperature for row in rows], dtype=np.float32),
    }


def save_chunk(folder: Path, number: int, rows: list[SampledRow], vocab_size: int) -> None:
    """Write a chunk.

    Raises:
        DataError: the disk does not take it; the message says what remains valid.
    """
    arrays = _arrays(rows, vocab_size)
    try:
        save_latents(folder, number, rows)
        file = chunk_file(folder, "samples", number)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        save_arrays(arrays, partial, metadata={"domains": json.dumps([row.domain for row in rows])})
        # Renamed when complete: a chunk that is there was written to its end.
        partial.replace(file)
    except (OSError, SafetensorError) as error:
        raise DataError(
            f"{folder}: chunk {number} cannot be written ({error}); free disk space and run the "
            "same command with --resume, the chunks before it are complete"
        ) from error


def save_latents(folder: Path, number: int, rows: list[SampledRow]) -> None:
    """Write the cache of latents of a chunk."""
    file = chunk_file(folder, "latents", number)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    save_file(
        {"latents": torch.cat([row.h_TD for row in rows]).to(torch.bfloat16).contiguous()}, partial
    )
    partial.replace(file)


def _stored(folder: Path, number: int) -> tuple[dict[str, NDArray[np.generic]], list[str], Tensor]:
    """Return a chunk's arrays, the domains of its rows, and the latents of all its tokens."""
    file, latents = chunk_file(folder, "samples", number), chunk_file(folder, "latents", number)
    try:
        with safe_open(file, "np") as opened:
            names = opened.keys()  # a list: the file is not a mapping
            arrays = {name: opened.get_tensor(name) for name in names}
            domains = json.loads(opened.metadata()["domains"])
        absent = torch.zeros(0, 0, dtype=torch.bfloat16)
        h_ND = load_file(latents)["latents"] if latents.is_file() else absent
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"{file} cannot be read: {error}; remove it and what follows it, and resume"
        ) from error
    return arrays, domains, h_ND


def load_chunk(folder: Path, number: int) -> list[SampledRow]:
    """Read a chunk; where its latents are absent, `h_TD` is empty, `[0, 0]`.

    Raises:
        CheckpointError: a file is damaged.
    """
    arrays, domains, h_ND = _stored(folder, number)
    ids_N = torch.from_numpy(arrays["tokens"].astype(np.int64))
    lengths = arrays["lengths"].tolist()
    parts = h_ND.split(lengths) if len(h_ND) == len(ids_N) else [h_ND[:0]] * len(lengths)
    return [
        SampledRow(ids_T, h_TD, prompt, temperature, domain)
        for ids_T, h_TD, prompt, temperature, domain in zip(
            ids_N.split(lengths),
            parts,
            arrays["prompt_lengths"].tolist(),
            arrays["temperatures"].tolist(),
            domains,
            strict=True,
        )
    ]
