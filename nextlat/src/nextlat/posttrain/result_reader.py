"""Result files of post-training as the dataclasses of `results.py`, every value checked.

Names in a file are untrusted text: they are read as they are, to be escaped where they are written.
A report reads a file with `shown=True`: names without control characters, and short.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nextlat.evaluation.intervals import Interval
from nextlat.json_value import JsonValue, printable, read_json
from nextlat.posttrain.results import (
    PARTS,
    STUDIES,
    ChosenAccuracy,
    Criterion,
    CurvePoint,
    Figures,
    Row,
    RunResults,
    StageSplit,
)
from nextlat.posttrain.splits import Split, SplitIntervals

LONGEST_NAME = 80
"""Characters of a name that a report shows."""

REMEDY = "write the file again with `nextlat posttrain`"


def read_results(file: Path, *, shown: bool = False) -> RunResults:
    """Return what one result file holds.

    Args:
        file: a `results.json`.
        shown: whether names are made fit to be shown.

    Raises:
        DataError: it cannot be read or is not one of post-training.
    """
    command = f"run `nextlat posttrain finite-field --out {file.parent}` first"
    parsed = read_json(file, command)
    return ResultReader(shown).results(JsonValue(parsed.value, parsed.where, REMEDY))


@dataclass(frozen=True)
class ResultReader:
    """Reads the parts of a result file.

    Attributes:
        shown: whether names lose control characters and what is beyond `LONGEST_NAME`.
    """

    shown: bool = False

    def results(self, document: JsonValue) -> RunResults:
        """Return a whole file.

        Raises:
            DataError: a value is missing, of another type or out of its range; as in all methods.
        """
        study = document.get("study")
        if study.value not in STUDIES:
            raise study.refused(f"one of {', '.join(STUDIES)}")
        rows = document.get("rows")
        if not rows.value:
            raise rows.refused("a list of at least one row; has the run ended?")
        chance, command = document.get("chance"), document.get("command")
        return RunResults(
            study=study.text(),
            scale=self._name(document.get("scale", "own")),
            seed=document.get("seed", 0).whole(),
            chance=chance.share() if chance.present else None,
            command=self._name(command) if command.value else "",
            rows=tuple(map(self.row, rows.items())),
            splits=tuple(map(self.split, document.get("splits", []).items())),
            greedy_splits=tuple(map(self.split, document.get("greedy_splits", []).items())),
            criteria=self._criteria(document.get("criteria")),
            curves=tuple(map(self.point, document.get("curves", []).items())),
            parts=self._names(document.get("parts")),
            stages=self._names(document.get("stages")),
            missing=self._names(document.get("missing")),
            totals=self.rows(document.get("totals")) if document.get("totals").present else None,
            notes=self._sentences(document.get("notes")),
            data=_counts(document.get("data")),
            inputs=self._hashes(document.get("inputs")),
            config=document.get("config").plain(),
            provenance=document.get("provenance").plain(),
        )

    def rows(self, listed: JsonValue) -> tuple[Row, ...]:
        """Return a list of rows."""
        return tuple(map(self.row, listed.items()))

    def row(self, document: JsonValue) -> Row:
        """Return a row."""
        arm, stage, kind = (self._name(document[key]) for key in ("arm", "stage", "type"))
        n = document["n"].whole()
        if n == 0:
            raise document["n"].refused("at least one problem")
        steps, greedy = document.get("steps"), document.get("greedy")
        return Row(
            arm,
            stage,
            kind,
            steps.whole() if steps.present else None,
            n,
            self.figures(document),
            self.figures(greedy) if greedy.value else None,
        )

    def figures(self, document: JsonValue) -> Figures:
        """Return the figures of completions decoded one way."""
        verified, samples, reward = (
            document.get(key) for key in ("verified_accuracy", "samples", "reward")
        )
        forced, conditional = document.get("forced_label"), document.get("conditional")
        return Figures(
            accuracy=document["accuracy"].share(),
            verified_accuracy=verified.share() if verified.present else None,
            routing=self._shares(document.get("routing")),
            execution=self._shares(document.get("execution")),
            interval=_interval(document.get("interval")),
            samples=samples.whole() if samples.present else None,
            reward=reward.number() if reward.present else None,
            pass_at_k=_pass_at_k(document.get("pass_at_k")),
            verified_pass_at_k=_pass_at_k(document.get("verified_pass_at_k")),
            forced_label=self._shares(forced) if forced.present else None,
            conditional=self._conditional(conditional) if conditional.present else None,
        )

    def split(self, document: JsonValue) -> StageSplit:
        """Return a split; its parts add up to the change."""
        arm, start, end, kind = (self._name(document[key]) for key in ("arm", "from", "to", "type"))
        parts = Split(*(document[part].number() for part in PARTS))
        if abs(parts.change - parts.selection - parts.improvement - parts.residual) > 1e-6:
            raise document.refused("parts that add up to the change")
        n, of, execution_by = (document.get(key) for key in ("n", "of", "execution_by"))
        return StageSplit(
            arm,
            start,
            end,
            kind,
            parts,
            n=n.whole() if n.present else None,
            intervals=_split_intervals(document.get("interval")),
            of=self._name(of) if of.present else None,
            execution_by=self._name(execution_by) if execution_by.present else None,
        )

    def criterion(self, document: JsonValue) -> Criterion:
        """Return a criterion; figures that are neither numbers nor null are left out."""
        met = document.get("met")
        figures = document.get("figures").optional_mapping()
        return Criterion(
            met.flag() if met.present else None,
            self._sentence(document.get("condition", "")),
            {
                self._shortened(name): figure.number() if figure.present else None
                for name, figure in figures.items()
                if not figure.present or isinstance(figure.value, int | float)
            },
            tuple(map(self._name, document.get("missing", []).items())),
        )

    def point(self, document: JsonValue) -> CurvePoint:
        """Return a point of a training curve."""
        named = {"arm", "stage", "step"}
        return CurvePoint(
            self._name(document["arm"]),
            self._name(document["stage"]),
            document["step"].number(),
            {name: logged for name, logged in document.plain().items() if name not in named},
        )

    def _criteria(self, document: JsonValue) -> dict[str, Criterion] | None:
        if not document.present:
            return None
        return {
            self._shortened(name): self.criterion(criterion)
            for name, criterion in document.optional_mapping().items()
        }

    def _conditional(self, document: JsonValue) -> dict[str, ChosenAccuracy]:
        chosen = {}
        for label, member in document.optional_mapping().items():
            accuracy, n = member.get("accuracy"), member.get("n")
            chosen[self._shortened(label)] = ChosenAccuracy(
                accuracy.share() if accuracy.present else None, n.whole() if n.present else None
            )
        return chosen

    def _shares(self, document: JsonValue) -> dict[str, float]:
        return {
            self._shortened(name): share.share()
            for name, share in document.optional_mapping().items()
        }

    def _hashes(self, document: JsonValue) -> dict[str, str] | None:
        if not document.present:
            return None
        return {key: digest.text() for key, digest in document.mapping().items()}

    def _names(self, document: JsonValue) -> tuple[str, ...] | None:
        return tuple(map(self._name, document.items())) if document.present else None

    def _sentences(self, document: JsonValue) -> tuple[str, ...] | None:
        return tuple(map(self._sentence, document.items())) if document.present else None

    def _name(self, document: JsonValue) -> str:
        return self._shortened(document.text())

    def _sentence(self, document: JsonValue) -> str:
        return printable(document.text()) if self.shown else document.text()

    def _shortened(self, name: str) -> str:
        return (printable(name)[:LONGEST_NAME].strip() or "?") if self.shown else name


def _interval(document: JsonValue) -> Interval | None:
    if not document.present:
        return None
    ends = document.value
    if not isinstance(ends, list) or len(ends) != 2:
        raise document.refused("an interval [low, high]")
    low, high = (end.number() for end in document.items())
    if low > high:
        raise document.refused("an interval [low, high]")
    return Interval(low, high)


def _split_intervals(document: JsonValue) -> SplitIntervals | None:
    """Return the intervals of a split's parts; None where they are not all there."""
    members: Mapping[str, JsonValue] = document.optional_mapping()
    intervals = [_interval(members[part]) for part in PARTS if part in members]
    complete = [interval for interval in intervals if interval is not None]
    return SplitIntervals(*complete) if len(complete) == len(PARTS) else None


def _pass_at_k(document: JsonValue) -> dict[int, float] | None:
    if not document.present:
        return None
    shares = {}
    for key, share in document.optional_mapping().items():
        if not re.fullmatch(r"[1-9][0-9]{0,5}", key):
            raise JsonValue(key, document.where).refused("numbers of samples as keys")
        shares[int(key)] = share.share()
    return dict(sorted(shares.items()))


def _counts(document: JsonValue) -> dict[str, int] | None:
    if not document.present:
        return None
    return {name: count.whole() for name, count in document.mapping().items()}
