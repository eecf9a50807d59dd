"""Decoding wakes the kernel's threads alone: torch's, once woken, spin for a while beside them and
halve their pace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nextlat.decoding.lean import kernel

pytestmark = pytest.mark.skipif(
    not kernel.available() or not Path("/proc/self/task").exists(),
    reason="no C compiler, or threads cannot be counted",
)

SCRIPT = """
import os
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from nextlat.decoding import (
    FixedLength, LatentDrafter, RandomDrafter, RowDecoding, Sampling, Stops, acceptance_for)
from nextlat.decoding.lean import lean_trunk
from nextlat.dynamics import LatentDynamics

torch.set_num_threads(1)
model = LlamaForCausalLM(LlamaConfig(
    vocab_size=40000, hidden_size=576, intermediate_size=64, num_hidden_layers=1, num_attention_heads=9,
    num_key_value_heads=3, max_position_embeddings=600)).eval()
trunk = lean_trunk(model)
latent = LatentDrafter(trunk, LatentDynamics(576))  # copies weights once
torch.set_num_threads(3)

def decode(temperature, drafter):
    row = RowDecoding(trunk, drafter, FixedLength(8), acceptance_for(Sampling(temperature), "coupled", 0),
                      Stops.parse(None, []), list(range(100)), 60, with_logprobs=True)
    for _ in row.cycles():
        pass

before = len(os.listdir("/proc/self/task"))
decode(0.0, RandomDrafter(40000))
decode(0.7, latent)
after = len(os.listdir("/proc/self/task"))
torch.randn(1000, 1000).exp()
print(after - before, len(os.listdir("/proc/self/task")) - after)
"""


@pytest.mark.slow
def test_two_workers_of_the_kernel_and_none_of_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout.split() == ["2", "2"], (
        "torch's own two come with the first large tensor only"
    )
