"""Tables of a post-training study, as data: the Markdown and the page write the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nextlat.evaluation.pass_at_k import guessing_pass_at_k
from nextlat.posttrain.report.cells import Cell, Line, Table, percent, points, stage_name
from nextlat.posttrain.report.pooled import (
    Reading,
    accuracy,
    conditional,
    executed,
    greedy,
    greedy_verified,
    over_seeds,
    passing,
    routed,
    split_keys,
    split_values,
    value,
    verified,
)
from nextlat.posttrain.report.records import PARTS, Results, Verdict

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
"""Sizes the finite-field study is told by."""

MAIN = "6-9 steps"


def types_of(results: Results) -> list[str]:
    """Return the types of problems, the paper's first."""
    found = results.names(lambda row: row.type)
    return [
        *(kind for kind in TYPES if kind in found),
        *(kind for kind in found if kind not in TYPES),
    ]


def strategies_of(results: Results) -> list[str]:
    """Return the strategies, `other` last."""
    rows = [row.sampled for run in results.runs for row in run.rows]
    found = dict.fromkeys(name for row in rows for name in (*row.routing, *row.execution))
    return [
        *(name for name in found if name != "other"),
        *(name for name in found if name == "other"),
    ]


def pairs_of(results: Results) -> list[tuple[str, str]]:
    """Return arms and stages that were measured, an arm's stages together."""
    found = dict.fromkeys((row.arm, row.stage) for run in results.runs for row in run.rows)
    arms = list(dict.fromkeys(arm for arm, _ in found))
    return [pair for arm in arms for pair in found if pair[0] == arm]


def groups_of(results: Results) -> list[tuple[str, list[int | None]]]:
    """Return sizes told together: those of the study, the hardest validation first, or all of a user's task."""
    sizes = sorted({row.steps for run in results.runs for row in run.rows if row.steps is not None})
    if not results.finite_field:
        return [("all problems", [None, *sizes])]
    plain = {row.steps for run in results.runs for row in run.rows if row.type != COMPOSITION}
    found: list[tuple[str, list[int | None]]] = []
    for name, told in GROUPS:
        inside: list[int | None] = [size for size in sizes if size in told and size in plain]
        if inside:
            found.append((name, inside))
    return sorted(found, key=lambda group: group[0] != MAIN)


def _sizes(results: Results, kind: str, inside: Sequence[int | None]) -> Sequence[int | None]:
    """Return the sizes that count for a type: a composition's are its parts, told together."""
    if kind != COMPOSITION or not results.finite_field:
        return inside
    return [row.steps for run in results.runs for row in run.rows if row.type == COMPOSITION]


def accuracy_tables(results: Results) -> Iterator[Table]:
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
                [value(results, arm, stage, together, sizes, accuracy)] if len(together) > 1 else []
            )
            cells += [
                value(results, arm, stage, (kind,), _sizes(results, kind, sizes), accuracy)
                for kind in shown
            ]
            if any(cells):
                rows.append((arm, stage_name(stage, arm), *(percent(cell) for cell in cells)))
        if results.first.chance is not None:
            guess = Cell(f"{100 * results.first.chance:.1f}")
            rows.append(("chance", "a guess", *([guess] * (len(head) - 2))))
        yield Table(
            f"accuracy-{number}",
            f"Accuracy of answers in %, {name}",
            tuple(head),
            tuple(rows),
            2,
            _spread_note(results),
        )


def _spread_note(results: Results) -> tuple[str, ...]:
    if len(results.runs) > 1:
        return (f"Mean and sample standard deviation over {len(results.runs)} seeds.",)
    return ("One seed. In brackets 95 % intervals over problems; they say nothing of other seeds.",)


def paper_table(results: Results) -> Table | None:
    """Return our figures beside the paper's table 1; None for a user's own task and for a part without its arms."""
    sizes = dict(groups_of(results)).get(MAIN)
    has_arms = {arm for arm, _ in PAPER} <= set(results.names(lambda row: row.arm))
    if not results.finite_field or sizes is None or not has_arms:
        return None
    kinds = (("evaluation", "inversion"), ("inversion",), ("evaluation",))
    rows: list[Line] = []
    for (arm, stage), paper in PAPER.items():
        ours = [percent(value(results, arm, stage, kind, sizes, accuracy)) for kind in kinds]
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


def split_table(results: Results, *, greedy: bool = False) -> Table | None:
    """Return the changes and their parts; None where the file tells none."""
    rows: list[Line] = []
    for key in split_keys(results, greedy=greedy):
        arm, start, end, kind = key
        told = split_values(results, key, greedy=greedy)
        rows.append(
            (
                arm,
                f"{stage_name(start, arm)} to {stage_name(end, arm)}",
                kind,
                *(points(told.get(part)) for part in PARTS),
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


def _split_of(results: Results) -> str:
    """Return which accuracy the splits are of."""
    of = {split.of for run in results.runs for split in run.splits}
    return f"accuracy of {'whole traces' if of == {'verified_accuracy'} else 'answers'} in percentage points"


def verdicts_of(results: Results) -> list[list[Verdict]]:
    """Return each criterion's verdicts, one a seed."""
    names = dict.fromkeys(verdict.name for run in results.runs for verdict in run.verdicts)
    return [
        [one for run in results.runs for one in run.verdicts if one.name == name] for name in names
    ]


def verdict_words(verdicts: Sequence[Verdict]) -> str:
    """Return "met", "not met" or "not run", with how many seeds where there are several."""
    judged = [one.met for one in verdicts if one.met is not None]
    if not judged:
        return "not run"
    if len(verdicts) == 1:
        return "met" if judged[0] else "not met"
    return f"met in {sum(judged)} of {len(judged)} seeds"


def verdict_figures(verdicts: Sequence[Verdict]) -> list[tuple[str, str]]:
    """Return the figures behind verdicts: names and values, with spread over seeds."""
    found = []
    for name in dict.fromkeys(name for one in verdicts for name in one.figures):
        told = [(figure, None) for one in verdicts if (figure := one.figures.get(name)) is not None]
        joined = over_seeds(told)
        if joined is not None:
            found.append(
                (name, f"{joined.mean:.3f}" + ("" if joined.sd is None else f" ± {joined.sd:.3f}"))
            )
    return found


def criteria_table(results: Results) -> Table | None:
    """Return the criteria; None where the file tells none."""
    rows: list[Line] = []
    for verdicts in verdicts_of(results):
        figures = [f"{name}: {figure}" for name, figure in verdict_figures(verdicts)]
        missing = list(dict.fromkeys(name for one in verdicts for name in one.missing))
        told = "; ".join(figures + ([f"not run: {', '.join(missing)}"] if missing else []))
        rows.append((verdicts[0].name, verdict_words(verdicts), verdicts[0].condition, told))
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
    results: Results,
    name: str,
    caption: str,
    readings: Sequence[tuple[str, Reading]],
    notes: tuple[str, ...],
) -> Table | None:
    """Return a table with an arm, a stage and a type a row, on the sizes that matter most."""
    group, sizes = (groups_of(results) or [("all problems", [None])])[0]
    rows: list[Line] = []
    for arm, stage in pairs_of(results):
        for kind in types_of(results):
            inside = _sizes(results, kind, sizes)
            cells = [value(results, arm, stage, (kind,), inside, read) for _, read in readings]
            if any(cells):
                rows.append((arm, stage_name(stage, arm), kind, *(percent(cell) for cell in cells)))
    if not rows:
        return None
    return Table(
        name,
        f"{caption}, {group}",
        ("arm", "stage", "type", *(one for one, _ in readings)),
        tuple(rows),
        3,
        notes,
    )


def strategy_table(results: Results) -> Table | None:
    """Return how often each strategy is chosen and how often it succeeds where forced."""
    names = strategies_of(results)
    executions = dict.fromkeys(
        name for run in results.runs for row in run.rows for name in row.sampled.execution
    )
    readings = [(f"{name}, chosen", routed(name)) for name in names]
    readings += [(f"{name}, succeeds", executed(name)) for name in executions]
    if not executions:
        readings += [(f"{name}, right where chosen", conditional(name)) for name in names]
    return _by_type(
        results,
        "strategies",
        "Strategies in %: share of responses, and accuracy of each",
        readings,
        (
            "A strategy succeeds where it is forced and, if traces can be verified, every step is right.",
        )
        if executions
        else (),
    )


def greedy_table(results: Results) -> Table | None:
    """Return sampled accuracy beside greedy accuracy; None where greedy decoding was not measured."""
    if not any(row.greedy for run in results.runs for row in run.rows):
        return None
    readings = (
        ("answers, sampled", accuracy),
        ("answers, greedy", greedy),
        ("traces, sampled", verified),
        ("traces, greedy", greedy_verified),
    )
    note = "Where sampled accuracy rises and greedy accuracy does not, training only took sampling noise away."
    return _by_type(
        results, "greedy", "Sampled at the training temperature and greedy, in %", readings, (note,)
    )


def pass_table(results: Results) -> Table | None:
    """Return pass@k of answers and of traces, and what guessing gives; None where it was not measured."""
    ks = sorted(
        {
            k
            for run in results.runs
            for row in run.rows
            for k in (*row.pass_at_k, *row.verified_pass_at_k)
        }
    )
    readings: list[tuple[str, Reading]] = [
        (f"answers, k={k}", passing(k, traces=False)) for k in ks
    ]
    traced = sorted({k for run in results.runs for row in run.rows for k in row.verified_pass_at_k})
    readings += [(f"traces, k={k}", passing(k, traces=True)) for k in traced]
    told = _by_type(results, "pass-at-k", "pass@k in %", readings, ()) if ks else None
    chance = results.first.chance
    if told is None or chance is None:
        return told
    guesses = [Cell(f"{100 * guessing_pass_at_k(chance, k):.1f}") for k in ks]
    line: Line = ("guessing", "1-(1-chance)^k", "any", *guesses, *(["n/a"] * len(traced)))
    note = (
        "Answers come out right by guessing ever more often as k grows: "
        "read them against that line, and beside traces."
    )
    return Table(told.name, told.caption, told.head, (*told.rows, line), told.heads, (note,))


def summary(results: Results) -> list[str]:
    """Return what a reader should take away: verdicts, and what the changes of the mixed arm, or any, consist of."""
    found = []
    judged = [(verdicts[0].name, verdict_words(verdicts)) for verdicts in verdicts_of(results)]
    if judged:
        found.append(f"Criteria: {'; '.join(f'{name} {words}' for name, words in judged)}.")
    keys = [key for key in split_keys(results) if key[3] != "all"]
    mixed = [key for key in keys if key[0] == "FB" and key[2] in ("rl_easy", "rl_hard")]
    for key in (mixed or keys)[:6]:
        told = {part: points(split) for part, split in split_values(results, key).items()}
        arm, start, end, kind = key
        found.append(
            f"{arm}, {kind}, from {stage_name(start, arm)} to {stage_name(end, arm)}: {told['change']} points, of them "
            f"{told['selection'].text} by selection, {told['improvement'].text} by improvement and "
            f"{told['residual'].text} neither."
        )
    return found


def tables(results: Results) -> list[Table]:
    """Return every table there is something to put in, in the order of reading."""
    found = [
        criteria_table(results),
        *accuracy_tables(results),
        paper_table(results),
        split_table(results),
        split_table(results, greedy=True),
        strategy_table(results),
        greedy_table(results),
        pass_table(results),
    ]
    return [one for one in found if one is not None and one.rows]
