"""A head finds its base model by name, and knows it by its fingerprint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.errors import CheckpointError
from nextlat.trunk.base_model import BaseReference, check_base, fingerprint, load_base


def test_the_fingerprint_is_of_the_weights_at_the_precision_of_bfloat16() -> None:
    model = tiny_trunk(dtype=torch.float32)
    digest = fingerprint(model)
    assert len(digest) == 64
    assert fingerprint(tiny_trunk(dtype=torch.float32)) == digest
    assert fingerprint(tiny_trunk(dtype=torch.bfloat16)) == digest
    with torch.no_grad():
        model.get_input_embeddings().weight[0, 0] += 1
    assert fingerprint(model) != digest


def test_the_final_norm_counts_and_the_layers_do_not() -> None:
    model = tiny_trunk(dtype=torch.float32)
    digest = fingerprint(model)
    with torch.no_grad():
        model.base_model.layers[0].mlp.up_proj.weight.add_(1)
    assert fingerprint(model) == digest  # hashing all of a model would take as long as loading it
    with torch.no_grad():
        model.base_model.norm.weight[3] *= 2
    assert fingerprint(model) != digest


def test_references_come_back_from_their_json() -> None:
    reference = BaseReference("a folder", "abc")
    assert BaseReference.parse(reference.document()) == reference
    for damaged in (None, [], {"name": 3}):
        assert BaseReference.parse(damaged).fingerprint == "None"  # which no model has


def test_another_model_is_refused_and_a_missing_one_named(tmp_path: Path) -> None:
    model = tiny_trunk(dtype=torch.float32)
    model.save_pretrained(tmp_path / "base")
    base = BaseReference(str(tmp_path / "base"), fingerprint(model))
    loaded, tokenizer = load_base(base, "head")
    assert tokenizer is None
    check_base(loaded, base, "head")
    with pytest.raises(CheckpointError, match=r"head was fitted to .* its weights differ"):
        check_base(tiny_trunk(dtype=torch.float32, seed=1), base, "head")
    moved = BaseReference(str(tmp_path / "gone"), base.fingerprint)
    with pytest.raises(CheckpointError, match=r"fitted to the model '.*gone', which cannot"):
        load_base(moved, "head")
    check_base(load_base(moved, "head", name=base.name)[0], base, "head")
