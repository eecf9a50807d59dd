"""A post-training run on the user's task: fine-tune and reinforce, evaluating at each stage.

The run's folder:

    run.json                 resolved configuration, hashes of the inputs, provenance; written first
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
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from nextlat.configuration import changed_keys
from nextlat.errors import CheckpointError, DataError
from nextlat.json_value import JsonObject, read_json
from nextlat.model.storage import write_json
from nextlat.posttrain import checks
from nextlat.posttrain.assessment import (
    ARM,
    Assessor,
    JudgedProblem,
    rows_by_steps,
    rows_by_type,
)
from nextlat.posttrain.changes import task_splits
from nextlat.posttrain.curves import read_curve
from nextlat.posttrain.grpo import train_grpo
from nextlat.posttrain.models import (
    device,
    load_config,
    load_policy,
    one_device,
    policy_tokenizer,
    release,
)
from nextlat.posttrain.notes import notes
from nextlat.posttrain.packages import package
from nextlat.posttrain.problems import (
    Demonstration,
    Problem,
    ProblemSet,
    read_demonstrations,
    read_problems,
)
from nextlat.posttrain.result_reader import ResultReader
from nextlat.posttrain.results import OWN_TASK, Row, RunResults, results_document, row_document
from nextlat.posttrain.sampling import Decoding, Sampler
from nextlat.posttrain.settings import PosttrainConfig
from nextlat.posttrain.sft import train_sft
from nextlat.posttrain.stages import MODEL_FOLDER, Stop, quiet
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import FAILURE_FILE, Verifier
from nextlat.studies.runner import Report
from nextlat.training.provenance import (
    Provenance,
    mapping_without_folders,
    provenance,
    without_folder,
)
from nextlat.trunk.pretrained import on_device

Stage = Literal["base", "sft", "rl"]

FREE = {"config.prompts", "config.sft_data", "config.evaluation.batch_size"}
"""What a resumed run may change: where the input files are, not what they hold, and speed."""

SHOWN = 4
"""Problems whose completions are kept to read."""


def run_posttraining(
    config: PosttrainConfig,
    out: Path,
    *,
    progress: bool = False,
    report: Report = lambda _: None,
    stop: Stop | None = None,
) -> RunResults | None:
    """Run it, resuming where the folder holds the same run.

    Args:
        config: the run.
        out: its folder.
        progress: whether bars are drawn on standard error.
        report: receives a line on what is done next.
        stop: ends a training stage early, resumable.

    Returns:
        What `results.json` holds; None where the run was stopped.

    Raises:
        CheckpointError: the folder holds another run.
        UsageError, DataError, ModelError: the inputs cannot be used; raised before anything is
            trained.
        VerifierError: the verifier or the labeller failed.
        MissingPackageError: TRL, PEFT or datasets is not installed.
    """
    return _Run(config, out, progress=progress, report=report).run(stop)


class _Run:
    """One run: inputs are read and checked here, before anything is trained."""

    def __init__(
        self, config: PosttrainConfig, out: Path, *, progress: bool, report: Report
    ) -> None:
        for name in ("trl", "peft", "datasets"):
            package(name)
        one_device()
        self.config, self.out, self.progress, self.report = config, out, progress, report
        self.problems = self._read_problems()
        self.demonstrations = self._read_demonstrations()
        self.verifier = Verifier(config.verifier, out)
        self.strategies = Strategies(config.strategies, out) if config.strategies else None
        self.tokenizer = policy_tokenizer(config.model)
        forced = self._check_inputs()
        self.assessor = Assessor(
            self.problems.held_out, self.verifier, self.strategies, forced, config.seed
        )
        self._open_folder()

    def _check_inputs(self) -> tuple[str, ...]:
        """Check all that can be checked without a model; return the strategies that are forced."""
        checks.check_run(
            self.config,
            (*self.problems.train, *self.problems.held_out),
            len(self.problems.train),
            self.demonstrations,
            self.tokenizer,
            load_config(self.config.model),
        )
        # A failure that an earlier call saved is history once the functions are tried again.
        (self.out / FAILURE_FILE).unlink(missing_ok=True)
        checks.probe(self.verifier, self.strategies, self.problems.held_out)
        if self.strategies is None or not self.strategies.forcible:
            return ()
        return checks.check_prefixes(
            self.strategies, self.problems.held_out, self.tokenizer, self.config.grpo
        )

    def run(self, stop: Stop | None) -> RunResults | None:
        """Do every stage that is not done."""
        stages: dict[Stage, str] = {"base": self.config.model}
        self._evaluate("base", self.config.model)
        if self.demonstrations:
            if not self._fine_tune(stop):
                return None
            stages["sft"] = str(self.out / "sft" / MODEL_FOLDER)
            self._evaluate("sft", stages["sft"])
        if not self._reinforce(list(stages.values())[-1], stop):
            return None
        stages["rl"] = str(self.out / "rl" / MODEL_FOLDER)
        self._evaluate("rl", stages["rl"])
        return self._collect(list(stages))

    def _read_problems(self) -> ProblemSet:
        """Return the problems, at most as many of each side as the settings allow."""
        data, most = self.config.data, self.config.evaluation.max_problems
        problems = read_problems(
            Path(self.config.prompts), held_out_share=data.held_out_share, max_rows=data.max_rows
        )
        return replace(
            problems,
            train=spread(problems.train, data.max_train),
            held_out=spread(problems.held_out, most),
        )

    def _read_demonstrations(self) -> tuple[Demonstration, ...]:
        if self.config.sft_data is None:
            return ()
        return read_demonstrations(Path(self.config.sft_data), max_rows=self.config.data.max_rows)

    def _open_folder(self) -> None:
        """Write run.json, or check that the folder's is of this run."""
        config = asdict(self.config)
        paths = {"prompts": self.config.prompts, "sft_data": self.config.sft_data}
        inputs = {key: _hash(path) for key, path in paths.items() if path}
        file = self.out / "run.json"
        if file.exists():
            try:
                before = read_json(file, "give a new folder")
                stated = {key: before[key].plain() for key in ("config", "inputs")}
            except DataError as error:
                raise CheckpointError(str(error)) from error
            changed = changed_keys(stated, {"config": config, "inputs": inputs}, FREE)
            if changed:
                raise CheckpointError(
                    f"{self.out} holds a run of another configuration (different: "
                    f"{', '.join(changed)}); give a new folder, or the old values to resume it"
                )
            return
        self.out.mkdir(parents=True, exist_ok=True)
        write_json(file, {"config": config, "inputs": inputs, "provenance": _provenance()})

    def _fine_tune(self, stop: Stop | None) -> bool:
        folder = self.out / "sft"
        if (folder / MODEL_FOLDER).is_dir():
            return True
        self.report(f"supervised fine-tuning on {len(self.demonstrations)} demonstrations")
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
        self.report(f"reinforcement learning on {len(self.problems.train)} problems")
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
        """Measure a stage and write what it does, unless that is done."""
        path = self.out / "evaluation" / f"{stage}.json"
        if path.exists():
            return
        release()
        self.report(f"evaluating {stage} on {len(self.problems.held_out)} held-out problems")
        with quiet():
            loaded = on_device(load_policy(model), device()).eval()
            sampler = Sampler(loaded, self.tokenizer, self.config.evaluation.batch_size)
            judged = {
                decoding: self.assessor.judge(sampler, decoding, samples)
                for decoding, samples in self._decodings()
            }
        self._write_evaluation(path, stage, judged)

    def _write_evaluation(
        self, path: Path, stage: Stage, judged: Mapping[Decoding, Sequence[JudgedProblem]]
    ) -> None:
        """Write a stage's rows, totals and the completions to read."""
        greedy, sampled = judged.values()  # in the order of `_decodings`
        path.parent.mkdir(parents=True, exist_ok=True)
        rows, totals = (
            [row_document(row) for row in measure(sampled, greedy, stage)]
            for measure in (rows_by_steps, rows_by_type)
        )
        completions = [
            _readable(problem, stage, decoding)
            for decoding, problems in judged.items()
            for problem in problems[:SHOWN]
        ]
        write_json(path, {"rows": rows, "totals": totals, "completions": completions})

    def _collect(self, stages: list[Stage]) -> RunResults:
        """Write and return results.json, and the completions to read."""
        reader = ResultReader()
        rows: list[Row] = []
        totals: list[Row] = []
        lines: list[str] = []
        for stage in stages:
            file = self.out / "evaluation" / f"{stage}.json"
            measured = read_json(file, "remove it to measure the stage again")
            rows += reader.rows(measured["rows"])
            totals += reader.rows(measured["totals"])
            lines += [
                json.dumps(problem.value, ensure_ascii=False)
                for problem in measured["completions"].items()
            ]
        (self.out / "completions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        results = self._results(stages, rows, totals)
        write_json(self.out / "results.json", results_document(results))
        return results

    def _results(
        self, stages: list[Stage], rows: Sequence[Row], totals: Sequence[Row]
    ) -> RunResults:
        """Return what `results.json` holds."""
        run = read_json(self.out / "run.json", "give a new folder")
        every_note = notes(
            rows,
            labelled=self.strategies is not None,
            forced=self.assessor.forced,
            duplicates=self.problems.duplicates,
        )
        curves = (point for stage in stages for point in read_curve(self.out / stage, ARM, stage))
        return RunResults(
            study=OWN_TASK,
            scale="own",
            seed=self.config.seed,
            command=command(self.config),
            stages=tuple(stages),
            rows=tuple(rows),
            totals=tuple(totals),
            splits=tuple(task_splits(rows, stages)),
            greedy_splits=tuple(task_splits(rows, stages, greedy=True)),
            curves=tuple(curves),
            notes=tuple(every_note),
            data=self._sizes(),
            config=mapping_without_folders(run["config"].plain()),
            inputs={key: digest.text() for key, digest in run["inputs"].mapping().items()},
            provenance=run["provenance"].plain(),
        )

    def _sizes(self) -> dict[str, int]:
        """Return how many problems and demonstrations the run had."""
        return {
            "train": len(self.problems.train),
            "held_out": len(self.problems.held_out),
            "duplicates_left_out": self.problems.duplicates,
            "demonstrations": len(self.demonstrations),
        }


def _readable(judged: JudgedProblem, stage: Stage, decoding: Decoding) -> JsonObject:
    """Return a problem's completions as a person reads them."""
    forced = {f"forced: {name}": samples for name, samples in judged.forced.items()}
    return {
        "stage": stage,
        "decoding": decoding.name,
        "problem": judged.problem.id,
        "prompt": judged.problem.prompt,
        "answer": judged.problem.answer,
        "completions": {
            name: [
                {"text": sample.completion, "strategy": sample.strategy, **asdict(sample.score)}
                for sample in samples
            ]
            for name, samples in {"free": judged.free, **forced}.items()
        },
    }


def spread(problems: Sequence[Problem], most: int | None) -> tuple[Problem, ...]:
    """Return at most `most` problems, evenly spread over the file."""
    if most is None or most >= len(problems):
        return tuple(problems)
    return tuple(problems[number * len(problems) // most] for number in range(most))


def _hash(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _provenance() -> Provenance:
    """Return versions, hardware and commit, with the extra's packages."""
    origin = provenance()
    extra = {name: str(package(name).__version__) for name in ("trl", "peft", "datasets")}
    origin["versions"].update(extra)
    return origin


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
        word for option, value in given.items() if value for word in (option, without_folder(value))
    ]
    loss_type = f"grpo.loss_type={config.grpo.loss_type}"
    return shlex.join(["nextlat", "posttrain", "run", *words, loss_type, "--out", "DIR"])
