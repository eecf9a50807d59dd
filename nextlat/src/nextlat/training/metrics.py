"""Metrics of a run: one JSON object a line, and TensorBoard where asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class MetricsFile:
    """Appends to `metrics.jsonl`; what a resumed run will do again is cut off first.

    Args:
        folder: the run's folder.
        first_step: lines of this step and later are removed.
        tensorboard: whether to write TensorBoard files too.
    """

    def __init__(self, folder: Path, first_step: int, *, tensorboard: bool = False) -> None:
        self.path = folder / "metrics.jsonl"
        kept = (
            [line for line in read_lines(self.path) if line["step"] <= first_step]
            if first_step
            else []
        )
        partial = self.path.with_suffix(".partial")
        partial.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
        partial.replace(self.path)
        self._writer: Any = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=first_step or None)

    def write(self, step: int, figures: dict[str, Any]) -> None:
        """Append one line; lists and words stay out of TensorBoard."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **figures}) + "\n")
        if self._writer is not None:
            for name, value in figures.items():
                if isinstance(value, int | float):
                    self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush TensorBoard's file."""
        if self._writer is not None:
            self._writer.close()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the metric lines of a run; a last line cut off by a kill is passed over."""
    lines: list[dict[str, Any]] = []
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                break
    return lines
