"""Tables of a post-training study, as data: the Markdown and the page write the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nextlat.evaluation.pass_at_k import guessing_pass_at_k
from nextlat.posttrain.report.cells import Line, NumberCell, Table, percent, points, stage_name
from nextlat.posttrain.report.estimates import (
    Estimate,
    Measure,
    accuracy,
    conditional,
    estimate,
    greedy,
    greedy_verified,
    over_seeds,
    passing,
    split_keys,
    split_parts,
    verified,
    without_interval,
)
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import PARTS, Criterion
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

TYPES = ("inversion", "evaluation", "composition")
"""The order of the paper's table; other types follow."""

COMPOSITION = "composition"
GROUPS = (
    ("2-5 steps, as demonstrated", range(6)),
    ("6-9 steps", range(6, 10)),
    ("10 steps and more", range(10, 1000)),
)
"""Groups of sizes the finite-field study is reported by."""

MAIN = "6-9 steps"


def types_of(results: StudyResults) -> list[str]:
    """Return the types of problems, the paper's first."""
    types = results.names(lambda row: row.type)
    return [
        *(kind for kind in TYPES if kind in types),
        *(kind for kind in types if kind not in TYPES),
    ]


def strategies_of(results: StudyResults) -> list[str]:
    """Return the strategies, `other` last."""
    figures = [row.sampled for row in results.rows]
    names = dict.fromkeys(
        name for sampled in figures for name in (*sampled.routing, *sampled.execution)
    )
    return sorted(names, key=lambda name: name == "other")  # a stable sort keeps the order


def pairs_of(results: StudyResults) -> list[tuple[str, str]]:
    """Return arms and stages that were measured, an arm's stages together."""
    pairs = dict.fromkeys((row.arm, row.stage) for row in results.rows)
    arms = list(dict.fromkeys(arm for arm, _ in pairs))
    return [pair for arm in arms for pair in pairs if pair[0] == arm]


def groups_of(results: StudyResults) -> list[tuple[str, list[int | None]]]:
    """Return names and sizes of groups: the study's, its main one first, or all of a user's task."""
    sizes = sorted({row.steps for row in results.rows if row.steps is not None})
    if not results.finite_field:
        return [("all problems", [None, *sizes])]
    plain = {row.steps for row in results.rows if row.type != COMPOSITION}
    groups: list[tuple[str, list[int | None]]] = []
    for name, bounds in GROUPS:
        inside: list[int | None] = [size for size in sizes if size in bounds and size in plain]
        if inside:
            groups.append((name, inside))
    return sorted(groups, key=lambda group: group[0] != MAIN)


def _sizes(results: StudyResults, kind: str, inside: Sequence[int | None]) -> Sequence[int | None]:
    """Return the sizes that count for a type: for compositions, all numbers of parts."""
    if kind != COMPOSITION or not results.finite_field:
        return inside
    return [row.steps for row in results.rows if row.type == COMPOSITION]


def accuracy_tables(results: StudyResults) -> Iterator[Table]:
    """Yield the tables of the paper's shape: an arm and a stage a row, all types and each type a column."""
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
                estimate(results, arm, stage, (kind,), _sizes(results, kind, sizes), accuracy)
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
    """Return our figures beside the paper's table 1; None for a user's own task and for a part without its arms."""
    sizes = dict(groups_of(results)).get(MAIN)
    has_arms = {arm for arm, _ in PAPER} <= set(results.names(lambda row: row.arm))
    if not results.finite_field or sizes is None or not has_arms:
        return None
    kinds = (("evaluation", "inversion"), ("inversion",), ("evaluation",))
    rows: list[Line] = []
    for (arm, stage), paper in PAPER.items():
        ours = [percent(estimate(results, arm, stage, kind, sizes, accuracy)) for kind in kinds]
        pairs = zip(ours, paper, strict=True)
        rows.append(
            (
                arm,
                stage_name(stage, arm),
                *(cell for our, their in pairs for cell in (our, f"{their:.1f}")),
            )
        )
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
            "The paper's model is Qwen2.5-1.5B-Instruct with adapters; ours is far smaller and trained from scratch, "
            "so the pattern is compared, not the size.",
        ),
    )


def split_table(results: StudyResults, *, greedy: bool = False) -> Table | None:
    """Return the changes and their parts; None where the file holds none."""
    rows: list[Line] = []
    for key in split_keys(results, greedy=greedy):
        arm, start, end, kind = key
        parts = split_parts(results, key, greedy=greedy)
        rows.append(
            (
                arm,
                f"{stage_name(start, arm)} to {stage_name(end, arm)}",
                kind,
                *(points(parts.get(part)) for part in PARTS),
            )
        )
    if not rows:
        return None
    head = ("arm", "stages", "type", *(part.capitalize() for part in PARTS))
    if greedy:
        note = "Without sampling: what is left of an improvement here is not less noise."
        return Table(
            "splits-greedy",
            f"Change of greedy {_split_of(results)}, split",
            head,
            tuple(rows),
            3,
            (note,),
        )
    note = (
        "Selection: strategies are chosen differently. Improvement: a chosen strategy succeeds more often. Residual: "
        "neither, that is right answers without a valid trace, and noise. The three add up to the change."
    )
    return Table("splits", f"Change of {_split_of(results)}, split", head, tuple(rows), 3, (note,))


def _split_of(results: StudyResults) -> str:
    """Return which accuracy the splits are of."""
    of = {split.of for run in results.runs for split in run.splits}
    whole = "whole traces" if of == {"verified_accuracy"} else "answers"
    return f"accuracy of {whole} in percentage points"


def criteria_of(results: StudyResults) -> dict[str, list[Criterion]]:
    """Return name -> the criterion as each seed judged it."""
    by_name: dict[str, list[Criterion]] = {}
    for run in results.runs:
        for name, criterion in (run.criteria or {}).items():
            by_name.setdefault(name, []).append(criterion)
    return by_name


def verdict_words(criteria: Sequence[Criterion]) -> str:
    """Return "met", "not met" or "not run", with how many seeds where there are several."""
    judged = [criterion.met for criterion in criteria if criterion.met is not None]
    if not judged:
        return "not run"
    if len(criteria) == 1:
        return "met" if judged[0] else "not met"
    return f"met in {sum(judged)} of {len(judged)} seeds"


def criterion_figures(criteria: Sequence[Criterion]) -> list[tuple[str, str]]:
    """Return the figures behind a criterion: names and values, with spread over seeds."""
    figures = []
    for name in dict.fromkeys(name for criterion in criteria for name in criterion.figures):
        values = [criterion.figures.get(name) for criterion in criteria]
        joined = over_seeds([Estimate(value) for value in values if value is not None])
        if joined is not None:
            spread = "" if joined.sd is None else f" ± {joined.sd:.3f}"
            figures.append((name, f"{joined.mean:.3f}{spread}"))
    return figures


def missing_for(criteria: Sequence[Criterion]) -> list[str]:
    """Return the arms and stages that a criterion lacks in any seed."""
    return list(dict.fromkeys(name for criterion in criteria for name in criterion.missing))


def criteria_table(results: StudyResults) -> Table | None:
    """Return the criteria; None where the file holds none."""
    rows: list[Line] = []
    for name, criteria in criteria_of(results).items():
        lines = [f"{figure}: {text}" for figure, text in criterion_figures(criteria)]
        missing = missing_for(criteria)
        lines += [f"not run: {', '.join(missing)}"] if missing else []
        rows.append((name, verdict_words(criteria), criteria[0].condition, "; ".join(lines)))
    if not rows:
        return None
    notes: tuple[str, ...] = ()
    if results.finite_field:
        notes = (
            "Thresholds are ours, patterned on the paper's table 1. S2 makes four comparisons at two standard errors: "
            "where all four are at chance, one of them still falls outside in about one run of six.",
        )
    return Table(
        "criteria",
        "Criteria",
        ("criterion", "verdict", "condition", "figures"),
        tuple(rows),
        1,
        notes,
    )


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
            inside = _sizes(results, kind, sizes)
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
            "A strategy succeeds where it is forced and, if traces can be verified, every step is right.",
        )
        if executions
        else (),
    )


def greedy_table(results: StudyResults) -> Table | None:
    """Return sampled accuracy beside greedy accuracy; None where greedy decoding was not measured."""
    if not any(row.greedy for row in results.rows):
        return None
    measures = (
        ("answers, sampled", accuracy),
        ("answers, greedy", greedy),
        ("traces, sampled", verified),
        ("traces, greedy", greedy_verified),
    )
    note = "Where sampled accuracy rises and greedy accuracy does not, training only took sampling noise away."
    return _by_type(
        results, "greedy", "Sampled at the training temperature and greedy, in %", measures, (note,)
    )


def pass_table(results: StudyResults) -> Table | None:
    """Return pass@k of answers and of traces, and what guessing gives; None where it was not measured."""
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
            f"{parts['selection'].text} by selection, {parts['improvement'].text} by improvement and "
            f"{parts['residual'].text} neither."
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
