"""What a result needs beside its configuration: versions, hardware, code."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

FILE_ENDINGS = (".txt", ".jsonl", ".json", ".csv", ".gz")
PACKAGES = ("nextlat", "torch", "transformers", "accelerate", "tokenizers", "safetensors", "numpy")


def provenance() -> dict[str, Any]:
    """Return versions, hardware and the commit of the source tree (None for an installed package)."""
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES},
        },
        "hardware": hardware(),
        "commit": _commit(),
    }


def hardware() -> dict[str, Any]:
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
    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def without_folders(value: Any) -> Any:
    """Return a value with every path in it cut to its last name, so that a result tells nothing of the machine.

    A path is a string that starts at a root, a home or a dot, or that has a folder and ends like a file; a model's id
    on the hub, "owner/name", is none.

    Example: {"corpus": ["/data/books.jsonl.gz"], "pretrained": "owner/name"} gives {"corpus": ["books.jsonl.gz"], ...}.
    """
    if isinstance(value, dict):
        return {key: without_folders(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(one) for one in value]
    if isinstance(value, str) and (
        re.match(r"[/\\~.]|[A-Za-z]:[/\\]", value) or value.endswith(FILE_ENDINGS)
    ):
        return re.split(r"[/\\]", value.rstrip("/\\"))[-1]
    return value
