"""Tables of a post-training study, as data: the Markdown and the page write the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nextlat.evaluation.pass_at_k import guessing_pass_at_k
from nextlat.posttrain.report.cells import Line, NumberCell, Table, percent, points, stage_name
from nextlat.posttrain.report.criteria_table import criteria_of, criteria_table, verdict_words
from nextlat.posttrain.report.estimates import (
    Measure,
    accuracy,
    conditional,
    estimate,
    greedy,
    greedy_verified,
    passing,
    split_keys,
    split_parts,
    verified,
    without_interval,
)
from nextlat.posttrain.report.groups import (
    COMPOSITION,
    MAIN,
    groups_of,
    pairs_of,
    sizes_of,
    strategies_of,
    types_of,
)
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import PARTS
from nextlat.posttrain.rows import execution_of, routing_to

PAPER: dict[tuple[str, str], tuple[float, float, float]] = {
    ("B", "sft"): (24.5, 38.9, 11.9),
    ("B", "rl_easy"): (18.4, 25.6, 10.1),
    ("B", "rl_hard"): (50.8, 96.0, 11.6),
    ("F", "sft"): (57.0, 10.7, 97.1),
    ("F", "rl_easy"): (48.0, 9.3, 91.7),
    ("F", "rl_hard"): (58.3, 11.0, 99.3),
    ("FB", "sft"): (47.0, 27.1, 64.3),
    ("FB", "rl_easy"): (60.0, 32.2, 91.5),
    ("FB", "rl_hard"): (95.7, 94.1, 97.1),
}
"""Table 1 of arXiv 2606.13125: pass@1 in % on 6 to 9 steps: all, inversion, evaluation."""


def accuracy_tables(results: StudyResults) -> Iterator[Table]:
    """Yield tables of the paper's shape: a row an arm and stage, a column a type."""
    kinds = types_of(results)
    for number, (name, sizes) in enumerate(groups_of(results)):
        shown = [kind for kind in kinds if number == 0 or kind != COMPOSITION]
        together = [kind for kind in shown if kind != COMPOSITION or not results.finite_field]
        head = [
            "arm",
            "stage",
            *(["All"] if len(together) > 1 else []),
            *(kind.capitalize() for kind in shown),
        ]
        rows: list[Line] = []
        for arm, stage in pairs_of(results):
            cells = (
                [estimate(results, arm, stage, together, sizes, accuracy)]
                if len(together) > 1
                else []
            )
            cells += [
                estimate(results, arm, stage, (kind,), sizes_of(results, kind, sizes), accuracy)
                for kind in shown
            ]
            if any(cells):
                rows.append((arm, stage_name(stage, arm), *(percent(cell) for cell in cells)))
        if results.first.chance is not None:
            guess = NumberCell(f"{100 * results.first.chance:.1f}")
            rows.append(("chance", "a guess", *([guess] * (len(head) - 2))))
        yield Table(
            f"accuracy-{number}",
            f"Accuracy of answers in %, {name}",
            tuple(head),
            tuple(rows),
            2,
            _spread_note(results),
        )


def _spread_note(results: StudyResults) -> tuple[str, ...]:
    if len(results.runs) > 1:
        return (f"Mean and sample standard deviation over {len(results.runs)} seeds.",)
    return ("One seed. In brackets 95 % intervals over problems; they say nothing of other seeds.",)


def paper_table(results: StudyResults) -> Table | None:
    """Return our figures next to the paper's table 1.

    None for a user's own task, and for a part of the study without the arms of that table.
    """
    sizes = dict(groups_of(results)).get(MAIN)
    has_arms = {arm for arm, _ in PAPER} <= set(results.names(lambda row: row.arm))
    if not results.finite_field or sizes is None or not has_arms:
        return None
    kinds = (("evaluation", "inversion"), ("inversion",), ("evaluation",))
    rows: list[Line] = []
    for (arm, stage), paper in PAPER.items():
        ours = [percent(estimate(results, arm, stage, kind, sizes, accuracy)) for kind in kinds]
        pairs = zip(ours, paper, strict=True)
        cells = (cell for our, their in pairs for cell in (our, f"{their:.1f}"))
        rows.append((arm, stage_name(stage, arm), *cells))
    head = tuple(
        f"{kind}, {whose}"
        for kind in ("All", "Inversion", "Evaluation")
        for whose in ("ours", "paper")
    )
    return Table(
        "paper",
        "Beside table 1 of arXiv 2606.13125, accuracy in %, 6-9 steps",
        ("arm", "stage", *head),
        tuple(rows),
        2,
        (
            "The paper's model is Qwen2.5-1.5B-Instruct with adapters; ours is far smaller and "
            "trained from scratch, so the pattern is compared, not the size.",
        ),
    )


def split_table(results: StudyResults, *, greedy: bool = False) -> Table | None:
    """Return the changes and their parts; None where the file holds none."""
    rows = tuple(_split_lines(results, greedy=greedy))
    if not rows:
        return None
    head = ("arm", "stages", "type", *(part.capitalize() for part in PARTS))
    if greedy:
        note = "Without sampling: what is left of an improvement here is not less noise."
        caption = f"Change of greedy {_split_of(results)}, split"
        return Table("splits-greedy", caption, head, rows, 3, (note,))
    note = (
        "Selection: strategies are chosen differently. Improvement: a chosen strategy succeeds "
        "more often. Residual: neither, that is right answers without a valid trace, and noise. "
        "The three add up to the change."
    )
    return Table("splits", f"Change of {_split_of(results)}, split", head, rows, 3, (note,))


def _split_lines(results: StudyResults, *, greedy: bool) -> Iterator[Line]:
    """Yield a line for each change: arm, stages, type, and its parts in points."""
    for key in split_keys(results, greedy=greedy):
        arm, start, end, kind = key
        parts = split_parts(results, key, greedy=greedy)
        stages = f"{stage_name(start, arm)} to {stage_name(end, arm)}"
        yield (arm, stages, kind, *(points(parts.get(part)) for part in PARTS))


def _split_of(results: StudyResults) -> str:
    """Return which accuracy the splits are of."""
    of = {split.of for run in results.runs for split in run.splits}
    whole = "whole traces" if of == {"verified_accuracy"} else "answers"
    return f"accuracy of {whole} in percentage points"


def _by_type(
    results: StudyResults,
    name: str,
    caption: str,
    measures: Sequence[tuple[str, Measure]],
    notes: tuple[str, ...],
) -> Table | None:
    """Return a table with an arm, a stage and a type a row, on the sizes that matter most."""
    group, sizes = (groups_of(results) or [("all problems", [None])])[0]
    rows: list[Line] = []
    for arm, stage in pairs_of(results):
        for kind in types_of(results):
            inside = sizes_of(results, kind, sizes)
            cells = [
                estimate(results, arm, stage, (kind,), inside, measure) for _, measure in measures
            ]
            if any(cells):
                rows.append((arm, stage_name(stage, arm), kind, *(percent(cell) for cell in cells)))
    if not rows:
        return None
    return Table(
        name,
        f"{caption}, {group}",
        ("arm", "stage", "type", *(column for column, _ in measures)),
        tuple(rows),
        3,
        notes,
    )


def strategy_table(results: StudyResults) -> Table | None:
    """Return how often each strategy is chosen and how often it succeeds where forced."""
    names = strategies_of(results)
    executions = dict.fromkeys(name for row in results.rows for name in row.sampled.execution)
    measures = [(f"{name}, chosen", without_interval(routing_to(name))) for name in names]
    measures += [(f"{name}, succeeds", without_interval(execution_of(name))) for name in executions]
    if not executions:
        measures += [(f"{name}, right where chosen", conditional(name)) for name in names]
    return _by_type(
        results,
        "strategies",
        "Strategies in %: share of responses, and accuracy of each",
        measures,
        (
            "A strategy succeeds where it is forced and, if traces can be verified, every step is "
            "right.",
        )
        if executions
        else (),
    )


def greedy_table(results: StudyResults) -> Table | None:
    """Return sampled and greedy accuracy; None where greedy decoding was not measured."""
    if not any(row.greedy for row in results.rows):
        return None
    measures = (
        ("answers, sampled", accuracy),
        ("answers, greedy", greedy),
        ("traces, sampled", verified),
        ("traces, greedy", greedy_verified),
    )
    note = (
        "Where sampled accuracy rises and greedy accuracy does not, training only took sampling "
        "noise away."
    )
    return _by_type(
        results, "greedy", "Sampled at the training temperature and greedy, in %", measures, (note,)
    )


def pass_table(results: StudyResults) -> Table | None:
    """Return pass@k of answers, of traces and of guessing; None where it was not measured."""
    answered = {k for row in results.rows for k in row.sampled.pass_at_k or ()}
    traced = sorted({k for row in results.rows for k in row.sampled.verified_pass_at_k or ()})
    ks = sorted(answered.union(traced))
    measures = [(f"answers, k={k}", passing(k, traces=False)) for k in ks]
    measures += [(f"traces, k={k}", passing(k, traces=True)) for k in traced]
    table = _by_type(results, "pass-at-k", "pass@k in %", measures, ()) if ks else None
    chance = results.first.chance
    if table is None or chance is None:
        return table
    guesses = [NumberCell(f"{100 * guessing_pass_at_k(chance, k):.1f}") for k in ks]
    line: Line = ("guessing", "1-(1-chance)^k", "any", *guesses, *(["n/a"] * len(traced)))
    note = (
        "Answers come out right by guessing ever more often as k grows: "
        "read them against that line, and beside traces."
    )
    return replace(table, rows=(*table.rows, line), notes=(note,))


def summary(results: StudyResults) -> list[str]:
    """Return what a reader should take away.

    Whether criteria are met, and what the changes of the mixed arm, or of any, consist of.
    """
    lines = []
    judged = [
        f"{name} {verdict_words(criteria)}" for name, criteria in criteria_of(results).items()
    ]
    if judged:
        lines.append(f"Criteria: {'; '.join(judged)}.")
    keys = [key for key in split_keys(results) if key.type != "all"]
    mixed = [key for key in keys if key.arm == "FB" and key.end in ("rl_easy", "rl_hard")]
    for key in (mixed or keys)[:6]:
        parts = {part: points(share) for part, share in split_parts(results, key).items()}
        start, end = (stage_name(stage, key.arm) for stage in (key.start, key.end))
        lines.append(
            f"{key.arm}, {key.type}, from {start} to {end}: {parts['change']} points, of them "
            f"{parts['selection'].text} by selection, {parts['improvement'].text} by improvement "
            f"and {parts['residual'].text} neither."
        )
    return lines


def tables(results: StudyResults) -> list[Table]:
    """Return every table there is something to put in, in the order of reading."""
    every = [
        criteria_table(results),
        *accuracy_tables(results),
        paper_table(results),
        split_table(results),
        split_table(results, greedy=True),
        strategy_table(results),
        greedy_table(results),
        pass_table(results),
    ]
    return [table for table in every if table is not None and table.rows]
