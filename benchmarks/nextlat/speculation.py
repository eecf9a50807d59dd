"""Speculation against our plain loop by domain: drafters adaptive, and one at every fixed length.

    python benchmarks/nextlat/speculation.py [MODEL] [--prompts FILE] [--weights int8]
        [--threads 2] [--number 12]
        [--rounds 3] [--transformers]

Writes results/timings/speculation-WEIGHTS.json. FILE holds {"prompt": ..., "domain": ...} or
{"messages": [...], "domain": ...} a line (benchmarks/hub/writer_prompts.py makes one); the
retrofit's own written prompts where not said. Prompts of the domains take turns, and an adaptive
policy goes on from one to the next as in a server. All ways decode a prompt one after another,
beginning with another one each time; each prompt comes again in every round. A way's seconds on a
prompt are the median over rounds, from the first new token to the last: the prompt is read once a
round for all ways. A ratio is the sum of the plain loop's seconds over the sum of the way's, its 95
% interval drawn over prompts. Every way must give the plain loop's tokens, or the run fails. With
--transformers its generate, always in float32, follows on each prompt, once: it draws other tokens,
so seconds are compared per token.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from decoding_speed import theirs

from nextlat.commands.device_option import device_for
from nextlat.decoding import (
    DRAFTERS,
    AdaptiveLength,
    DecodingStats,
    FixedLength,
    LengthPolicy,
    RowDecoding,
    Sampling,
    Stops,
    acceptance_for,
    verification_costs,
)
from nextlat.decoding.lean import lean_trunk, weights_named
from nextlat.model.heads import LoadedModel, load_model
from nextlat.model.storage import write_json
from nextlat.retrofit.prompts import DOMAINS, PromptSource, read_prompts, token_ids
from nextlat.serving.generation.prefill import Prompt
from nextlat.training.provenance import provenance
from nextlat.trunk.pretrained import default_model, end_ids, model_name
from nextlat.trunk.trunk import Trunk

RESULTS = Path(__file__).parent / "results" / "timings"
LENGTHS = (1, 2, 3, 4, 6, 8)
DRAWS = 2000
HELD_OUT_SEED = 1
"""Of the written prompts: a head is fitted on those of seed 0."""


@dataclass
class Way:
    """A drafter with a policy that lasts, and what each prompt took after its first token."""

    drafter: str | None
    length: int | str
    policy: LengthPolicy
    times: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    stats: list[DecodingStats] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called in the result."""
        return "plain" if self.drafter is None else f"{self.drafter} {self.length}"

    def seconds(self, prompt: int) -> float:
        """Return the median over rounds of what a prompt took."""
        return statistics.median(self.times[prompt])


def ways(drafters: Sequence[str], fixed: str, costs: list[float]) -> list[Way]:
    """Return the plain loop, every drafter adaptive, and one at every fixed length."""
    return [
        Way(None, 0, FixedLength(0)),
        *[Way(name, "adaptive", AdaptiveLength(measured=costs)) for name in drafters],
        *[Way(fixed, length, FixedLength(length)) for length in LENGTHS],
    ]


def decode(way: Way, number: int, row: RowDecoding) -> list[int]:
    """Continue the prompt of a number, note what it took, return the new tokens."""
    row.begin()
    began = time.perf_counter()
    for _ in row.cycles():
        pass
    way.times[number].append(time.perf_counter() - began)
    way.stats.append(row.stats)
    return row.tokens


@dataclass
class Transformers:
    """transformers' generate on the same prompts.

    Attributes:
        model: in float32.
        seconds: of each prompt, after the first token.
        tokens: it made after the first one.
        same: whether they are the plain loop's.
    """

    model: Any
    seconds: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    same: list[bool] = field(default_factory=list)

    def decode(self, prompt: list[int], asked: Sampling, new: int, ours: list[int]) -> None:
        """Continue a prompt and note what it took."""
        made: list[int] = []
        ids = torch.tensor([prompt], device=self.model.device)
        times = theirs(self.model, made)(ids, new, asked.temperature, asked.seed)
        self.seconds.append(times[-1] - times[0])
        self.tokens.append(len(times) - 1)
        self.same.append(made == ours)

    def figures(
        self, at: list[int], plain: list[float], tokens: list[int], seed: int
    ) -> dict[str, Any]:
        """Return its milliseconds a token, and the plain loop's ratio to it, over prompts `at`."""
        own = np.array([[self.seconds[k], self.tokens[k]] for k in at])
        ours = np.array([[plain[place], max(0, tokens[k] - 1)] for place, k in enumerate(at)])
        drawn = np.random.default_rng(seed).integers(len(at), size=(DRAWS, len(at)))

        def times(own: Any, ours: Any) -> Any:
            return own[..., 0] / own[..., 1] * ours[..., 1] / ours[..., 0]

        values = times(own[drawn].sum(1), ours[drawn].sum(1))
        return {
            "ms_per_token": 1e3 * float(own[:, 0].sum() / own[:, 1].sum()),
            "times_transformers": float(times(own.sum(0), ours.sum(0))),
            "interval": np.quantile(values, [0.025, 0.975]).tolist(),
            "same_text": float(np.mean([self.same[k] for k in at])),
        }


def ratio(plain: Sequence[float], own: Sequence[float], seed: int) -> dict[str, Any]:
    """Return sum over sum with a bootstrap over prompts."""
    a, b = np.array(plain), np.array(own)
    drawn = np.random.default_rng(seed).integers(len(a), size=(DRAWS, len(a)))
    values = a[drawn].sum(1) / b[drawn].sum(1)
    return {
        "times": float(a.sum() / b.sum()),
        "interval": np.quantile(values, [0.025, 0.975]).tolist(),
    }


def told(
    all_ways: list[Way],
    rival: Transformers | None,
    domains: list[str],
    tokens: list[int],
    fixed: str,
    seed: int,
) -> dict[str, Any]:
    """Return the figures of one temperature, by domain."""
    out: dict[str, Any] = {}
    for domain in dict.fromkeys(domains):
        at = [k for k, one in enumerate(domains) if one == domain]
        seconds = {way.name: [way.seconds(k) for k in at] for way in all_ways}
        plain = seconds["plain"]
        rows = {name: ratio(plain, own, seed) for name, own in seconds.items() if name != "plain"}
        best = max(
            (f"{fixed} {length}" for length in LENGTHS), key=lambda name: rows[name]["times"]
        )
        out[domain] = {
            "prompts": len(at),
            "new_tokens": sum(tokens[k] for k in at),
            "plain_ms_per_token": 1e3 * sum(plain) / sum(max(0, tokens[k] - 1) for k in at),
            "times_plain": rows,
            "best_fixed": best,
            "adaptive_against_best_fixed": ratio(seconds[best], seconds[f"{fixed} adaptive"], seed),
        }
        if rival is not None:
            out[domain]["transformers"] = rival.figures(at, plain, tokens, seed)
    return out


def measured(
    loaded: LoadedModel,
    trunk: Trunk,
    prompts: list[tuple[str, list[int]]],
    temperature: float,
    costs: list[float],
    asked: argparse.Namespace,
) -> dict[str, Any]:
    """Decode every prompt every way at a temperature; return the figures."""
    names = asked.drafters.split(",")
    drafters = {
        name: DRAFTERS[name].build(trunk, loaded.dynamics) for name in {*names, asked.fixed}
    }
    ends = list(end_ids(loaded.trunk.model, loaded.tokenizer))
    all_ways, counts = ways(names, asked.fixed, costs), [0] * len(prompts)
    rival = Transformers(loaded.trunk.model) if asked.transformers else None
    loaded.trunk.model.generation_config.eos_token_id = ends
    for turn in range(asked.rounds):
        for number, (_, ids) in enumerate(prompts):
            sampling, prompt = (
                Sampling(temperature, seed=asked.seed + number),
                Prompt(trunk, ids, len(all_ways)),
            )
            prompt.read(len(ids))
            texts = {}
            for place in range(len(all_ways)):
                way = all_ways[(turn + number + place) % len(all_ways)]
                drafter = None if way.drafter is None else drafters[way.drafter]
                choice, stops = acceptance_for(sampling, "coupled", 0), Stops.parse(None, ends)
                row = RowDecoding(trunk, drafter, way.policy, choice, stops, ids, asked.new_tokens)
                row.context = prompt.take()
                texts[way.name] = decode(way, number, row)
            assert all(text == texts["plain"] for text in texts.values()), (
                f"prompt {number}: the texts differ"
            )
            counts[number] = len(texts["plain"])
            if rival is not None and not turn:
                rival.decode(ids, sampling, asked.new_tokens, texts["plain"])
    found = told(
        all_ways, rival, [domain for domain, _ in prompts], counts, asked.fixed, asked.seed
    )
    return {
        "domains": found,
        "drafts": {way.name: asdict(DecodingStats.total(way.stats)) for way in all_ways[1:]},
    }


def show(temperature: float, domains: dict[str, Any]) -> None:
    """Print the figures of a temperature."""
    for domain, row in domains.items():
        figures = ", ".join(
            f"{name} {one['times']:.2f}" for name, one in row["times_plain"].items()
        )
        against = row["adaptive_against_best_fixed"]
        print(
            f"{temperature} {domain}: plain {row['plain_ms_per_token']:.1f} ms; {figures}; "
            f"adaptive over {row['best_fixed']} {against['times']:.2f} {against['interval']}",
            flush=True,
        )
        if "transformers" in row:
            print(f"    over transformers' generate {row['transformers']}", flush=True)


def chosen_prompts(
    file: Path | None, number: int, tokenizer: Any, limit: int
) -> list[tuple[str, list[int]]]:
    """Return (domain, ids), the domains in turn."""
    source = PromptSource(read_prompts(file) if file else [], HELD_OUT_SEED)
    by_domain = [source.chunk(place, number) for place in range(len(source.domains))]
    rows = [
        (prompt.domain, token_ids(prompt, tokenizer, limit))
        for turn in zip(*by_domain, strict=True)
        for prompt in turn
    ]
    return [(domain, ids) for domain, ids in rows if domain in DOMAINS and ids]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "model",
        nargs="?",
        help="head folder, model folder, hub id or .gguf; the shipped one if not said",
    )
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--number", type=int, default=12, help="prompts of a domain")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--weights", default="int8", help="float32 on a GPU")
    parser.add_argument("--transformers", action="store_true", help="time its generate too")
    parser.add_argument("--device", default="auto", help="with int8 the processor")
    parser.add_argument("--drafters", default="latent,lookup,latent+lookup")
    parser.add_argument("--fixed", default="latent+lookup", help="the drafter of the fixed lengths")
    parser.add_argument("--temperatures", default="0,0.7")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--new-tokens", type=int, default=96)
    parser.add_argument("--max-prompt-tokens", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def main() -> None:
    """Time everything and write the result file."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    held = weights_named(asked.weights)
    loaded = load_model(asked.model or default_model(), device_for(asked.device, held))
    trunk = lean_trunk(loaded.trunk.model, held)
    prompts = chosen_prompts(asked.prompts, asked.number, loaded.tokenizer, asked.max_prompt_tokens)
    costs = verification_costs(trunk)  # as the server measures them when it loads a model
    result: dict[str, Any] = {}
    for temperature in map(float, asked.temperatures.split(",")):
        result[str(temperature)] = measured(loaded, trunk, prompts, temperature, costs, asked)
        show(temperature, result[str(temperature)]["domains"])
    settings = {
        key: value.name if isinstance(value, Path) else value
        for key, value in vars(asked).items()
        if key != "out"
    }
    settings["model"] = model_name(asked.model or default_model())
    settings["prompts_sha256"] = (
        hashlib.sha256(asked.prompts.read_bytes()).hexdigest()[:16] if asked.prompts else None
    )
    out = asked.out or RESULTS / f"speculation-{asked.weights}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    write_json(
        out,
        {
            "benchmark": "speculation",
            "config": settings,
            "temperatures": result,
            "provenance": provenance(),
        },
    )


if __name__ == "__main__":
    main()
