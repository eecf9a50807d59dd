"""Writes docs/results/README.md, and the README's short table, from the committed result files.

    python benchmarks/tables.py [--check]

With --check nothing is written; the exit status is 1 where a file is not what the results say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
BENCHMARKS = REPOSITORY / "benchmarks"
OF_BOTH_PACKAGES = {"mutation"}
"""Benchmarks that lie above the folders of the packages."""

PAGE = REPOSITORY / "docs" / "results" / "README.md"
README = REPOSITORY / "README.md"
START, END = "<!-- results:start -->", "<!-- results:end -->"

SETTINGS = ("cited work only", "ten other works")

Result = dict[str, Any]


def load(name: str) -> Result:
    """Return a result file."""
    found: Result = json.loads((_folder(name) / "results" / f"{name}.json").read_text("utf-8"))
    return found


def _folder(name: str) -> Path:
    return BENCHMARKS if name in OF_BOTH_PACKAGES else BENCHMARKS / "hub"


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"


def rate(told: dict[str, Any]) -> str:
    """Return a rate with its 95% interval."""
    low, high = told["interval"]
    return f"{told['rate']:.3f} ({low:.3f} to {high:.3f}, n = {told['n']})"


def search_scifact(result: Result) -> Iterator[str]:
    """Search on SciFact."""
    product = next(row for row in result["results"] if row["is_product"])
    reference = result["config"]["reference"]["bm25_flat"]
    rows = [
        (
            "AcademicHub, its own path from query to hits",
            f"{product['ndcg10']:.3f}",
            f"{product['recall100']:.3f}",
        ),
        ("BM25 flat (reference, pyserini)", reference["ndcg10"], reference["recall100"]),
    ]
    yield from table(("search on SciFact, 300 queries", "nDCG@10", "R@100"), rows)


def search_meaning(result: Result) -> Iterator[str]:
    """What embeddings add to search."""
    ways = ("words", "meaning", "reciprocal ranks", "fusion")
    differences = ("fusion minus words", "fusion minus reciprocal ranks")
    for measure, told in (("ndcg10", "nDCG@10"), ("recall100", "R@100")):
        rows = [
            (
                f"{one['queries']}, n = {one['n']}",
                *(_interval(one[measure][way]) for way in ways),
                *(_interval(one[measure][way], "+") for way in differences),
            )
            for one in result["results"]
        ]
        yield from table((f"{told} (95%)", *ways, *differences), rows)
        yield ""
    for one in result["results"]:
        yield f"- {one['queries']}: {one['told']} ({one['works']:,} works, {one['model']})."


def _interval(told: dict[str, Any], sign: str = "") -> str:
    """Return a mean with its interval."""
    low, high = told["interval"]
    return f"{told['mean']:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def search_latency(result: Result) -> Iterator[str]:
    """Search at 100,000 works."""
    rows = [
        (
            name,
            told["queries"],
            told["cpu_ms"]["p50"],
            told["cpu_ms"]["p95"],
            told["p95_share_of_a_scan"],
        )
        for name, told in result["results"].items()
    ]
    works = f"{result['config']['works']:,} works"
    yield from table(
        (f"queries over {works}", "n", "p50 CPU ms", "p95 CPU ms", "p95 as a share of one scan"),
        rows,
    )


def radar_citeulike(result: Result) -> Iterator[str]:
    """Ranking on CiteULike-t."""
    rows = [
        (
            split["seed"],
            ranker["ranker"],
            f"{ranker['ndcg10']['mean']:.4f} ± {ranker['ndcg10']['half_width']:.4f}",
            f"{ranker['recall100']['mean']:.4f}",
            ranker["ms_per_user"],
        )
        for split in result["splits"]
        for ranker in split["rankers"]
    ]
    yield from table(("seed", "ranker", "nDCG@10 (95%)", "R@100", "ms a user"), rows)


def judged_readers(result: Result) -> Iterator[str]:
    """The order of Today for readers whose relevant works are known, at two versions."""
    after, curves = result["results"], result["results"]["summary"]["curve"]
    for label, before, now in (
        ("six readers judged by others", load("judged_readers_before")["results"], after),
        (
            "four readers of ours",
            load("judged_readers_own_before")["results"],
            load("judged_readers_own_after")["results"],
        ),
    ):
        rows: list[tuple[object, ...]] = [
            (name, *_figures(before["readers"][name]["mean"]), *_figures(judged["mean"]))
            for name, judged in now["readers"].items()
        ]
        rows.append(("mean", *_means(before["summary"]), *_means(now["summary"])))
        head = (label, "nDCG@20 at 0.1.0", "must-reads in 40", "nDCG@20 now", "must-reads in 40")
        yield from table(head, rows)
        yield ""
    gathered = load("judged_readers_gathered")["results"]
    yield "The same six readers, the days gathered one by one with cross-listings and new versions:"
    yield ""
    rows = [
        (name, f"{gathered['before']['ndcg20'][name]:.3f}", *_figures(figures))
        for name, figures in gathered["after"]["readers"].items()
    ]
    low, high = gathered["after"]["interval"]
    mean = f"{gathered['after']['mean']:.3f} [{low:.3f}, {high:.3f}]"
    must = f"{gathered['after']['must40']:.2f}"
    rows.append(("mean", f"{gathered['before']['mean']:.3f}", mean, must))
    yield from table(("", "nDCG@20 at 0.1.0", "nDCG@20 now", "must-reads in 40"), rows)
    yield ""
    numbers = list(curves["works_alone"])
    yield from table(
        ("nDCG@20 by works as signals", *numbers),
        [
            (kind.replace("_", " "), *(f"{at[n]['mean']:.3f}" for n in numbers))
            for kind, at in curves.items()
        ],
    )
    few = curves["works_alone"][numbers[-1]]["readers"]
    yield ""
    yield f"Only {few} readers have {numbers[-1]} works to like before the last judged day."


def _figures(mean: dict[str, float]) -> tuple[str, str]:
    return f"{mean['ndcg20']:.3f}", f"{mean['must40']:.2f}"


def _means(summary: Result) -> tuple[str, str]:
    """Return the means over readers, nDCG with its interval."""
    ndcg, must = summary["ndcg20"], summary["must40"]
    low, high = ndcg["interval"]
    return f"{ndcg['mean']:.3f} [{low:.3f}, {high:.3f}]", f"{must['mean']:.2f}"


def readers_goldstandard(result: Result) -> Iterator[str]:
    """The order for 29 public readers beside plain TF-IDF."""
    losses = {
        name: by_number
        for name, by_number in result["results"].items()
        if isinstance(by_number, dict)
    }
    numbers = list(losses["product_words"])
    yield from table(
        ("loss by number of examples", *numbers),
        [
            (name.replace("_", " "), *(f"{by_number[n]:.3f}" for n in numbers))
            for name, by_number in losses.items()
        ],
    )


def checker_corruptions(result: Result) -> Iterator[str]:
    """The checker on corrupted extracts."""
    for setting in SETTINGS:
        refused = result["results"][setting]["refused"]
        rows = [(name, rate(told)) for name, told in refused.items()]
        yield from table((f"refused, evidence: {setting}", "rate (95%)"), rows)
        yield ""


def checker_paraphrase(result: Result) -> Iterator[str]:
    """The checker on SciFact claims."""
    for setting in SETTINGS:
        told = result["results"][setting]
        rows = [(name, rate(one)) for name, one in told["refused"].items()]
        yield from table((f"refused, evidence: {setting}", "rate (95%)"), rows)
        yield ""


def brief_writing(result: Result) -> Iterator[str]:
    """What a model makes of the briefs of a stream."""
    told = result["results"]

    def share(name: str) -> str:
        one = told[name]
        low, high = one["interval"]
        return f"{one['share']:.2f} ({low:.2f} to {high:.2f}, n = {one['of']})"

    rows: list[tuple[object, ...]] = [
        ("sentences the model was asked for, answered", f"{told['asked']}, {told['answered']}"),
        ("rewritten: passed every check, of those asked", share("rewritten_of_asked")),
        ("different from the extract, of those answered", share("differing_of_answered")),
        ("passed the checks, of those different", share("passed_of_differing")),
        (
            "words saved, of those of the rewritten extracts",
            f"{told['words_saved']} of {told['words_before']}",
        ),
        *((f"extract kept: {why}", count) for why, count in sorted(told["kept_because"].items())),
        (
            "the extracts stay this model's default",
            "yes" if told["extracts_stay_the_default"] else "no",
        ),
    ]
    yield from table((f"{told['model']}, {told['briefs']} days of a stream", ""), rows)


def scale(result: Result) -> Iterator[str]:
    """100,000 works."""
    told = result["results"]
    rows = [
        ("import, as a multiple of parsing the file and inserting bare rows", told["import_ratio"]),
        (
            "Today of the latest day, p95, as a multiple of an empty page",
            told["today_latest_ratio_p95"],
        ),
        (
            f"Today of the busiest day ({told['today_busiest_day']['works']} works), p95, likewise",
            told["today_busiest_day_ratio_p95"],
        ),
        (
            "the same at the first view after a change of the radar, median",
            told["today_busiest_day_after_a_change_ratio"],
        ),
        ("search page, p95, likewise", told["search_page_ratio_p95"]),
    ]
    yield from table((f"{told['works']:,} works", "ratio"), rows)


def mirror_faults(result: Result) -> Iterator[str]:
    """Every announcement day under every fault."""
    yield from result["results"]["table"]
    pace = result["results"]["pace"]
    yield ""
    yield (
        f"Two processes at an interval of 3 s: {pace['requests']} requests, smallest gap "
        f"{pace['smallest_gap_s']} s, at most {pace['most_at_once']} at a time, {pace['refused']} "
        "refused."
    )


def mutation(result: Result) -> Iterator[str]:
    """How many small faults in the domain its tests find."""
    subjects = result["results"]
    rows: list[tuple[object, ...]] = [
        (
            name,
            ", ".join(f"`{Path(module).name}`" for module in figures["modules"]),
            figures["killed"],
            len(figures["survivors"]),
            len(figures["equivalent"]),
            f"{figures['rate']:.3f}",
        )
        for name, figures in subjects.items()
    ]
    killed = sum(figures["killed"] for figures in subjects.values())
    alive, same = (
        sum(len(figures[kind]) for figures in subjects.values())
        for kind in ("survivors", "equivalent")
    )
    rows.append(("all", "", killed, alive, same, f"{killed / (killed + alive):.3f}"))
    head = ("mutants", "modules", "killed", "survived", "equivalent", "rate")
    yield from table(head, rows)
    yield ""
    for figures in subjects.values():
        for mutant in figures["survivors"]:
            place = f"{mutant['file']}:{mutant['line']}"
            yield f"- survived, {place}: `{mutant['before']}` as `{mutant['after']}`"


SECTIONS: dict[str, tuple[str, str, Callable[[Result], Iterator[str]]]] = {
    "search_scifact": ("Search", "search_scifact.py", search_scifact),
    "search_meaning": ("Search by words and meaning", "search_meaning.py", search_meaning),
    "brief_writing": ("Briefs written by the shipped model", "brief_writing.py", brief_writing),
    "search_latency": ("Search at 100,000 works", "search_latency.py", search_latency),
    "radar_citeulike": ("Ranking for a reader", "radar_citeulike.py", radar_citeulike),
    "judged_readers_after": ("Today for judged readers", "judged_readers.py", judged_readers),
    "readers_goldstandard": (
        "Ranking for readers from outside",
        "readers_goldstandard.py",
        readers_goldstandard,
    ),
    "checker_corruptions": (
        "The checker: corrupted extracts",
        "checker_corruptions.py",
        checker_corruptions,
    ),
    "checker_paraphrase": ("The checker: paraphrases", "checker_paraphrase.py", checker_paraphrase),
    "scale": ("Scale", "scale.py", scale),
    "mirror_faults": ("Gathering under faults", "mirror_faults.py", mirror_faults),
    "mutation": ("Faults that the tests find", "mutation.py", mutation),
}


def page() -> str:
    """Return docs/results/README.md."""
    lines = [
        "# Results",
        "",
        "Written by `python benchmarks/tables.py` from the result files of `benchmarks/`, which "
        "record configuration,",
        "seed, versions and hardware. What the figures mean, and where they are weak, is in "
        "[notes.md](notes.md).",
        "",
    ]
    for name, (title, script, render) in SECTIONS.items():
        lines += [
            f"## {title}",
            "",
            f"`python {(_folder(name) / script).relative_to(REPOSITORY)}`",
            "",
            *render(load(name)),
            "",
        ]
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip() + "\n"


def short_table() -> str:
    """Return the table of the README."""
    search = next(row for row in load("search_scifact")["results"] if row["is_product"])
    meaning = next(
        row for row in load("search_meaning")["results"] if row["queries"] == "SciFact test"
    )["ndcg10"]
    split = load("radar_citeulike")["splits"][0]
    rankers = {ranker["ranker"]: ranker for ranker in split["rankers"]}
    product, svm = rankers["product"], rankers["LinearSVC"]
    corrupted = load("checker_corruptions")["results"]
    claims = load("checker_paraphrase")["results"]["cited work only"]["refused"]
    big = load("scale")["results"]
    rows: list[tuple[object, ...]] = [
        ("Search, SciFact nDCG@10", f"{search['ndcg10']:.3f}", "BM25 .679"),
        (
            "Search by words and meaning, the same",
            f"{meaning['fusion']['mean']:.3f}",
            f"meaning alone {meaning['meaning']['mean']:.3f}; "
            f"over words {_interval(meaning['fusion minus words'], '+')}",
        ),
        (
            "Ranking, CiteULike-t nDCG@10",
            f"{product['ndcg10']['mean']:.3f} at {product['ms_per_user']:.0f} ms a user",
            f"LinearSVC {svm['ndcg10']['mean']:.3f} at {svm['ms_per_user']:.0f} ms, same run",
        ),
        (
            "Checker, corrupted extracts found",
            f"{min(corrupted[setting]['asked_corruptions_found'] for setting in SETTINGS):.3f}",
            f"false alarms {corrupted['cited work only']['refused']['sound']['rate']:.3f}",
        ),
        (
            "Checker, unrelated abstracts found (SciFact claims)",
            f"{claims['unrelated']['rate']:.3f}",
            f"false alarms on supported claims {claims['supported']['rate']:.3f}; contradictions "
            f"found only {claims['contradicted']['rate']:.3f}",
        ),
        (
            f"Search page over {big['works']:,} works, p95",
            f"{big['search_page_ratio_p95']:.1f} x an empty page",
            f"Today {big['today_latest_ratio_p95']:.1f} x",
        ),
    ]
    return "\n".join(table(("what", "AcademicHub", "reference"), rows))


def main() -> None:
    """Write both files, or check them."""
    before, _, rest = README.read_text("utf-8").partition(START)
    readme = f"{before}{START}\n{short_table()}\n{END}{rest.partition(END)[2]}"
    wanted = {PAGE: page(), README: readme}
    if "--check" in sys.argv:
        stale = [
            path
            for path, text in wanted.items()
            if not path.exists() or path.read_text("utf-8") != text
        ]
        for path in stale:
            print(
                f"{path.relative_to(REPOSITORY)} is not what the results say: run python "
                "benchmarks/tables.py"
            )
        sys.exit(bool(stale))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
