"""From the kernel's source to a loaded library: compiled once by the system's C compiler.

Libraries stay in the user's cache, under a hash of the source, the compiler's options and the
processor.
"""

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
from dataclasses import dataclass
from pathlib import Path

from nextlat.trunk.pretrained import cache_folder

SOURCE_FOLDER = Path(__file__).parent
SOURCE = "forward.c"
"""What is compiled; it includes the headers beside it."""

FLAGS = ("-O3", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC", "-pthread")
"""Options at every level.

Not -ffast-math: sums would no longer be in the order written, on which exactness rests. Nor may the
compiler contract a product and a sum into a fused operation, for it would do so in one loop and not
in another; see vectors.h.
"""

COMPILE_SECONDS = 120

IS_ARM64 = platform.machine() in ("arm64", "aarch64")
IS_X86_64 = platform.machine() in ("x86_64", "AMD64")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Level:
    """Instructions that a kernel may use.

    Attributes:
        name: for people.
        flags: the compiler's options.
        requires: instructions that an x86-64 processor must have, as /proc/cpuinfo names them; an
            empty set means that the compiler finds out what this machine has.
    """

    name: str
    flags: tuple[str, ...]
    requires: frozenset[str] = frozenset()


NATIVE = Level("native", ("-mcpu=native" if IS_ARM64 else "-march=native",))
"""Everything that this machine's processor can do."""

_V2 = frozenset({"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"})
_AVX = _V2 | {"avx"}
_V3 = _AVX | {"abm", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}

X86_64_V3 = Level("x86-64-v3", ("-march=x86-64-v3", "-mtune=znver3"), _V3)
"""AVX2 with fused operations.

It is tuned for a processor on which gcc avoids chains of fused operations: code whose bits depend
on how the compiler is tuned shows it here.
"""

AVX = Level("avx", ("-march=x86-64-v2", "-mavx"), _AVX)
"""Vectors of 8 without fused operations."""

X86_64_V2 = Level("x86-64-v2", ("-march=x86-64-v2",), _V2)
"""SSE: vectors of 4 without fused operations."""

LEVELS = (NATIVE, X86_64_V3, AVX, X86_64_V2)


def cannot_execute(level: Level) -> str | None:
    """Return why this machine cannot execute a level's instructions, or None where it can."""
    if not level.requires:
        return None
    if not IS_X86_64:
        return f"the processor is {platform.machine()}, not x86-64"
    listed = _processor_line()
    if listed is None:
        return "this system does not list its processor's instructions in /proc/cpuinfo"
    missing = level.requires - set(listed.split())
    return f"the processor lacks {', '.join(sorted(missing))}" if missing else None


def _compiler() -> str | None:
    """Return a C compiler that can build the kernel for this machine, None where there is none."""
    if sys.platform == "win32" or sys.byteorder != "little":
        return None
    return (
        os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    )


@functools.cache
def library(level: Level = NATIVE) -> ctypes.CDLL | None:
    """Return the compiled kernel, or None where this machine cannot build it.

    The reason is logged once, as the answer is cached.

    The environment's CC names another compiler; NEXTLAT_LEAN=0 turns the kernel off.

    Args:
        level: instructions to compile for; other levels than the machine's own are for tests and
            benchmarks.

    Raises:
        ValueError: this machine cannot execute the level.
    """
    if reason := cannot_execute(level):
        raise ValueError(f"a kernel of level {level.name} cannot run here: {reason}; take NATIVE")
    if os.environ.get("NEXTLAT_LEAN") == "0":
        return None
    compiler = _compiler()
    if compiler is None:
        logger.info("no C compiler: decoding uses torch's own layers, which is slower")
        return None
    try:
        return ctypes.CDLL(str(compiled(compiler, (*FLAGS, *level.flags))))
    except (OSError, subprocess.SubprocessError) as error:
        message = str(getattr(error, "stderr", None) or error)[:500]
        logger.warning(
            "the decoding kernel cannot be built (%s); torch's own layers are used", message
        )
        return None


def compiled(compiler: str, flags: tuple[str, ...], source_folder: Path = SOURCE_FOLDER) -> Path:
    """Return the file of a library, compiled where the cache lacks it.

    Args:
        compiler: its command.
        flags: all its options.
        source_folder: holds forward.c and the headers that it includes.

    Raises:
        OSError: the compiler cannot be run, or the cache cannot be written.
        subprocess.SubprocessError: it reports an error, or takes longer than COMPILE_SECONDS.
    """
    command = [compiler, *flags, str(source_folder / SOURCE), "-lm"]
    sources = [file.read_text("utf-8") for file in sorted(source_folder.glob("*.[ch]"))]
    digest = hashlib.sha256()
    processor = _processor_line() or f"{platform.machine()} {platform.processor()}"
    for part in (*command, processor, *sources):
        digest.update(part.encode() + b"\0")
    folder = cache_folder().parent / "kernels"
    file = folder / f"lean-{digest.hexdigest()[:24]}.so"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # A file of its own until it is complete: another process may compile the same library, or
        # load a half-written one.
        descriptor, partial = tempfile.mkstemp(suffix=".partial", dir=folder)
        os.close(descriptor)
        try:
            subprocess.run(
                [*command, "-o", partial],
                check=True,
                capture_output=True,
                text=True,
                timeout=COMPILE_SECONDS,
            )
            # Another process may have been quicker; its file holds the same.
            Path(partial).replace(file)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(partial).unlink()
    return file


def _processor_line() -> str | None:
    """Return /proc/cpuinfo's list of the first processor's instructions, None without one.

    It is part of a library's hash, because machines with different processors may share a cache.
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return None
