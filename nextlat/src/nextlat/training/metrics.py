"""Metrics of a run: one JSON object a line, and TensorBoard where configured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class MetricsFile:
    """Appends to `metrics.jsonl`; what a resumed run will do again is cut off first.

    Args:
        folder: the run's folder.
        first_step: lines of this step and later are removed.
        tensorboard: whether to write TensorBoard files too.
    """

    def __init__(self, folder: Path, first_step: int, *, tensorboard: bool = False) -> None:
        self.path = folder / "metrics.jsonl"
        lines = read_lines(self.path) if first_step else []
        earlier = [line for line in lines if _step(line) <= first_step]
        partial = self.path.with_suffix(".partial")
        partial.write_text("".join(json.dumps(line) + "\n" for line in earlier), "utf-8")
        partial.replace(self.path)
        self._writer: SummaryWriter | None = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=first_step or None)

    def write(self, step: int, figures: Mapping[str, object]) -> None:
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


def read_lines(path: Path) -> list[dict[str, object]]:
    """Return the metric lines of a run; a last line that a kill cut off is left out."""
    lines: list[dict[str, object]] = []
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                break
    return lines


def _step(line: Mapping[str, object]) -> float:
    step = line["step"]
    assert isinstance(step, int | float)
    return step
