"""From a run's configuration to its task and learner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

import nextlat.trunk.gru  # noqa: F401  registers the GRU baseline with transformers
from nextlat.errors import ModelError
from nextlat.model.learner import Learner
from nextlat.objectives import OBJECTIVES
from nextlat.tasks import TASKS, Task
from nextlat.training.run_config import RunConfig, TrunkConfig
from nextlat.trunk.trunk import Trunk


def build_task(config: RunConfig) -> Task:
    """Return the run's task, seeded with the run's seed."""
    return TASKS[config.task_name](config.task, config.loop.seed)


class TokenSizes(Protocol):
    """What a model is built for: a task, or something of its sizes."""

    @property
    def vocab_size(self) -> int:
        """Number of token ids the trunk must know."""

    @property
    def max_length(self) -> int:
        """Longest sequence, in tokens."""


def build_learner(config: RunConfig, task: TokenSizes) -> Learner:
    """Return the run's trunk and objective, drawn from the run's seed.

    Raises:
        ModelError: a pretrained trunk's vocabulary or length does not fit the task.
    """
    torch.manual_seed(config.loop.seed)
    model = build_trunk(config.trunk, task.vocab_size, task.max_length)
    view = Trunk(model)
    if view.vocab_size < task.vocab_size:
        raise ModelError(
            f"the trunk knows {view.vocab_size} tokens, the task {config.task_name} has "
            f"{task.vocab_size}; give a trunk built for this vocabulary"
        )
    if view.max_length is not None and view.max_length < task.max_length:
        raise ModelError(
            f"the trunk has {view.max_length} positions, the task's sequences up to "
            f"{task.max_length} tokens; shorten the task or give a longer trunk"
        )
    return Learner(model, OBJECTIVES[config.objective_name].build(view, config.objective))


def build_trunk(config: TrunkConfig, vocab_size: int, max_length: int) -> PreTrainedModel:
    """Return a trunk of the configured shape with random weights, or a pretrained one."""
    model: PreTrainedModel = (
        AutoModelForCausalLM.from_pretrained(config.pretrained)
        if config.pretrained
        else AutoModelForCausalLM.from_config(_trunk_config(config, vocab_size, max_length))
    )
    return model


def _trunk_config(config: TrunkConfig, vocab_size: int, max_length: int) -> PretrainedConfig:
    """Return the transformers configuration of a family at a shape."""
    feed_forward = config.feed_forward or 4 * config.width
    shared = {
        "vocab_size": vocab_size,
        "tie_word_embeddings": config.tied,
        "bos_token_id": None,
        "eos_token_id": None,
    }
    if config.family == "gpt2":
        return _gpt2_config(config, feed_forward, max_length, shared)
    shape = {"hidden_size": config.width, "num_hidden_layers": config.num_layers}
    if config.family == "nextlat_gru":
        return AutoConfig.for_model("nextlat_gru", **shape, **shared)
    return AutoConfig.for_model(
        config.family,
        intermediate_size=feed_forward,
        num_attention_heads=config.num_heads,
        num_key_value_heads=config.num_heads,
        max_position_embeddings=max_length,
        **({"head_dim": config.width // config.num_heads} if config.family == "qwen3" else {}),
        **(_local_first(config) if config.family == "smollm3" else {}),
        **shape,
        **shared,
    )


def _gpt2_config(
    config: TrunkConfig, feed_forward: int, max_length: int, shared: Mapping[str, object]
) -> PretrainedConfig:
    """Return GPT-2's configuration, whose keys have names of their own; no dropout."""
    return AutoConfig.for_model(
        "gpt2",
        n_embd=config.width,
        n_layer=config.num_layers,
        n_head=config.num_heads,
        n_inner=feed_forward,
        n_positions=max_length,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        **shared,
    )


def _local_first(config: TrunkConfig) -> dict[str, object]:
    """Return which layers of SmolLM3 have positions, and which of them are local."""
    later = config.num_layers - 1
    if config.local_window is None:
        return {"no_rope_layers": [1] * config.num_layers, "pad_token_id": None}
    return {
        "no_rope_layers": [1] + [0] * later,  # 1 stands for a layer with rotary positions
        "layer_types": ["sliding_attention"] + ["full_attention"] * later,
        "use_sliding_window": True,
        "sliding_window": config.local_window,
        "pad_token_id": None,
    }
