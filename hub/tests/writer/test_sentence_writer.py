"""The writing of single sentences with a scripted model: tries, refusals, failures, progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from invented_evidence import WORKS

from academichub.briefs.brief import Brief, CitedWork, Section, Sentence
from academichub.errors import CancelledError, ModelAnswerError, ModelError, ModelUnavailableError
from academichub.llm.capability import Capability
from academichub.llm.model import Reply, Sampling
from academichub.llm.shapes import Shape
from academichub.writer.patience import Patience
from academichub.writer.sentence_writer import SECOND_TEMPERATURE, SentenceWriter
from academichub.writer.writer_model import Cancel

EXTRACT = (
    "Symbiont density increased by 40% in surviving colonies, and heat shock protein HSP70 was "
    "upregulated."
)
SHORTER = "Symbiont density increased by 40% in surviving colonies, and HSP70 was upregulated."
FALSE = SHORTER.replace("increased", "decreased")
SENTENCE = Sentence(EXTRACT, (2,), "extract", {}, extract=EXTRACT)
REEF = WORKS["reef"]


class ScriptedModel:
    """Gives the answers of a script in order, and remembers how each was drawn."""

    concurrency = 1

    def __init__(self, *answers: str | ModelError) -> None:
        self._answers = list(answers)
        self.samplings: list[Sampling] = []

    def write(
        self,
        messages: Sequence[Mapping[str, str]],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Reply:
        self.samplings.append(sampling)
        answer = self._answers.pop(0)
        if isinstance(answer, ModelError):
            raise answer
        return Reply(answer, True, False, 10)

    def structured(
        self,
        messages: Sequence[Mapping[str, str]],
        shape: type[Shape],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Shape:
        raise ModelAnswerError("broken", "no theme at once")


def written(
    model: ScriptedModel,
    *,
    capability: Capability = "medium",
    sentences: int = 1,
    patience: Patience | None = None,
    steps: list[tuple[int, int]] | None = None,
    cancel: Cancel | None = None,
) -> list[Sentence]:
    """Write a section of the same sentence several times."""
    work = CitedWork(2, "reef", REEF.title, REEF.abstract, "")
    section = Section("Reefs", ("reef",), (SENTENCE,) * sentences)
    brief = Brief("2026-06-24", "en", (work,), (section,), ())
    writer = SentenceWriter(
        brief,
        model,
        capability,
        patience or Patience(),
        progress=None if steps is None else lambda *step: steps.append(step),
        cancel=cancel,
        meaning=None,
    )
    return writer.section(section)


def test_a_good_first_answer_stands_and_nothing_more_is_asked() -> None:
    model = ScriptedModel(SHORTER)
    (sentence,) = written(model)
    assert (sentence.text, sentence.origin, sentence.kept) == (SHORTER, "model", "")
    assert (sentence.extract, sentence.citations) == (EXTRACT, (2,))
    assert [attempt["text"] for attempt in sentence.tried] == [SHORTER]
    assert len(model.samplings) == 1


def test_a_refused_answer_is_tried_once_more_and_both_are_stored() -> None:
    (sentence,) = written(ScriptedModel(FALSE, SHORTER))
    assert sentence.origin == "model"
    first, second = sentence.tried
    assert (first["text"], second["text"]) == (FALSE, SHORTER)
    assert first["reasons"]
    assert second["reasons"] == []


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ((FALSE, FALSE), "checks"),
        ((EXTRACT, EXTRACT), "unchanged"),
        ((FALSE, f"<b>{SHORTER}</b>"), "wording"),
        ((ModelAnswerError("empty", "x"), ModelAnswerError("empty", "x")), "answer"),
        ((FALSE, ModelAnswerError("empty", "x")), "checks"),
        ((ModelUnavailableError("x"),), "answer"),
    ],
)
def test_after_two_tries_the_extract_stays_with_the_last_reason(
    answers: tuple[str | ModelError, ...], kept: str
) -> None:
    (sentence,) = written(ScriptedModel(*answers))
    assert (sentence.text, sentence.origin, sentence.kept) == (EXTRACT, "extract", kept)


@pytest.mark.parametrize(
    ("capability", "temperature"), [("small", SECOND_TEMPERATURE), ("medium", 0.0)]
)
def test_a_small_model_is_sampled_again_a_larger_one_told_why(
    capability: Capability, temperature: float
) -> None:
    model = ScriptedModel(FALSE, FALSE)
    written(model, capability=capability)
    assert [sampling.temperature for sampling in model.samplings] == [0.0, temperature]
    assert model.samplings[0].seed != model.samplings[1].seed


def test_a_model_that_failed_for_good_is_not_asked_again() -> None:
    model = ScriptedModel(ModelError("no key"))
    first, second = written(model, sentences=2)
    assert (first.kept, second.kept) == ("answer", "stopped")
    assert len(model.samplings) == 1


def test_a_theme_that_cannot_be_had_at_once_is_asked_for_sentence_by_sentence() -> None:
    sentences = written(ScriptedModel(SHORTER, SHORTER), capability="large", sentences=2)
    assert [sentence.origin for sentence in sentences] == ["model", "model"]


def test_progress_counts_every_sentence_whatever_came_of_it() -> None:
    steps: list[tuple[int, int]] = []
    written(ScriptedModel(SHORTER, FALSE, FALSE), sentences=2, steps=steps)
    assert steps == [(1, 2), (2, 2)]


def test_a_cancelled_job_asks_nothing_more() -> None:
    model = ScriptedModel(SHORTER)
    with pytest.raises(CancelledError):
        written(model, sentences=2, cancel=lambda: len(model.samplings) > 0)
    assert len(model.samplings) == 1
