"""Tokens a second of 1, 2, 4 and 8 texts decoded together, and of the same texts in turn.

    python benchmarks/nextlat/batch_throughput.py [MODEL] [--weights int8,float32] [--rounds 7]
        [--new-tokens 64]

Writes results/timings/batch-throughput.json. Weights in int8 and float32, or `torch`: float32 by
torch's own layers, as on a machine without compiler; plainly, with drafts looked up, and where
MODEL has latent dynamics with both kinds of drafts, adaptive, each with one policy that lasts over
all rounds as in a server. Every round takes the next prompts and does each way both times,
beginning with another one each time; a ratio is that of the two within a round. Seconds are those
after the prompts are read. Texts have ends of their own unless --full, which lets none end before
--new-tokens. Together and apart must give the same tokens, or the run fails.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from decoding_speed import in_turn, summary

from nextlat.decoding import (
    AdaptiveLength,
    DecodingStats,
    Drafter,
    FixedLength,
    LengthPolicy,
    PromptLookupDrafter,
    RowDecoding,
    Sampling,
    Stops,
    acceptance_for,
    advance,
    default_drafter,
    verification_costs,
)
from nextlat.decoding.lean import LeanTrunk, lean_trunk, weights_named
from nextlat.model.heads import LoadedModel, load_model
from nextlat.model.storage import write_json
from nextlat.retrofit.prompts import PromptSource, token_ids
from nextlat.training.provenance import provenance
from nextlat.trunk.pretrained import default_model, end_ids, model_name
from nextlat.trunk.trunk import Trunk

RESULT = Path(__file__).parent / "results" / "timings" / "batch-throughput.json"
HELD_OUT_SEED = 1
"""Of the written prompts: a head is fitted on those of seed 0."""


@dataclass
class Way:
    """How texts are decoded, and what came of it; together and apart each learn a policy."""

    drafter: Callable[[], Drafter | None]
    policy: Callable[[], LengthPolicy]
    policies: dict[tuple[int, bool], LengthPolicy] = field(default_factory=dict)
    rates: dict[int, dict[bool, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    stats: dict[int, dict[bool, list[DecodingStats]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )


def ways(trunk: Trunk, loaded: LoadedModel) -> dict[str, Way]:
    """Return the ways of decoding with a trunk."""
    costs = verification_costs(trunk)

    def adaptive() -> LengthPolicy:
        return AdaptiveLength(measured=costs)

    found = {
        "plain": Way(lambda: None, lambda: FixedLength(0)),
        "lookup": Way(PromptLookupDrafter, adaptive),
    }
    dynamics = loaded.dynamics
    if dynamics is not None:
        # Copies share the rows of the head and the packed dynamics.
        found["latent+lookup"] = Way(default_drafter(trunk, dynamics).copy, adaptive)
    return found


def decode(
    trunk: Trunk,
    way: Way,
    prompts: Sequence[list[int]],
    asked: Sampling,
    new: int,
    ends: Sequence[int],
    together: bool,
) -> list[list[int]]:
    """Continue prompts together or in turn, note tokens a second, return the new tokens."""
    policy = way.policies.setdefault((len(prompts), together), way.policy())
    stops = Stops.parse(None, list(ends))
    rows = [
        RowDecoding(
            trunk, way.drafter(), policy, acceptance_for(asked, "coupled", number), stops, ids, new
        )
        for number, ids in enumerate(prompts)
    ]
    for row in rows:
        row.begin()
    began = time.perf_counter()
    for group in [rows] if together else [[row] for row in rows]:
        left = list(group)
        while left:
            for outcome in advance(left):
                if isinstance(outcome, Exception):
                    raise outcome
            left = [row for row in left if not row.ended]
    seconds = time.perf_counter() - began
    way.rates[len(prompts)][together].append(sum(len(row.tokens) for row in rows) / seconds)
    way.stats[len(prompts)][together].append(DecodingStats.total(row.stats for row in rows))
    return [row.tokens for row in rows]


def timed(
    trunk: Trunk,
    all_ways: dict[str, Way],
    prompts: Iterator[list[int]],
    ends: Sequence[int],
    asked: argparse.Namespace,
) -> None:
    """Measure all ways with all numbers of texts, together and apart; the first round warms up."""
    for number in range(-1, asked.rounds):
        for count in asked.texts:
            texts = [next(prompts) for _ in range(count)]
            given = {}
            for name in in_turn(list(all_ways), number + 1):
                for together in (True, False) if number % 2 else (False, True):
                    sampling = Sampling(asked.temperature, seed=asked.seed + number + 1)
                    way = all_ways[name]
                    given[name, together] = decode(
                        trunk, way, texts, sampling, asked.new_tokens, ends, together
                    )
                    if number < 0:
                        del way.rates[count][together][-1], way.stats[count][together][-1]
            wanted = next(iter(given.values()))
            assert all(text == wanted for text in given.values()), (
                f"round {number}, {count} texts: they differ"
            )


def figures_of(all_ways: dict[str, Way]) -> dict[str, Any]:
    """Return the figures of one kind of weights, by way and number of texts."""
    out: dict[str, Any] = defaultdict(dict)
    for name, way in all_ways.items():
        for count, rates in way.rates.items():
            ratios = [a / b for a, b in zip(rates[True], rates[False], strict=True)]
            stats = {kind: asdict(DecodingStats.total(way.stats[count][kind == "together"]))
                     for kind in ("together", "apart")}  # fmt: skip
            out[name][str(count)] = {
                "together_tokens_per_s": summary(rates[True]),
                "apart_tokens_per_s": summary(rates[False]),
                "times_apart": summary(ratios),
                "drafts": stats,
            }
            figures = [statistics.median(values) for values in (rates[True], rates[False], ratios)]
            print(
                "{:>13}, {} texts: {:6.1f} tokens/s together, {:6.1f} apart, {:.2f} times".format(
                    name, count, *figures
                )
            )
    return dict(out)


def endless(tokenizer: Any, limit: int) -> Iterator[list[int]]:
    """Yield written prompts of the domains in turn, always the same ones."""
    source, place = PromptSource([], HELD_OUT_SEED), 0
    while True:
        for prompt in source.chunk(place, 4):
            yield token_ids(prompt, tokenizer, limit)
        place += 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "model",
        nargs="?",
        help="head folder, model folder, hub id or .gguf; the shipped one if not said",
    )
    parser.add_argument("--weights", default="int8,float32")
    parser.add_argument(
        "--texts", default="1,2,4,8", type=lambda word: [int(one) for one in word.split(",")]
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--max-prompt-tokens", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--full", action="store_true", help="no text ends before --new-tokens")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


def main() -> None:
    """Time everything and write the result file."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    loaded = load_model(asked.model or default_model())
    ends = [] if asked.full else list(end_ids(loaded.trunk.model, loaded.tokenizer))
    result: dict[str, Any] = {}
    for weights in asked.weights.split(","):
        trunk = (
            loaded.trunk
            if weights == "torch"
            else lean_trunk(loaded.trunk.model, weights_named(weights))
        )
        assert isinstance(trunk, LeanTrunk) == (weights != "torch")
        print(weights, flush=True)
        all_ways = ways(trunk, loaded)
        timed(trunk, all_ways, endless(loaded.tokenizer, asked.max_prompt_tokens), ends, asked)
        result[weights] = figures_of(all_ways)
    settings = {key: value for key, value in vars(asked).items() if key != "out"}
    settings["model"] = model_name(asked.model or default_model())
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(
        asked.out,
        {
            "benchmark": "batch-throughput",
            "config": settings,
            "weights": result,
            "provenance": provenance(),
        },
    )


if __name__ == "__main__":
    main()
