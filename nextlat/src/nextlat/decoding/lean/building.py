"""From the kernel's source to a loaded library: compiled once by the system's compiler, kept in the user's cache."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nextlat.trunk.pretrained import cache_folder

SOURCES = ("forward.c", "rows.h", "pool.h")

FLAGS = ("-O3", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC", "-pthread")
"""Not -ffast-math: sums would no longer be in the order written, on which exactness rests."""

COMPILE_SECONDS = 120

logger = logging.getLogger(__name__)


@functools.cache
def library() -> ctypes.CDLL | None:
    """Return the compiled kernel, or None where this machine cannot make it; the reason is logged once.

    The environment's CC names another compiler; NEXTLAT_LEAN=0 turns the kernel off.
    """
    if os.environ.get("NEXTLAT_LEAN") == "0":
        return None
    compiler = (
        os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    )
    if compiler is None or sys.platform == "win32" or sys.byteorder != "little":
        logger.info("no C compiler: decoding uses torch's own layers, which is slower")
        return None
    try:
        return ctypes.CDLL(str(_built(compiler)))
    except (OSError, subprocess.SubprocessError) as error:
        told = getattr(error, "stderr", None) or error
        logger.warning(
            "the decoding kernel cannot be built (%s); torch's own layers are used", str(told)[:500]
        )
        return None


def _built(compiler: str) -> Path:
    """Return the library's file, compiled where the cache lacks it."""
    here = Path(__file__).parent
    tuning = "-mcpu=native" if platform.machine() in ("arm64", "aarch64") else "-march=native"
    command = [compiler, *FLAGS, tuning, str(here / SOURCES[0]), "-lm"]
    digest = hashlib.sha256()
    for part in (*command, _processor(), *((here / name).read_text("utf-8") for name in SOURCES)):
        digest.update(part.encode() + b"\0")
    folder = cache_folder().parent / "kernels"
    file = folder / f"lean-{digest.hexdigest()[:24]}.so"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        number, partial = tempfile.mkstemp(suffix=".partial", dir=folder)
        os.close(number)
        try:
            subprocess.run(
                [*command, "-o", partial],
                check=True,
                capture_output=True,
                text=True,
                timeout=COMPILE_SECONDS,
            )
            Path(partial).replace(
                file
            )  # another process may have been quicker; its file holds the same
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(partial).unlink()
    return file


def _processor() -> str:
    """Return what tells processors with different instructions apart: a cache may be shared between machines."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return f"{platform.machine()} {platform.processor()}"
