"""Runs the hub's benchmarks in turn and renews the tables.

`make bench [ARGS="scale radar_citeulike"]` runs it.

The engine's studies have a command of their own, `nextlat reproduce`; see docs/guide/engine.md.

Those that need the optional data folder say so and are passed over where it is absent.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data"
BENCHMARKS = (
    "search_scifact",
    "search_meaning",
    "search_latency",
    "radar_citeulike",
    "checker_corruptions",
    "checker_paraphrase",
    "brief_writing",
    "scale",
    "mirror_faults",
)


def main() -> None:
    """Run those named, or all."""
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = set(wanted) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    if not DATA.is_dir():
        sys.exit(
            f"the benchmarks read public data sets from {DATA}, which is absent; give a script "
            "another place by --data"
        )
    failed = [
        name
        for name in wanted
        if subprocess.run([sys.executable, HERE / "hub" / f"{name}.py"], check=False).returncode
    ]
    subprocess.run([sys.executable, HERE / "tables.py"], check=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
