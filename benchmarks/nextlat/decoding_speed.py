"""Milliseconds a token of transformers' generate, our plain loop and the lean kernel, in turn.

    python benchmarks/nextlat/decoding_speed.py [--model M] [--threads 2] [--rounds 9] [--text FILE]

Writes results/timings/decoding-speed.json. All ways are timed in every round, beginning with
another one each time, so that a machine whose speed drifts slows all alike; ratios are medians of
ratios within a round. A way's milliseconds a token are the mean from the first new token to the
last: reading the prompt is left out. Verification is one pass over 1 to 8 tokens and the head.
Where `llama_cpp` or `ik_llama_cpp` can be imported and the model is a GGUF file, llama.cpp is timed
on it too. With --text the loss of the next token of both kinds of weights over that text is
compared.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from nextlat.decoding import FixedLength, RowDecoding, Sampling, Stops, acceptance_for
from nextlat.decoding.lean import LeanTrunk, Weights, lean_trunk
from nextlat.evaluation.intervals import bootstrap_difference
from nextlat.model.storage import write_json
from nextlat.training.provenance import provenance
from nextlat.trunk.pretrained import default_model, load_pretrained, model_name
from nextlat.trunk.trunk import Trunk

RESULT = Path(__file__).parent / "results" / "timings" / "decoding-speed.json"
TEMPERATURES = (0.0, 0.7)
VERIFIED = range(1, 9)
WINDOW = 512
"""Tokens of a piece of text whose loss is one observation."""

Way = Callable[[Tensor, int, float, int], list[float]]
"""(prompt [1, T], new tokens, temperature, seed) -> when each token was there, in seconds."""


def ours(trunk: Trunk) -> Way:
    """Return our loop over a trunk, without drafts."""

    def run(ids: Tensor, new: int, temperature: float, seed: int) -> list[float]:
        choice = acceptance_for(Sampling(temperature, seed=seed), "coupled", 0)
        row = RowDecoding(trunk, None, FixedLength(0), choice, Stops([]), ids[0].tolist(), new)
        row.begin()
        first = time.perf_counter()  # the first token is chosen; a cycle gives the one after
        return [first, *(time.perf_counter() for _ in row.cycles())][:new]

    return run


def theirs(model: Any, made: list[int] | None = None) -> Way:
    """Return transformers' own generate; the new tokens go into `made`."""

    def run(ids: Tensor, new: int, temperature: float, seed: int) -> list[float]:
        torch.manual_seed(seed)
        sampled = (
            {"do_sample": True, "temperature": temperature, "top_k": 0}
            if temperature
            else {"do_sample": False}
        )
        times: list[float] = []

        def note(ids: Tensor, scores: object, **more: object) -> Tensor:
            times.append(time.perf_counter())
            return torch.zeros(len(ids), dtype=torch.bool)

        mask = torch.ones_like(ids)
        told = model.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=new,
            pad_token_id=0,
            stopping_criteria=[note],
            **sampled,
        )
        if made is not None:
            made[:] = told[0, ids.shape[1] :].tolist()
        return times

    return run


class LlamaCpp:
    """llama.cpp on a GGUF file by whichever binding is there, llama_cpp or ik_llama_cpp; greedy."""

    def __init__(self, file: str, threads: int, context: int) -> None:
        self.name, self.llama = "", cast(Any, None)
        for name, kind in (("llama_cpp", "Llama"), ("ik_llama_cpp", "IkLlama")):
            try:
                found: Any = importlib.import_module(name)
            except ImportError:
                continue
            self.llama = getattr(found, kind)(file, n_ctx=context, n_threads=threads, verbose=False)
            self.name = f"{name} {found.__version__}"
            return

    @property
    def verifies(self) -> bool:
        """Whether several tokens can be read at once and forgotten."""
        return hasattr(self.llama, "eval")

    def decode(self, ids: Tensor, new: int, temperature: float, seed: int) -> list[float]:
        """See `Way`; ik_llama_cpp tells the time of its tokens together, from after the prompt."""
        if not self.verifies:
            self.llama.generate(ids[0].tolist(), max_tokens=new, temperature=0.0)
            told = self.llama._context.perf()
            return [0.0, told["t_eval_ms"] / 1e3 / max(1, told["n_eval"])]
        self.llama.reset()
        self.llama.eval(ids[0].tolist())
        times = [time.perf_counter()]
        for _ in range(new - 1):
            self.llama.eval([self.llama.sample(temp=0.0)])
            times.append(time.perf_counter())
        return times

    def verify(self, ids: Tensor) -> None:
        """Read tokens and forget them."""
        self.llama.eval(ids[0].tolist())
        self.llama.n_tokens -= ids.shape[1]


def in_turn(names: Sequence[str], first: int) -> list[str]:
    """Return the names from another one on for each `first`."""
    return [names[(first + place) % len(names)] for place in range(len(names))]


def timed_decoding(
    ways: dict[str, Way], ids: Tensor, new: int, rounds: int, seed: int, temperature: float
) -> dict[str, list[float]]:
    """Return milliseconds a token of each way in each round."""
    told = defaultdict(list)
    for number in range(-1, rounds):  # the first round warms up
        for name in in_turn(list(ways), number + 1):
            times = ways[name](ids, new, temperature, seed + number)
            if number >= 0:
                told[name].append(1e3 * (times[-1] - times[0]) / (len(times) - 1))
    return dict(told)


def timed_verification(
    trunks: dict[str, Trunk], ids: Tensor, rounds: int, llama: LlamaCpp | None
) -> dict[str, dict[int, list[float]]]:
    """Return milliseconds of a pass over 1 to 8 tokens after the prompt, by trunk and round."""
    passes: dict[str, Callable[[Tensor], None]] = {}
    for name, trunk in trunks.items():
        cache: Any = trunk.new_cache()
        trunk.extend(ids, cache)

        def verify(more: Tensor, trunk: Trunk = trunk, cache: Any = cache) -> None:
            trunk.logits(trunk.extend(more, cache))
            cache.crop(-more.shape[1])

        passes[name] = verify
    if llama is not None and llama.verifies:
        llama.decode(ids, 1, 0.0, 0)
        passes["llama.cpp"] = llama.verify
    told: dict[str, dict[int, list[float]]] = {name: defaultdict(list) for name in passes}
    for number in range(-1, rounds):
        for size in VERIFIED:
            for name in in_turn(list(passes), number + 1):
                began = time.perf_counter()
                passes[name](ids[:, :size])
                if number >= 0:
                    told[name][size].append(1e3 * (time.perf_counter() - began))
    return {name: dict(by_size) for name, by_size in told.items()}


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Return the median, quartiles and extremes."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {
        "median": middle,
        "quartiles": [low, high],
        "range": [min(values), max(values)],
        "rounds": list(values),
    }


def ratios(baseline: Sequence[float], values: Sequence[float]) -> dict[str, Any]:
    """Return how many times quicker than the baseline, round by round."""
    return summary([theirs / own for theirs, own in zip(baseline, values, strict=True)])


def quality(trunks: dict[str, Trunk], tokens: Tensor, seed: int) -> dict[str, Any]:
    """Return mean next-token losses over a text in nats, and int8's excess with a 95 % interval."""
    windows = tokens[: len(tokens) // WINDOW * WINDOW].view(-1, WINDOW)
    losses: dict[str, list[list[float]]] = defaultdict(list)
    agreeing = 0.0
    for window in windows:
        best = {}
        for name, trunk in trunks.items():
            logits = trunk.logits(trunk.extend(window[None, :-1], trunk.new_cache()))[0]
            losses[name].append([float(torch.nn.functional.cross_entropy(logits, window[1:]))])
            best[name] = logits.argmax(-1)
        agreeing += float((best["float32"] == best["int8"]).double().mean())
    means = {name: statistics.fmean(loss for (loss,) in rows) for name, rows in losses.items()}
    interval = bootstrap_difference(losses["float32"], losses["int8"], paired=True, seed=seed)
    return {
        "tokens": windows.numel(),
        "loss": means,
        "difference": means["int8"] - means["float32"],
        "interval": list(interval),
        "same_likeliest_token": agreeing / len(windows),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", help="folder, hub id or .gguf file; the shipped one where not said"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--context", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument(
        "--text", type=Path, help="UTF-8 text on which int8 is compared with float32"
    )
    parser.add_argument("--text-tokens", type=int, default=16_384)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


@torch.no_grad()
def main() -> None:
    """Time everything and write the result file."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    name = asked.model or default_model()
    model, tokenizer = load_pretrained(name)
    model.requires_grad_(False)
    for config in (model.config, model.generation_config):
        config.eos_token_id = None  # every way makes as many tokens as asked for
    kinds: tuple[Weights, ...] = ("float32", "int8")
    lean = {kind: lean_trunk(model, kind) for kind in kinds}
    assert all(isinstance(trunk, LeanTrunk) for trunk in lean.values())
    trunks: dict[str, Trunk] = {
        "plain": Trunk(model),
        **{f"lean {kind}": trunk for kind, trunk in lean.items()},
    }
    ids = torch.randint(
        model.config.vocab_size, (1, asked.context), generator=torch.manual_seed(asked.seed)
    )
    ways = {"transformers": theirs(model), **{kind: ours(trunk) for kind, trunk in trunks.items()}}
    llama = (
        LlamaCpp(name, asked.threads, asked.context + asked.new_tokens)
        if name.endswith(".gguf")
        else None
    )
    llama = llama if llama is not None and llama.llama is not None else None
    told: dict[str, Any] = {"decoding": {}, "times_transformers": {}}
    for temperature in TEMPERATURES:
        also = {"llama.cpp": llama.decode} if llama is not None and not temperature else {}
        found = timed_decoding(
            {**ways, **also}, ids, asked.new_tokens, asked.rounds, asked.seed, temperature
        )
        told["decoding"][str(temperature)] = {way: summary(values) for way, values in found.items()}
        told["times_transformers"][str(temperature)] = {
            way: ratios(found["transformers"], values)
            for way, values in found.items()
            if way != "transformers"
        }
        for way, values in found.items():
            print(
                f"temperature {temperature}: {way:>14} {statistics.median(values):7.1f} ms a token"
            )
    verified = timed_verification(trunks, ids, asked.rounds, llama)
    told["verification"] = {
        way: {str(size): summary(values) for size, values in by_size.items()}
        for way, by_size in verified.items()
    }
    for way, by_size in verified.items():
        print(
            f"{way:>14}, 1 to 8 tokens:",
            *(f"{statistics.median(values):.1f}" for values in by_size.values()),
            "ms",
        )
    if asked.text is not None:
        assert tokenizer is not None
        tokens = torch.tensor(
            tokenizer(asked.text.read_text("utf-8")).input_ids[: asked.text_tokens]
        )
        told["int8_quality"] = quality({kind: lean[kind] for kind in kinds}, tokens, asked.seed)
        print("int8 adds {difference:.6f} nats {interval}".format(**told["int8_quality"]))
    settings = {
        key: value.name if isinstance(value, Path) else value for key, value in vars(asked).items()
    }
    settings |= {"model": model_name(name), "llama_cpp": llama.name if llama is not None else None}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write_json(
        asked.out,
        {"benchmark": "decoding-speed", "config": settings, **told, "provenance": provenance()},
    )


if __name__ == "__main__":
    main()
