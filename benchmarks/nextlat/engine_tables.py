"""Writes docs/results/engine.md, its figures and tables of docs/papers.md from result files.

    python benchmarks/nextlat/engine_tables.py [--check]

A result file is a study's `results.json`, copied to benchmarks/nextlat/results/<study>.json. With
--check nothing is written; the exit status is 1 where a page is not what the results say.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nextlat.reports.figures import position_figure, position_names
from nextlat.reports.report import body_lines
from nextlat.reports.results import ComparisonResults, read_comparison
from nextlat.reports.tables import spread, table

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = REPOSITORY / "benchmarks" / "nextlat" / "results"
DOCS = REPOSITORY / "docs"
PAGE = DOCS / "results" / "engine.md"
PAPERS = DOCS / "papers.md"
FIGURES = DOCS / "results" / "figures"
START, END = "<!-- results:start -->", "<!-- results:end -->"

HEADLINES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "group-words": (
        (
            "A5, dynamics alone, last position",
            "dynamics_accuracy_at_end",
            "over .95 at 36, trained on 12",
        ),
        ("A5, transformer, last position", "trunk_accuracy_at_end", "fails at 36"),
    ),
    "hidden-markov": (("belief recovered by a linear map, R2", "belief_r2", "not in the paper"),),
    "path-star": (
        ("whole path found", "accuracy", "G(2,10): GPT .494, NextLat .971; G(5,5): .186, .998"),
    ),
    "training-speed": (
        (
            "training steps a second over plain",
            "relative_speed",
            "1.3B: NextLat 1.00, 0.90, 0.56; MTP 0.91, 0.83, 0.55",
        ),
        ("peak memory of training over plain", "relative_memory", "not in the paper"),
    ),
    "text": (
        (
            "next-token loss, nats",
            "loss",
            "perplexity GPT 10.52, NextLat 10.83 (d=1), 10.88 (d=2) at 1.3B",
        ),
    ),
}
"""Study -> (what, figure, what the paper reports)."""


def studies() -> list[ComparisonResults]:
    """Return the committed results by name, without post-training's (see posttrain_tables.py)."""
    return [
        read_comparison(path)
        for path in sorted(RESULTS.glob("*.json"))
        if not path.name.startswith("posttrain-")
    ]


def timing(name: str) -> dict[str, Any] | None:
    """Return a committed result of a benchmark that is not a study; None if it was not measured."""
    file = RESULTS / "timings" / f"{name}.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else None


def measured_by(command: str, results: dict[str, Any]) -> tuple[str, str, str]:
    """Return the line that says what made a result, where and at which commit."""
    origin = results["provenance"]
    processor, commit = origin["hardware"]["processor"], origin["commit"]
    return ("", f"`{command}` · {processor} · commit {commit}", "")


def soak_lines() -> Iterator[str]:
    """Yield the section on the server under thousands of requests, where it was measured."""
    results = timing("serve-soak")
    if results is None:
        return
    config = results["config"]
    yield from ("", "## Serving under thousands of requests", "")
    yield (
        f"{config['model']}; {config['connections']} connections; "
        f"at most {config['max_queued']} sequences may wait."
    )
    yield (
        "Good requests of seven kinds, bad ones of eight, "
        "and clients that leave in head, body or stream."
    )
    yield from measured_by(results["command"], results)
    rows = []
    for name, soak in results["results"].items():
        statuses: Counter[str] = Counter()
        for counts in soak["statuses"].values():
            statuses.update(counts)
        answers = ", ".join(
            f"{count} x {status}" for status, count in sorted(statuses.items()) if status != "0"
        )
        memory = [point["kb"] // 1024 for point in soak["memory_kb"]]
        slope = f"{soak['memory_slope_kb_per_thousand'] / 1024:+.1f}"
        times = soak["latency_s"]["completion"]
        rows.append(
            (
                name,
                soak["requests"],
                answers,
                statuses["0"],
                f"{memory[0]} to {memory[-1]}",
                slope,
                f"{times['p50']:.2f}, {times['p95']:.2f}",
                len(soak["problems"]),
            )
        )
    head = (
        "server", "requests", "answers", "left by clients", "MB resident",
        "MB a thousand requests", "a completion, s: p50, p95", "rules broken",
    )  # fmt: skip
    yield from table(head, rows)


def decoding_lines() -> Iterator[str]:
    """Yield the section on decoding speed, where it was measured."""
    results = timing("decoding-speed")
    if results is None:
        return
    config = results["config"]
    yield from ("", "## Decoding one text on the processor", "")
    yield (
        f"{config['model']}, {config['context']} tokens before, "
        f"{config['threads']} threads, {config['rounds']}"
    )
    yield (
        "rounds in which all ways take turns. Milliseconds are medians, "
        "in brackets the quartiles; ratios are medians"
    )
    yield "of ratios within a round."
    yield from measured_by("python benchmarks/nextlat/decoding_speed.py", results)
    rows = []
    for temperature, ways in results["decoding"].items():
        for way, times in ways.items():
            ratio = results["times_transformers"][temperature].get(way)
            rows.append(
                (temperature, way, _quartiles(times, 1), _quartiles(ratio, 2) if ratio else "1")
            )
    yield from table(("temperature", "way", "ms a token", "times transformers' generate"), rows)
    sizes = list(next(iter(results["verification"].values())))
    yield from (
        "",
        "A pass over several tokens and the head, in ms: what verifying drafts costs.",
        "",
    )
    passes = [
        (way, *(f"{by[size]['median']:.1f}" for size in sizes))
        for way, by in results["verification"].items()
    ]
    yield from table(("way", *sizes), passes)
    if "int8_quality" in results:
        quality = results["int8_quality"]
        low, high = quality["interval"]
        yield ""
        yield (
            f"Weights in int8 add {quality['difference']:.6f} nats a token [{low:.6f}, {high:.6f}] "
            f"over {quality['tokens']} tokens of text; the likeliest token is the same in "
            f"{quality['same_likeliest_token']:.2%}."
        )


def speculation_lines() -> Iterator[str]:
    """Yield the section on drafts by domain, where it was measured."""
    measured = [
        results
        for results in (timing(f"speculation-{weights}") for weights in ("int8", "float32"))
        if results is not None
    ]
    if not measured:
        return
    yield from ("", "## Drafts by domain", "")
    yield (
        "Times quicker than our own plain loop, brackets are 95 % intervals over prompts. "
        "Prompts of the domains take"
    )
    yield (
        "turns; every way gives the plain loop's tokens. "
        "The last column compares adaptive with the fixed length that"
    )
    yield "turned out best in that domain (above 1: adaptive is quicker)."
    for results in measured:
        config = results["config"]
        yield from ("", f"### Weights in {config['weights']}", "")
        yield (
            f"{config['model']}, {config['number']} prompts a domain, "
            f"at most {config['new_tokens']} new tokens,"
        )
        yield (
            f"{config['threads']} threads, median of {config['rounds']} rounds. "
            "Fixed lengths are of the drafter"
        )
        yield f"{config['fixed']}."
        yield from measured_by("python benchmarks/nextlat/speculation.py", results)
        adaptive = [f"{name} adaptive" for name in config["drafters"].split(",")]
        rows = []
        for temperature, measurements in results["temperatures"].items():
            for domain, domain_times in measurements["domains"].items():
                times = domain_times["times_plain"]
                ours = [_interval(times[name]) for name in adaptive]
                best = (
                    f"{domain_times['best_fixed'].rsplit(' ', 1)[1]}: "
                    f"{_interval(times[domain_times['best_fixed']])}"
                )
                against = _interval(domain_times["adaptive_against_best_fixed"])
                rows.append(
                    (
                        temperature,
                        domain,
                        f"{domain_times['plain_ms_per_token']:.1f}",
                        *ours,
                        best,
                        against,
                    )
                )
        head = (
            "temperature",
            "domain",
            "plain, ms a token",
            *adaptive,
            "best fixed length",
            "adaptive over best fixed",
        )
        yield from table(head, rows)
        yield from _plain_against_transformers(results)


def _plain_against_transformers(results: dict[str, Any]) -> Iterator[str]:
    """Yield the plain loop beside transformers' generate by domain, where it took its turn."""
    rows = []
    for temperature, measurements in results["temperatures"].items():
        for domain, domain_times in measurements["domains"].items():
            if "transformers" not in domain_times:
                continue
            theirs = domain_times["transformers"]
            low, high = theirs["interval"]
            ours, same = f"{domain_times['plain_ms_per_token']:.1f}", f"{theirs['same_text']:.0%}"
            times = f"{theirs['times_transformers']:.2f} [{low:.2f}, {high:.2f}]"
            rows.append((temperature, domain, f"{theirs['ms_per_token']:.1f}", ours, times, same))
    if rows:
        yield from (
            "",
            "The plain loop on the same prompts against transformers' generate in float32, a token "
            "each.",
            "",
        )
        head = (
            "temperature",
            "domain",
            "generate, ms",
            "plain, ms",
            "times generate",
            "the same text",
        )
        yield from table(head, rows)


def batch_lines() -> Iterator[str]:
    """Yield the section on texts decoded together, where it was measured."""
    measured = [
        results
        for results in map(timing, ("batch-throughput", "batch-throughput-torch"))
        if results is not None
    ]
    if not measured:
        return
    yield from ("", "## Texts decoded together", "")
    yield (
        "Tokens a second of several texts after their prompts, "
        "decoded together and one after another; medians, in"
    )
    yield "brackets the quartiles, and medians of ratios within a round. Drafts are adaptive."
    for results in measured:
        config = results["config"]
        yield from (
            "",
            f"{config['model']}, {config['new_tokens']} new tokens at most, {config['rounds']} "
            "rounds,",
        )
        yield f"{config['threads']} threads, temperature {config['temperature']:g}."
        yield from measured_by(
            f"python benchmarks/nextlat/batch_throughput.py --weights {config['weights']}", results
        )
        rows = []
        for weights, ways in results["weights"].items():
            for way, by_number in ways.items():
                for number, speeds in by_number.items():
                    rates = [
                        _quartiles(speeds[kind], 1)
                        for kind in ("together_tokens_per_s", "apart_tokens_per_s")
                    ]
                    rows.append(
                        (weights, way, number, *rates, _quartiles(speeds["times_apart"], 2))
                    )
        yield from table(("weights", "drafts", "texts", "together", "apart", "times"), rows)


def _interval(ratio: dict[str, Any]) -> str:
    low, high = ratio["interval"]
    return f"{ratio['times']:.2f} [{low:.2f}, {high:.2f}]"


def _quartiles(sample: dict[str, Any], digits: int) -> str:
    low, high = sample["quartiles"]
    return f"{sample['median']:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def page_lines() -> Iterator[str]:
    """Yield the results page."""
    yield from ("# Results of the engine", "")
    yield (
        "Written by `python benchmarks/nextlat/engine_tables.py` "
        "from `benchmarks/nextlat/results/`."
    )
    yield "What is weak or surprising in them is in [notes-engine.md](notes-engine.md)."
    for results in studies():
        yield from ("", f"## {results.study}", "", results.question, "")
        commits = dict.fromkeys(row.commit for row in results.rows if row.commit)
        code = f" · commit {', '.join(map(str, commits))}" if commits else ""
        yield f"`{results.command}` · {results.processor} · torch {results.version('torch')}{code}"
        yield from body_lines(results, f"figures/{results.study}-")
    yield from decoding_lines()
    yield from speculation_lines()
    yield from batch_lines()
    yield from soak_lines()


def papers_rows() -> Iterator[str]:
    """Yield the table of docs/papers.md: what the paper reports beside what we measured."""
    rows = [
        (
            what,
            arm,
            spread(summary.numbers[figure].mean, summary.numbers[figure].sd),
            summary.seeds,
            results.scale,
            paper,
            f"`{results.command}`",
        )
        for results in studies()
        for what, figure, paper in HEADLINES.get(results.study, ())
        for arm, summary in results.arms.items()
        if figure in summary.numbers
    ]
    yield from table(("what", "arm", "ours", "seeds", "scale", "paper", "command"), rows)


def pages() -> dict[Path, str]:
    """Return each page and what it should hold."""
    papers = PAPERS.read_text("utf-8")
    head, rest = papers.split(START)
    _, tail = rest.split(END)
    return {
        PAGE: "\n".join(page_lines()) + "\n",
        PAPERS: f"{head}{START}\n" + "\n".join(papers_rows()) + f"\n{END}{tail}",
    }


def main() -> None:
    """Write the pages, or check them."""
    texts = pages()
    if "--check" in sys.argv[1:]:
        stale = [
            path.name
            for path, text in texts.items()
            if not path.exists() or path.read_text("utf-8") != text
        ]
        if stale:
            print(
                f"not what the result files say: {', '.join(stale)}; run python "
                f"{Path(__file__).name}"
            )
            sys.exit(1)
        return
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    FIGURES.mkdir(parents=True, exist_ok=True)
    for results in studies():
        for name in position_names(results):
            position_figure(results, name, FIGURES / f"{results.study}-{name}.svg")


if __name__ == "__main__":
    main()
