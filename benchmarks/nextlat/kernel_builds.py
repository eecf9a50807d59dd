"""How fast the decoding kernel is beside another version of its sources, by instruction level.

    python benchmarks/nextlat/kernel_builds.py FOLDER [--levels native x86-64-v3] [--layers 4]
        [--rounds 25]

FOLDER holds the other version's forward.c, its headers and building.py, for instance
`git worktree add /tmp/before REVISION` and then /tmp/before/nextlat/src/nextlat/decoding/lean; each
version is compiled with its own flags. A pass goes over 1, 2, 4 or 8 tokens of a random model with
the widths of SmolLM2-135M, and its head, after 128 tokens, on one thread. Versions are timed in
turn in every round, by the thread's processor time, so that other work on the machine weighs less;
a ratio is the median of the ratios within a round. Prints a table; writes nothing.
"""

from __future__ import annotations

import argparse
import ast
import ctypes
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from nextlat.decoding.lean import LeanTrunk, building
from nextlat.decoding.lean.kernel import Kernel

ROWS = (1, 2, 4, 8)
PAST_TOKENS = 128
WEIGHTS: tuple[Literal["float32", "int8"], ...] = ("float32", "int8")


def flags_of(source_folder: Path) -> tuple[str, ...]:
    """Return the FLAGS that a folder's building.py compiles with at every level.

    Raises:
        ValueError: it assigns none.
    """
    file = source_folder / "building.py"
    for statement in ast.parse(file.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "FLAGS":
            return tuple(ast.literal_eval(statement.value))
    raise ValueError(
        f"{file} assigns no FLAGS; give the folder of a version of nextlat.decoding.lean"
    )


def random_model(num_layers: int, vocabulary: int) -> PreTrainedModel:
    """Return a model with the widths of SmolLM2-135M."""
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=num_layers,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
    )
    model: PreTrainedModel = LlamaForCausalLM(config)
    model.eval()
    return model


def seconds(trunk: LeanTrunk, cache: Any, token_ids: Tensor) -> float:
    """Return the processor time of a pass over tokens, `[1, T]`; the cache forgets them."""
    began = time.thread_time()
    trunk.logits(trunk.extend(token_ids, cache))
    took = time.thread_time() - began
    cache.crop(-token_ids.shape[1])
    return took


def timings(
    trunks: dict[str, LeanTrunk], token_ids: Tensor, rounds: int
) -> Iterator[tuple[int, dict[str, list[float]]]]:
    """Yield for each number of rows the seconds of each trunk in each round."""
    caches: dict[str, Any] = {name: trunk.new_cache() for name, trunk in trunks.items()}
    for name, trunk in trunks.items():
        trunk.extend(token_ids[:, :PAST_TOKENS], caches[name])
    names = list(trunks)
    for rows in ROWS:
        took: dict[str, list[float]] = {name: [] for name in names}
        for number in range(-2, rounds):  # the first two rounds warm up
            for name in names if number % 2 else reversed(names):
                spent = seconds(trunks[name], caches[name], token_ids[:, :rows])
                if number >= 0:
                    took[name].append(spent)
        yield rows, took


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="sources of the version to compare with")
    names = [level.name for level in building.LEVELS]
    parser.add_argument("--levels", nargs="+", choices=names, default=names)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=25)
    return parser.parse_args()


@torch.no_grad()
def main() -> None:
    """Time every level that this machine executes and print the table."""
    options = arguments()
    compiler = shutil.which("cc")
    if compiler is None:
        raise SystemExit("there is no C compiler (cc) to build kernels with")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = random_model(options.layers, options.vocabulary)
    token_ids = torch.randint(options.vocabulary, (1, PAST_TOKENS))
    sources = {"other": options.folder, "this": building.SOURCE_FOLDER}
    print(f"{'level':<10} {'weights':<8} rows  other ms  this ms  other / this (quartiles)")
    for level in (level for level in building.LEVELS if level.name in options.levels):
        if reason := building.cannot_execute(level):
            print(f"{level.name:<10} skipped: {reason}")
            continue
        kernels = {
            name: Kernel(
                ctypes.CDLL(
                    str(building.compiled(compiler, (*flags_of(folder), *level.flags), folder))
                )
            )
            for name, folder in sources.items()
        }
        for weights in WEIGHTS:
            trunks = {name: LeanTrunk(model, weights, kernel) for name, kernel in kernels.items()}
            for rows, took in timings(trunks, token_ids, options.rounds):
                ratios = [
                    other / this for other, this in zip(took["other"], took["this"], strict=True)
                ]
                low, middle, high = statistics.quantiles(ratios, n=4)
                other, this = (1e3 * statistics.median(took[name]) for name in ("other", "this"))
                print(
                    f"{level.name:<10} {weights:<8} {rows:4}  {other:8.2f} {this:8.2f}  "
                    f"{middle:.3f} ({low:.3f} to {high:.3f})"
                )


if __name__ == "__main__":
    main()
