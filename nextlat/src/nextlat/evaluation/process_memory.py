"""Memory of this process as the system counts it. It knows no model.

Linux says it of this program alone in /proc. Elsewhere `getrusage` serves, whose unit differs
between systems; on Linux it also counts what the program held that started this one, so it is
second choice.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return the most memory the process has held so far, in bytes."""
    peak = _status("VmHWM")
    if peak is None:
        return maxrss_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sys.platform)
    return peak


def resident_bytes() -> int:
    """Return the memory the process holds now, in bytes; the peak if the system has no figure."""
    resident = _status("VmRSS")
    return peak_bytes() if resident is None else resident


def maxrss_bytes(maxrss: int, platform: str) -> int:
    """Return `ru_maxrss` in bytes: macOS counts bytes, other systems KiB (getrusage(2) of both).

    Args:
        maxrss: as `getrusage` gives it.
        platform: as `sys.platform` names it.
    """
    return maxrss if platform == "darwin" else 1024 * maxrss


def _status(name: str) -> int | None:
    """Return a line of the process's status in bytes; None where there is none."""
    try:
        lines = STATUS.read_text("utf-8").splitlines()
    except OSError:
        return None
    return next(
        (1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), None
    )
