"""Figures of a post-training study: curves of training, parts of changes, maps of strategies."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nextlat.posttrain.report.cells import stage_name
from nextlat.posttrain.report.drawing import (
    DASHES,
    INK,
    SERIES,
    TILE,
    Drawing,
    label,
    look,
    panel,
    slug,
)
from nextlat.posttrain.report.estimates import (
    SeedEstimate,
    SplitKey,
    estimate,
    split_keys,
    split_parts,
    without_interval,
)
from nextlat.posttrain.report.groups import strategies_of, types_of
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import PARTS, CurvePoint, Part
from nextlat.posttrain.rows import Reading, execution_of, routing_to

CURVES = (
    ("reward", "Reward"),
    ("kl", "KL from the model before RL, nats a token"),
    ("entropy", "Entropy, nats a token"),
    ("frac_reward_zero_std", "Share of groups without spread"),
    ("completions/mean_length", "Length of responses, tokens"),
)
"""Metric as TRL names it -> what the axis says."""

FITTING = {"evaluation": "forward", "inversion": "backward"}
MOST_ROUTES = 8
LONGEST_KIND = 48
SMOOTHED_FROM = 60
"""Points from which a running mean is drawn over the single steps."""

Kind = tuple[str, str, str]
"""Stage, type and strategy."""

Parts = Mapping[Part, SeedEstimate]
"""A change and what it is the sum of."""

Curve = list[tuple[float, float, float, float]]
"""Step, mean over seeds, lowest and highest seed."""


@dataclass(frozen=True)
class _Line:
    """One arm's training at one stage."""

    arm: str
    stage: str
    colour: str
    dash: str
    curve: Curve


def drawings(results: StudyResults) -> list[Drawing]:
    """Return every figure there is something to draw in, in the order of reading."""
    with look():
        return [*split_drawings(results), *map_drawings(results), *curve_drawings(results)]


def curve_drawings(results: StudyResults) -> Iterator[Drawing]:
    """Yield a figure a metric: a line an arm and stage, over training steps."""
    for metric, title in (*CURVES[:1], *_routes(results), *CURVES[1:]):
        lines = _lines(results, metric)
        if lines:
            yield _curves(results, metric, title, lines)


def _routes(results: StudyResults) -> list[tuple[str, str]]:
    """Return the metrics of routing to show; of the finite-field study only the fitting strategies.

    A metric is named `route/<strategy>|<type>`, or `route/<type>/<strategy>` by a user's own run.
    """
    metrics = {name for point in _points(results) for name in point.numbers}
    strategies = "|".join(map(re.escape, strategies_of(results)))
    routes = []
    for name in sorted(metrics):
        route = re.fullmatch(r"route/(?P<strategy>[^|]+)\|(?P<kind>.+)", name)
        route = route or re.fullmatch(rf"route/(?P<kind>.+)/(?P<strategy>{strategies})", name)
        # Of two strategies, the share of one says that of the other.
        if route and (not results.finite_field or FITTING.get(route["kind"]) == route["strategy"]):
            routes.append((name, f"Share of {route['strategy']} on {route['kind']}"))
    return routes[:MOST_ROUTES]


def _points(results: StudyResults) -> list[CurvePoint]:
    return [point for run in results.runs for point in run.curves]


def _lines(results: StudyResults, metric: str) -> list[_Line]:
    every = _points(results)
    measured = [(point, point.numbers[metric]) for point in every if metric in point.numbers]
    arms = list(dict.fromkeys([row.arm for row in results.rows] + [p.arm for p, _ in measured]))
    stages = list(dict.fromkeys(point.stage for point in every))
    by_line: dict[tuple[str, str], dict[float, list[float]]] = {}
    for point, number in measured:
        by_step = by_line.setdefault((point.arm, point.stage), {})
        by_step.setdefault(point.step, []).append(number)
    lines = []
    for (arm, stage), by_step in by_line.items():
        curve = [
            (step, statistics.fmean(seeds), min(seeds), max(seeds))
            for step, seeds in sorted(by_step.items())
        ]
        colour = SERIES[arms.index(arm) % len(SERIES)]
        dash = DASHES[stages.index(stage) % len(DASHES)]
        lines.append(_Line(arm, stage, colour, dash, curve))
    return lines


def _curves(results: StudyResults, metric: str, title: str, lines: Sequence[_Line]) -> Drawing:
    figure, axes = panel(4.4, 3.0)
    handles, names = [], []
    for line in lines:
        steps, means, lows, highs = (list(column) for column in zip(*line.curve, strict=True))
        if len(results.runs) > 1:
            axes.fill_between(steps, lows, highs, color=line.colour, alpha=0.15, linewidth=0)
        elif len(means) >= SMOOTHED_FROM:
            axes.plot(steps, means, color=line.colour, linewidth=0.5, alpha=0.35)
        marker = "o" if len(means) == 1 else None
        drawn = axes.plot(
            steps,
            running(means),
            color=line.colour,
            linestyle=line.dash,
            linewidth=1.6,
            marker=marker,
        )
        handles.append(drawn[0])
        names.append(label(f"{line.arm}, {stage_name(line.stage, line.arm)}"))
    share = metric.startswith("route/") or metric == "frac_reward_zero_std"
    if share:
        axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("training step")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.set_title(label_title(title), loc="left")
    figure.legend(
        handles, names, loc="outside lower center", ncols=2 if len(lines) > 1 else 1, fontsize=8
    )
    words = "; ".join(
        f"{line.arm}, {stage_name(line.stage, line.arm)}: {line.curve[0][1]:.3g} at step "
        f"{line.curve[0][0]:g}, {line.curve[-1][1]:.3g} at step {line.curve[-1][0]:g}"
        for line in lines
    )
    return Drawing(f"curve-{slug(metric)}", f"{title} during training", f"{words}.", figure)


def label_title(title: str) -> str:
    """Return a title cut to the width of a panel."""
    return title if len(title) <= 52 else title[:51] + "…"


def running(values: Sequence[float]) -> list[float]:
    """Return centred running means over a twentieth of the values; few values stay."""
    if len(values) < SMOOTHED_FROM:
        return list(values)
    half = len(values) // 40
    return [
        statistics.fmean(values[max(0, middle - half) : middle + half + 1])
        for middle in range(len(values))
    ]


def split_drawings(results: StudyResults) -> Iterator[Drawing]:
    """Yield a figure an arm: for each change a bar of its parts, and a mark at the change."""
    keys = [key for key in split_keys(results) if key.type != "all"]
    splits = {key: split_parts(results, key) for key in keys}
    limits = _bar_limits(splits.values())
    for number, arm in enumerate(dict.fromkeys(key.arm for key in keys)):
        mine = {key: parts for key, parts in splits.items() if key.arm == arm}
        yield _split_drawing(f"splits-{number}-{slug(arm)}", arm, mine, limits)


def _bar_limits(splits: Iterable[Parts]) -> tuple[float, float]:
    """Return the lowest and highest end of any bar or mark, at least 0 within."""
    ends = [0.0]
    for parts in splits:
        sizes = [parts[part].mean for part in PARTS[1:]]
        ends += [
            sum(max(0.0, size) for size in sizes),
            sum(min(0.0, size) for size in sizes),
            parts["change"].mean,
        ]
    return min(ends), max(ends)


def _split_drawing(
    name: str, arm: str, splits: Mapping[SplitKey, Parts], limits: tuple[float, float]
) -> Drawing:
    starts = list(dict.fromkeys(stage_name(key.start, arm) for key in splits))
    labels = [_change_label(key, several=len(starts) > 1) for key in splits]
    figure, axes = panel(max(4.4, 3.2 + 0.062 * max(map(len, labels))), 1.25 + 0.42 * len(splits))
    for y, parts in enumerate(splits.values()):
        _bar(axes, y, parts)
    axes.set_yticks(range(len(splits)), labels)
    axes.invert_yaxis()
    axes.set_xlim(100 * limits[0] - 6, 100 * limits[1] + 6)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("change of accuracy, percentage points")
    axes.set_title(label_title(f"{arm}, from {' or '.join(starts)}"), loc="left")
    handles, names = axes.get_legend_handles_labels()
    shown = dict(zip(names, handles, strict=True))  # each part once, however many bars have it
    figure.legend(
        shown.values(),
        shown.keys(),
        loc="outside lower center",
        ncols=4,
        fontsize=8,
        handlelength=1.2,
    )
    words = "; ".join(
        f"{key.type}, {stage_name(key.start, arm)} to {stage_name(key.end, arm)}: "
        + ", ".join(f"{part} {100 * parts[part].mean:+.1f}" for part in PARTS)
        for key, parts in splits.items()
    )
    title = f"What changed the accuracy of {arm}, in percentage points"
    return Drawing(name, title, f"{words}.", figure)


def _change_label(key: SplitKey, *, several: bool) -> str:
    """Return a bar's label, with the stage it starts from where there are several."""
    start, end = (stage_name(stage, key.arm) for stage in (key.start, key.end))
    change = f"{start} to {end}" if several else end
    return label(f"{key.type}, {change}", most=LONGEST_KIND)


def _bar(axes: Axes, y: int, parts: Parts) -> None:
    """Stack a change's parts from zero, gains to the right and losses to the left."""
    right = left = 0.0
    for number, part in enumerate(PARTS[1:]):
        size = 100 * parts[part].mean
        start = right if size >= 0 else left
        colour = SERIES[(0, 1, 6)[number]]
        axes.barh(y, size, left=start, height=0.62, color=colour, label=part, linewidth=0)
        right, left = right + max(size, 0.0), left + min(size, 0.0)
    axes.plot(
        100 * parts["change"].mean,
        y,
        marker="D",
        color=INK,
        markersize=5,
        linestyle="none",
        label="change",
    )


def map_drawings(results: StudyResults) -> Iterator[Drawing]:
    """Yield a figure an arm of the strategies' shares, then one of their accuracies."""
    for name, title, reading in (
        ("routing", "Share of each strategy", routing_to),
        ("execution", "Accuracy of each strategy where forced", execution_of),
    ):
        for number, arm in enumerate(results.names(lambda row: row.arm)):
            sizes = sorted(
                {row.steps for row in results.rows if row.arm == arm},
                key=lambda size: -1 if size is None else size,
            )
            lines = list(_map_lines(results, arm, sizes, reading))
            if lines:
                yield _map(f"{name}-{number}-{slug(arm)}", f"{title}, {arm}", sizes, lines)


def _map_lines(
    results: StudyResults, arm: str, sizes: Sequence[int | None], reading: Callable[[str], Reading]
) -> Iterator[tuple[Kind, list[SeedEstimate | None]]]:
    """Yield stage, type and strategy with a value a number of steps."""
    for stage in results.names(lambda row: row.stage):
        for kind in types_of(results):
            for strategy in strategies_of(results):
                measure = without_interval(reading(strategy))
                estimates = [
                    estimate(results, arm, stage, (kind,), (size,), measure) for size in sizes
                ]
                if any(estimates):
                    yield (stage_name(stage, arm), kind, strategy), estimates


def _map(
    name: str,
    title: str,
    sizes: Sequence[int | None],
    lines: Sequence[tuple[Kind, Sequence[SeedEstimate | None]]],
) -> Drawing:
    """Draw a tile a value, the darker the higher, with the value in per cent in it."""
    above = [("", "", ""), *(kind for kind, _ in lines)]
    labels = [_tile_label(kind, before) for (kind, _), before in zip(lines, above, strict=False)]
    width = 0.5 + 0.066 * max(map(len, labels)) + 0.34 * max(len(sizes), 5)
    figure, axes = panel(width, 0.95 + 0.235 * len(lines))
    for y, (_, estimates) in enumerate(lines):
        _tiles(axes, y, estimates)
    axes.set_yticks(range(len(lines)), labels)
    axes.set_xticks(range(len(sizes)), ["any" if size is None else str(size) for size in sizes])
    axes.set_xlim(-0.5, len(sizes) - 0.5)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for y in range(1, len(lines)):
        if lines[y][0][0] != lines[y - 1][0][0]:  # a rule between stages
            axes.axhline(y - 0.5, color=INK, linewidth=0.6)
    axes.set_xlabel("steps of the problem")
    figure.suptitle(label_title(f"{title}, %"), x=0.01, ha="left", fontsize=10)
    words = "; ".join(
        f"{', '.join(kind)}: "
        + ", ".join("-" if share is None else f"{100 * share.mean:.0f}" for share in estimates)
        for kind, estimates in lines
    )
    steps = ", ".join("any" if size is None else str(size) for size in sizes)
    return Drawing(
        name,
        f"{title}, in per cent, by stage, type and steps",
        f"For steps {steps}. {words}.",
        figure,
    )


def _tiles(axes: Axes, y: int, estimates: Sequence[SeedEstimate | None]) -> None:
    """Draw a line of tiles.

    The layout leaves them out: measuring hundreds inside the axes would change nothing.
    """
    for x, share in enumerate(estimates):
        if share is not None:
            shade = round(share.mean, 2)
            tile = axes.bar(
                x, 0.94, 0.96, y - 0.47, color=TILE, alpha=shade, linewidth=0, clip_on=False
            )[0]
            number = axes.text(
                x, y, f"{100 * share.mean:.0f}", ha="center", va="center", fontsize=8
            )
            tile.set_in_layout(False)
            number.set_in_layout(False)


def _tile_label(kind: Kind, above: Kind) -> str:
    """Return a row's label without the stage and type it shares with the row above it."""
    same = 2 if kind[:2] == above[:2] else 1 if kind[0] == above[0] else 0
    return label(", ".join(kind[same:]), most=LONGEST_KIND)
