"""What the lab's numbers are computed with, in one place: intervals, pass@k, splits and criteria.

Pure functions without torch: measurements in, numbers out. Reading order: `evaluation/intervals.py`,
`evaluation/pass_at_k.py`, `posttrain/splits.py`, `posttrain/rows.py`, `posttrain/criteria.py`.
"""

from __future__ import annotations

from nextlat.evaluation.intervals import (
    Interval,
    bootstrap_difference,
    bootstrap_mean,
    newcombe,
    wilson,
)
from nextlat.evaluation.pass_at_k import guessing_pass_at_k, mean_pass_at_k, pass_at_k
from nextlat.posttrain.criteria import criteria
from nextlat.posttrain.rows import splits_of
from nextlat.posttrain.splits import (
    Cell,
    Problem,
    Split,
    SplitIntervals,
    bootstrap_split,
    sampled_split,
    split_cells,
    split_change,
    split_problems,
)

__all__ = [
    "Cell",
    "Interval",
    "Problem",
    "Split",
    "SplitIntervals",
    "bootstrap_difference",
    "bootstrap_mean",
    "bootstrap_split",
    "criteria",
    "guessing_pass_at_k",
    "mean_pass_at_k",
    "newcombe",
    "pass_at_k",
    "sampled_split",
    "split_cells",
    "split_change",
    "split_problems",
    "splits_of",
    "wilson",
]
