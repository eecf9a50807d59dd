"""Memory of the process: what was allocated shows, on systems with and without /proc, in bytes
everywhere."""

from __future__ import annotations

import mmap
import resource
import sys
from pathlib import Path

import pytest

from nextlat.evaluation import process_memory
from nextlat.evaluation.process_memory import maxrss_bytes, peak_bytes, resident_bytes

SIZE = 64 * 2**20


def test_macos_counts_bytes_and_other_systems_kib() -> None:
    assert maxrss_bytes(2048, "darwin") == 2048
    assert maxrss_bytes(2048, "linux") == 2048 * 1024
    assert maxrss_bytes(2048, "freebsd14") == 2048 * 1024


def test_what_was_held_stays_in_the_peak_and_what_is_held_in_the_present() -> None:
    before = resident_bytes()
    # Pages of their own from the system: an allocator may have as many at hand that count already.
    held = mmap.mmap(-1, SIZE)
    held.write(b"\x01" * SIZE)
    assert resident_bytes() >= before + 0.9 * SIZE
    top = peak_bytes()
    assert top >= before + 0.9 * SIZE
    held.close()
    assert peak_bytes() >= 0.99 * top  # the kernel adds up its threads' counts in batches of pages


@pytest.mark.parametrize(("platform", "unit"), [("darwin", 1), ("linux", 1024)])
def test_without_proc_the_systems_own_figure_serves(
    platform: str, unit: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Usage:
        ru_maxrss = 123_456

    monkeypatch.setattr(process_memory, "STATUS", tmp_path / "absent")
    monkeypatch.setattr(resource, "getrusage", lambda who: Usage)
    monkeypatch.setattr(sys, "platform", platform)
    assert peak_bytes() == resident_bytes() == 123_456 * unit
