"""Where a result comes from, apart from its configuration: versions, hardware, code."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict

import torch

FILE_ENDINGS = (".txt", ".jsonl", ".json", ".csv", ".gz")
PACKAGES = ("nextlat", "torch", "transformers", "accelerate", "tokenizers", "safetensors", "numpy")


class Hardware(TypedDict):
    """What a result was measured on."""

    processor: str
    cores: int | None
    threads: int
    cpu_capability: str
    gpu: str | None
    num_gpus: int


class Provenance(TypedDict):
    """Where a result comes from."""

    versions: dict[str, str | None]
    hardware: Hardware
    commit: str | None


def provenance() -> Provenance:
    """Return versions, hardware and the source tree's commit (None for an installed package)."""
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES},
        },
        "hardware": hardware(),
        "commit": _commit(),
    }


def hardware() -> Hardware:
    """Return processor, cores, threads and accelerator."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "num_gpus": torch.cuda.device_count(),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).resolve().parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def without_folders(value: object) -> object:
    """Return a value with every path in it cut to its last name.

    So a result says nothing of the machine.

    Example: {"corpus": ["/data/books.jsonl.gz"], "pretrained": "owner/name"} gives
    {"corpus": ["books.jsonl.gz"], "pretrained": "owner/name"}.
    """
    if isinstance(value, Mapping):
        return mapping_without_folders(value)
    if isinstance(value, list | tuple):
        return [without_folders(member) for member in value]
    return without_folder(value) if isinstance(value, str) else value


def mapping_without_folders(values: Mapping[str, object]) -> dict[str, object]:
    """Return a mapping with every path in it cut to its last name."""
    return {key: without_folders(value) for key, value in values.items()}


def without_folder(text: str) -> str:
    """Return the last name of a path, or the text where it is not one.

    A path starts at a root, a home or a dot, or has a folder and ends like a file; a model's id on
    the hub, "owner/name", is not one.
    """
    if re.match(r"[/\\~.]|[A-Za-z]:[/\\]", text) or text.endswith(FILE_ENDINGS):
        return re.split(r"[/\\]", text.rstrip("/\\"))[-1]
    return text
