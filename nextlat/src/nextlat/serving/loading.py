"""From the command line's names to a server's state: text model, embedding model, scheduler."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal

import torch

from nextlat.decoding import (
    AdaptiveLength,
    FixedLength,
    LengthPolicy,
    length_policy,
    verification_costs,
)
from nextlat.decoding.lean import LeanTrunk, Weights, lean_trunk
from nextlat.errors import ModelError, UsageError
from nextlat.model.heads import load_model
from nextlat.serving.embeddings.worker import SHIPPED_NAME, EmbeddingWorker, shipped_encoder
from nextlat.serving.generation.scheduler import Scheduler, SchedulerLimits
from nextlat.serving.generation.text_model import TextModel
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.metrics import Metrics
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import ServedText, ServerState
from nextlat.trunk.pretrained import default_model, end_ids, model_name
from nextlat.trunk.trunk import Trunk

DraftLength = int | Literal["adaptive"]

LIBRARIES = ("fastapi", "uvicorn", "llguidance", "prometheus_client", "pydantic", "jinja2")


def require_libraries() -> None:
    """Check that the libraries of the extra `serve` are installed.

    Raises:
        ModelError: one is missing; the message names the command that installs it.
    """
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(f"serving needs {', '.join(missing)}; run: pip install 'nextlat[serve]'")


def load_state(
    model: str | None,
    settings: ServeSettings,
    embedding_model: Path | None = None,
    draft_length: DraftLength = "adaptive",
    weights: Weights = "float32",
    device: torch.device | str = "cpu",
) -> ServerState:
    """Load the text model and prepare the embedding model; no thread is started.

    Args:
        model: a folder, a GGUF file or a Hugging Face id; None means the shipped one.
        settings: of the server.
        embedding_model: a sentence-transformers folder; None means the shipped one where it is
            installed.
        draft_length: number of drafts in a cycle, or "adaptive".
        weights: number format of the text model's weights.
        device: where both models compute.

    Raises:
        ModelError: the text model cannot be loaded, or not with such weights.
    """
    metrics = Metrics()
    limits = SchedulerLimits(
        settings.max_active,
        settings.max_queued,
        settings.max_context_tokens,
        settings.prefill_chunk,
    )
    policy = length_policy(draft_length) if settings.speculation else FixedLength(0)
    return ServerState(
        settings,
        load_text(model or default_model(), policy, weights, device),
        embedding_worker(embedding_model, settings, device),
        Scheduler(limits, metrics),
        metrics,
    )


def load_text(
    name: str,
    policy: LengthPolicy,
    weights: Weights = "float32",
    device: torch.device | str = "cpu",
) -> ServedText:
    """Load a text model; a NextLat folder brings its dynamics.

    Raises:
        ModelError: it cannot be loaded or not with such weights, or has no tokenizer.
    """
    loaded = load_model(name, device)
    trunk, dynamics, tokenizer = loaded.trunk, loaded.dynamics, loaded.tokenizer
    if tokenizer is None:
        raise ModelError(f"{name} has no tokenizer, so it takes no text; save one into the folder")
    if trunk.dtype in (torch.float16, torch.bfloat16):
        dynamics = dynamics and dynamics.float()
    trunk = _served_trunk(trunk, weights)
    if isinstance(policy, AdaptiveLength):
        policy.know_costs(verification_costs(trunk))
    ends = [token for token in end_ids(trunk.model, tokenizer) if 0 <= token < trunk.vocab_size]
    vocabulary = Vocabulary(tokenizer, trunk.vocab_size, ends)
    return ServedText(
        model_name(name), TextModel(trunk, vocabulary, dynamics, policy), model_name(name)
    )


def _served_trunk(trunk: Trunk, weights: Weights) -> Trunk:
    """Return the trunk that decodes a loaded model, in float32 or with int8 weights."""
    # Near-ties of reduced precision would be broken otherwise with drafts than without.
    if trunk.dtype in (torch.float16, torch.bfloat16):
        trunk.model.float()
    trunk.model.requires_grad_(False)
    served = lean_trunk(trunk.model, weights)
    if isinstance(served, LeanTrunk) and served.weights == "int8":
        served.release()  # nothing trains here, so the float32 weights would be read by nobody
    return served


def embedding_worker(
    folder: Path | None, settings: ServeSettings, device: torch.device | str = "cpu"
) -> EmbeddingWorker | None:
    """Return the embedding model's thread, not started; None where there is no model.

    Raises:
        UsageError: the folder named does not exist.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"--embedding-model {folder} is not a folder; name a sentence-transformers folder"
        )
    if folder is not None:
        return EmbeddingWorker(folder, folder.resolve().name, settings.max_queued, device)
    shipped = shipped_encoder()
    return EmbeddingWorker(shipped, SHIPPED_NAME, settings.max_queued, device) if shipped else None
