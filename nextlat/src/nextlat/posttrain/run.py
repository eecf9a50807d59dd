"""A whole post-training run on the user's task: evaluate, fine-tune, evaluate, reinforce, evaluate, tell.

The run's folder:

    run.json                 resolved configuration, hashes of the input files and provenance, written first
    sft/, rl/                a stage each, see stages.py
    evaluation/<stage>.json  what was measured after each stage: base, sft, rl
    completions.jsonl        a few completions of each stage, to read
    results.json             rows and splits
    verifier_failure.json    only where the verifier or the labeller failed

What is done is not done again: the same command resumes.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from nextlat.errors import CheckpointError
from nextlat.model.storage import write_json
from nextlat.posttrain import checks
from nextlat.posttrain.assessment import ARM, Assessor, Judged, rows, totals
from nextlat.posttrain.changes import splits
from nextlat.posttrain.grpo import train_grpo
from nextlat.posttrain.models import (
    device,
    load_config,
    load_model,
    load_tokenizer,
    one_device,
    release,
)
from nextlat.posttrain.packages import package
from nextlat.posttrain.problems import (
    Demonstration,
    Problem,
    ProblemSet,
    read_demonstrations,
    read_problems,
)
from nextlat.posttrain.sampling import Decoding, Sampler
from nextlat.posttrain.settings import PosttrainConfig, to_mapping
from nextlat.posttrain.sft import train_sft
from nextlat.posttrain.stages import MODEL_FOLDER, Stop, quiet
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import FAILURE_FILE, Verifier
from nextlat.training.metrics import read_lines
from nextlat.training.provenance import provenance, without_folders

Stage = Literal["base", "sft", "rl"]
Tell = Callable[[str], None]

STUDY = "posttrain-run"
LABELLED = 0.9
"""Share of forced completions the labeller should recognise."""

SHOWN = 4
"""Problems whose completions are kept to read."""


def run_posttraining(
    config: PosttrainConfig,
    out: Path,
    *,
    progress: bool = False,
    tell: Tell = lambda _: None,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Run it, resuming where the folder holds the same run.

    Args:
        config: the run.
        out: its folder.
        progress: whether bars are drawn on standard error.
        tell: told what is done next, in a line.
        stop: ends a training stage early, resumable; results are then empty.

    Returns:
        What `results.json` holds; {} where it was stopped.

    Raises:
        CheckpointError: the folder holds another run.
        UsageError, DataError, ModelError: the inputs cannot be used; told before anything is trained.
        VerifierError: the verifier or the labeller failed.
        MissingPackageError: TRL, PEFT or datasets is not installed.
    """
    return _Run(config, out, progress=progress, tell=tell).run(stop)


class _Run:
    """One run: inputs are read and checked here, before anything is trained."""

    def __init__(self, config: PosttrainConfig, out: Path, *, progress: bool, tell: Tell) -> None:
        for name in ("trl", "peft", "datasets"):
            package(name)
        one_device()
        self.config, self.out, self.progress, self.tell = config, out, progress, tell
        self.problems = self._read_problems()
        self.demonstrations = self._read_demonstrations()
        self.verifier = Verifier(config.verifier, out)
        self.strategies = Strategies(config.strategies, out) if config.strategies else None
        self.tokenizer = load_tokenizer(config.model)
        every = (*self.problems.train, *self.problems.held_out)
        checks.check_run(
            config,
            every,
            len(self.problems.train),
            self.demonstrations,
            self.tokenizer,
            load_config(config.model),
        )
        (out / FAILURE_FILE).unlink(missing_ok=True)
        checks.probe(self.verifier, self.strategies, self.problems.held_out)
        forced: tuple[str, ...] = ()
        if self.strategies is not None and self.strategies.forcible:
            forced = checks.check_prefixes(
                self.strategies, self.problems.held_out, self.tokenizer, config.grpo
            )
        self.assessor = Assessor(
            self.problems.held_out, self.verifier, self.strategies, forced, config.seed
        )
        self._open_folder()

    def run(self, stop: Stop | None) -> dict[str, Any]:
        """Do every stage that is not done."""
        stages: dict[Stage, str] = {"base": self.config.model}
        self._evaluate("base", self.config.model)
        if self.demonstrations:
            if not self._fine_tune(stop):
                return {}
            stages["sft"] = str(self.out / "sft" / MODEL_FOLDER)
            self._evaluate("sft", stages["sft"])
        if not self._reinforce(list(stages.values())[-1], stop):
            return {}
        stages["rl"] = str(self.out / "rl" / MODEL_FOLDER)
        self._evaluate("rl", stages["rl"])
        return self._collect(list(stages))

    def _read_problems(self) -> ProblemSet:
        """Return the problems, cut to the numbers asked for."""
        data, most = self.config.data, self.config.evaluation.max_problems
        found = read_problems(
            Path(self.config.prompts), held_out_share=data.held_out_share, max_rows=data.max_rows
        )
        return replace(
            found, train=spread(found.train, data.max_train), held_out=spread(found.held_out, most)
        )

    def _read_demonstrations(self) -> tuple[Demonstration, ...]:
        if self.config.sft_data is None:
            return ()
        return read_demonstrations(Path(self.config.sft_data), max_rows=self.config.data.max_rows)

    def _open_folder(self) -> None:
        """Write run.json, or check that the folder's is of this run."""
        mapping = json.loads(json.dumps(to_mapping(self.config)))
        inputs = {key: _hash(mapping[key]) for key in ("prompts", "sft_data") if mapping[key]}
        path = self.out / "run.json"
        if path.exists():
            try:
                told = json.loads(path.read_text("utf-8"))
                old = {"config": told["config"], "inputs": told["inputs"]}
            except (OSError, ValueError, KeyError) as error:
                raise CheckpointError(
                    f"{path} cannot be read: {error}; give a new folder"
                ) from error
            changed = _changes(old, {"config": mapping, "inputs": inputs})
            if changed:
                raise CheckpointError(
                    f"{self.out} holds a run of another configuration (different: {', '.join(changed)}); "
                    "give a new folder, or the old values to resume it"
                )
            return
        self.out.mkdir(parents=True, exist_ok=True)
        write_json(path, {"config": mapping, "inputs": inputs, "provenance": _provenance()})

    def _fine_tune(self, stop: Stop | None) -> bool:
        folder = self.out / "sft"
        if (folder / MODEL_FOLDER).is_dir():
            return True
        self.tell(f"supervised fine-tuning on {len(self.demonstrations)} demonstrations")
        config = self.config
        return train_sft(
            config.model,
            self.demonstrations,
            config.sft,
            folder,
            lora=config.lora,
            seed=config.seed,
            stop=stop,
            progress=self.progress,
        )

    def _reinforce(self, model: str, stop: Stop | None) -> bool:
        folder = self.out / "rl"
        if (folder / MODEL_FOLDER).is_dir():
            return True
        self.tell(f"reinforcement learning on {len(self.problems.train)} problems")
        return train_grpo(
            model,
            self.problems.train,
            self.verifier,
            self.config.grpo,
            folder,
            strategies=self.strategies,
            lora=self.config.lora,
            seed=self.config.seed,
            stop=stop,
            progress=self.progress,
        )

    def _decodings(self) -> tuple[tuple[Decoding, int], ...]:
        """Return each decoding with the completions a problem."""
        grpo = self.config.grpo
        sampled = Decoding(grpo.temperature, grpo.max_completion_length, grpo.top_p, grpo.top_k)
        return (Decoding(0.0, grpo.max_completion_length), 1), (
            sampled,
            self.config.evaluation.samples,
        )

    def _evaluate(self, stage: Stage, model: str) -> None:
        """Measure a stage and write what was found, unless that is done."""
        path = self.out / "evaluation" / f"{stage}.json"
        if path.exists():
            return
        release()
        self.tell(f"evaluating {stage} on {len(self.problems.held_out)} held-out problems")
        with quiet():
            loaded = load_model(model).to(device()).eval()
            sampler = Sampler(loaded, self.tokenizer, self.config.evaluation.batch_size)
            judged = {
                decoding: self.assessor.judge(sampler, decoding, n)
                for decoding, n in self._decodings()
            }
        greedy, sampled = judged.values()
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"rows": rows(sampled, greedy, stage), "totals": totals(sampled, greedy, stage)}
        shown = [
            _told(one, stage, decoding)
            for decoding, found in judged.items()
            for one in found[:SHOWN]
        ]
        write_json(path, {**told, "completions": shown})

    def _collect(self, stages: list[Stage]) -> dict[str, Any]:
        """Write and return results.json, and the completions to read."""
        told = {
            stage: json.loads((self.out / "evaluation" / f"{stage}.json").read_text("utf-8"))
            for stage in stages
        }
        found = [row for stage in stages for row in told[stage]["rows"]]
        lines = [
            json.dumps(one, ensure_ascii=False)
            for stage in stages
            for one in told[stage]["completions"]
        ]
        (self.out / "completions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        run = json.loads((self.out / "run.json").read_text("utf-8"))
        results = {
            "study": STUDY,
            "scale": "own",
            "seed": self.config.seed,
            "command": command(self.config),
            "stages": stages,
            "rows": found,
            "totals": [row for stage in stages for row in told[stage]["totals"]],
            "splits": splits(found, stages),
            "greedy_splits": splits(found, stages, greedy=True),
            "curves": [
                {"arm": ARM, "stage": stage, **line}
                for stage in stages
                for line in read_lines(self.out / stage / "metrics.jsonl")
            ],
            "notes": [*self._notes(), *mislabelled(found)],
            "data": {
                "train": len(self.problems.train),
                "held_out": len(self.problems.held_out),
                "duplicates_left_out": self.problems.duplicates,
                "demonstrations": len(self.demonstrations),
            },
            "config": without_folders(run["config"]),
            "inputs": run["inputs"],
            "provenance": run["provenance"],
        }
        write_json(self.out / "results.json", results)
        return results

    def _notes(self) -> list[str]:
        """Return what a reader must know of how the figures were made."""
        notes = []
        if self.strategies is None:
            notes.append("No labeller was given: accuracy alone is told, and no change is split.")
        elif not self.assessor.forced:
            notes.append(
                "The strategies module has no PREFIXES, so execution was not measured: only the accuracy among "
                "completions of each label is told, and splits by it count a change in which problems a strategy is "
                "chosen for as improvement."
            )
        else:
            notes.append("Execution is the accuracy where a strategy's first words are forced.")
        if self.problems.duplicates:
            notes.append(f"{self.problems.duplicates} rows equal to an earlier one were left out.")
        return notes


def _told(one: Judged, stage: Stage, decoding: Decoding) -> dict[str, Any]:
    """Return a problem's completions as a person reads them."""
    samples = {"free": one.free, **{f"forced: {name}": told for name, told in one.forced.items()}}
    return {
        "stage": stage,
        "decoding": decoding.name,
        "problem": one.problem.id,
        "prompt": one.problem.prompt,
        "answer": one.problem.answer,
        "completions": {
            name: [
                {"text": sample.completion, "strategy": sample.strategy, **asdict(sample.score)}
                for sample in told
            ]
            for name, told in samples.items()
        },
    }


def spread(problems: Sequence[Problem], most: int | None) -> tuple[Problem, ...]:
    """Return at most so many problems, evenly spread over the file, so that every part of it is there."""
    if most is None or most >= len(problems):
        return tuple(problems)
    return tuple(problems[at * len(problems) // most] for at in range(most))


def mislabelled(found: Sequence[dict[str, Any]]) -> list[str]:
    """Return a note for each strategy whose forced completions the labeller mostly calls something else."""
    least: dict[str, float] = {}
    for row in found:
        for name, share in row["forced_label"].items():
            least[name] = min(share, least.get(name, 1.0))
    return [
        f"Of completions forced to {name!r}, the labeller called as few as {share:.0%} so: prefix and labeller "
        "disagree, or the model leaves the strategy."
        for name, share in least.items()
        if share < LABELLED
    ]


def _hash(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changes(old: Any, new: Any, path: str = "") -> list[str]:
    """Return the dotted keys in which two mappings differ; where the input files lie may change, not what they hold."""
    free = {"config.prompts", "config.sft_data", "config.evaluation.batch_size"}
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(set(old) | set(new))
        return [
            one
            for key in keys
            for one in _changes(old.get(key), new.get(key), f"{path}.{key}" if path else key)
        ]
    return [] if old == new or path in free else [path]


def _provenance() -> dict[str, Any]:
    """Return versions, hardware and commit, with the extra's packages."""
    told = provenance()
    told["versions"] |= {name: package(name).__version__ for name in ("trl", "peft", "datasets")}
    return told


def command(config: PosttrainConfig) -> str:
    """Return the command that repeats a run, files by name only; settings are in `config`."""
    given = {
        "--model": config.model,
        "--prompts": config.prompts,
        "--verifier": config.verifier,
        "--strategies": config.strategies,
        "--sft": config.sft_data,
    }
    words = [
        word
        for option, value in given.items()
        if value
        for word in (option, without_folders(value))
    ]
    return shlex.join(
        [
            "nextlat",
            "posttrain",
            "run",
            *words,
            f"grpo.loss_type={config.grpo.loss_type}",
            "--out",
            "DIR",
        ]
    )
