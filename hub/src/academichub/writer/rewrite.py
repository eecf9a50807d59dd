"""The model-written brief: an extractive brief rewritten sentence by sentence under the checks.

A sentence of the model replaces an extract only if its wording has no fault (wording_check.py) and
every check against the cited works passes (academichub.checker); a Chinese sentence over works in
another script must also pass them when the model itself translates it back. Where one fails, the
extract stays, with the reasons. The evidence, the citations and the order stay those of the
extractive brief, so a failure costs one sentence and never a brief.

Uses the model only through `write` and `structured`, and stores nothing (model_brief.py does).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from academichub import documents
from academichub.briefs.brief import Bridge, Brief, Section, Sentence
from academichub.briefs.frames import text_lang
from academichub.checker.check import CheckResult, Evidence, check_sentence
from academichub.errors import (
    CancelledError,
    InputError,
    ModelAnswerError,
    ModelError,
    ModelUnavailableError,
)
from academichub.i18n.message_text import message_text, messages_text
from academichub.llm.capability import Capability
from academichub.llm.model import Reply, Sampling
from academichub.llm.shapes import Shape
from academichub.messages import Message, messages_json
from academichub.writer.prompt_messages import (
    ChatMessage,
    Quoted,
    Task,
    back_messages,
    messages_hash,
    prompts,
    prompts_version,
    sentence_messages,
    theme_messages,
)
from academichub.writer.semantic_similarity import Likeness
from academichub.writer.wording_check import first_sentence, is_same, wording_faults
from academichub.writer.writing_report import report_of

KEPT = {
    "unchanged": "the model gave the extract back",
    "wording": "the model's wording cannot be shown",
    "checks": "the model's sentence did not pass the checks",
    "answer": "the model gave no usable answer",
    "stopped": "the model was not asked: it did not answer before",
    "language": "the model is too small to write in this language",
}
"""Why an extract stays although a model was asked to rewrite it."""

TRIES = 2
"""Answers requested for one sentence. The second request gives the reasons against the first
answer; a small model is only sampled again."""

PATIENCE = 2
"""Sentences in a row without an answer after which the model is not asked any more."""

SENTENCE_TOKENS, THEME_TOKENS = 160, 1_200
SECOND_TEMPERATURE = 0.7
"""Temperature of the second sample of a small model, whose prompt has no room for reasons."""

Meaning = Callable[[Sequence[str]], list[list[float]]]
Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


class Writer(Protocol):
    """The part of a language model (llm/model.py) that writing uses."""

    @property
    def concurrency(self) -> int:
        """Return how many requests may run at a time."""

    def write(
        self,
        messages: Sequence[Mapping[str, str]],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Reply:
        """Return the answer to messages."""

    def structured(
        self,
        messages: Sequence[Mapping[str, str]],
        shape: type[Shape],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Shape:
        """Return the answer to messages as a validated shape."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int = Field(description="number of the extract")
    sentence: str = Field(description="the sentence written for it: plain text")


class ThemeAnswer(BaseModel):
    """The sentences of a theme, as a large model gives them."""

    model_config = ConfigDict(extra="forbid")
    sentences: list[_Line]


def can_write(capability: Capability, lang: str) -> bool:
    """Tell whether a model may write a language: a small one writes English only."""
    return lang == "en" or capability != "small"


def rewrite(
    brief: Brief,
    model: Writer,
    name: str,
    capability: Capability,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    meaning: Meaning | None = None,
) -> Brief:
    """Return an extractive brief as a model writes it.

    Args:
        brief: The extractive brief, with its id.
        model: The language model.
        name: Its name.
        capability: Capability of the model: how much one request asks for.
        progress: Called with (sentences done, sentences in all).
        cancel: Called to learn whether to stop.
        meaning: Embeds texts, where there is an embedding model; a sentence must then mean what
            its extract does.

    Raises:
        CancelledError: If `cancel` returned true.
        ModelError: If the model gave no answer at all: the extractive brief stays.
    """
    desk = _Desk(brief, model, capability, progress, cancel)
    desk.likeness = Likeness.of(
        [sentence.extract or sentence.text for sentence in brief.sentences()], meaning
    )
    parts: list[Callable[[], list[Sentence]]] = [
        partial(desk.section, section) for section in brief.sections
    ]
    parts += [partial(desk.bridge, bridge) for bridge in brief.bridges]
    with ThreadPoolExecutor(max_workers=model.concurrency, thread_name_prefix="writing") as pool:
        futures = [pool.submit(part) for part in parts]
        done = [future.result() for future in futures]
    sections = tuple(
        replace(section, sentences=tuple(sentences))
        for section, sentences in zip(brief.sections, done[: len(brief.sections)], strict=True)
    )
    bridges = tuple(
        replace(bridge, sentence=sentences[0])
        for bridge, sentences in zip(brief.bridges, done[len(brief.sections) :], strict=True)
    )
    written = replace(brief, sections=sections, bridges=bridges, model=name)
    report = report_of(written)
    if desk.trouble is not None and not report.answered:
        raise desk.trouble
    stopped = [desk.trouble.message] if desk.is_stopped and desk.trouble is not None else []
    writing = documents.Writing(
        extract_brief=brief.id,
        capability=capability,
        prompts_version=prompts_version(brief.lang),
        prompts=dict(prompts(brief.lang)),
        sampling=[documents.Sampling.model_validate(asdict(each)) for each in desk.samplings],
        stopped=messages_text(stopped),
        details=documents.message_details(stopped),
        report=report,
    )
    return replace(written, writing=writing.json_object()).identified()


class _Desk:
    """A brief being rewritten: its evidence, its progress, and whether the model still answers."""

    def __init__(
        self,
        brief: Brief,
        model: Writer,
        capability: Capability,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        self._brief, self._model, self._capability = brief, model, capability
        self._progress, self._cancel = progress, cancel
        self._evidence = [Evidence(work.n, work.title, work.abstract) for work in brief.evidence]
        self._works = {work.n: Quoted(work.n, work.title, work.abstract) for work in brief.evidence}
        self._total, self._done, self._silent = len(brief.sentences()), 0, 0
        self._lock = threading.Lock()
        self.likeness: Likeness | None = None
        self.trouble: ModelError | None = None
        self.is_stopped = False
        second = SECOND_TEMPERATURE if capability == "small" else 0.0
        stop = ("\n",) if capability == "small" else ()
        self.samplings = (
            Sampling(0.0, SENTENCE_TOKENS, 0, stop),
            Sampling(second, SENTENCE_TOKENS, 1, stop),
            Sampling(0.0, THEME_TOKENS),
        )

    def section(self, section: Section) -> list[Sentence]:
        """Return the sentences of a theme.

        A large model is asked for all of them at once; what it leaves out is asked for one by one.
        """
        firsts = (
            self._theme(section)
            if self._capability == "large" and len(section.sentences) > 1
            else {}
        )
        written: list[Sentence] = []
        for index, sentence in enumerate(section.sentences):
            previous = written[-1].text if written and self._capability != "small" else ""
            task = Task(sentence.extract or sentence.text, self._cited(sentence), previous=previous)
            written.append(self._sentence(sentence, task, firsts.get(index)))
        return written

    def bridge(self, bridge: Bridge) -> list[Sentence]:
        """Return the sentence that joins two works."""
        sentence = bridge.sentence
        task = Task(sentence.extract or sentence.text, self._cited(sentence), tuple(bridge.terms))
        return [self._sentence(sentence, task)]

    def _cited(self, sentence: Sentence) -> tuple[Quoted, ...]:
        return tuple(self._works[number] for number in sentence.citations)

    def _theme(self, section: Section) -> dict[int, tuple[list[ChatMessage], str]]:
        """Return the first answers to a request for a whole theme, by index; none if it failed."""
        if self.is_stopped or not can_write(self._capability, self._brief.lang):
            return {}
        tasks = [
            Task(sentence.extract or sentence.text, self._cited(sentence))
            for sentence in section.sentences
        ]
        messages = theme_messages(tasks, section.theme, self._brief.lang)
        try:
            answer = self._model.structured(messages, ThemeAnswer, self.samplings[2], self._cancel)
        except ModelError as problem:
            self._failed(problem)
            return {}
        self._answered()
        return {
            line.number - 1: (messages, first_sentence(line.sentence))
            for line in answer.sentences
            if 1 <= line.number <= len(tasks)
        }

    def _sentence(
        self, sentence: Sentence, task: Task, first: tuple[list[ChatMessage], str] | None = None
    ) -> Sentence:
        """Return one sentence: the model's if it stands, else the extract with the reason."""
        if self._cancel is not None and self._cancel():
            raise CancelledError(Message.of("job.writing_cancelled"))
        written = self._try(sentence, task, first)
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)
        return written

    def _try(
        self, sentence: Sentence, task: Task, first: tuple[list[ChatMessage], str] | None
    ) -> Sentence:
        unlike = self._brief.lang == "en" and text_lang(task.extract) != "en"
        if unlike or not can_write(self._capability, self._brief.lang):
            return replace(sentence, kept="language")
        tried: list[dict[str, Any]] = []
        why = "answer"
        for sampling in self.samplings[:TRIES]:
            if self.is_stopped:
                why = "stopped" if not tried else why
                break
            messages, text = first or (self._messages(task, tried), None)
            first = None
            try:
                text = (
                    first_sentence(self._model.write(messages, sampling, self._cancel).text)
                    if text is None
                    else text
                )
                same, kind, reasons, checks = self._judge(text, sentence, task)
            except ModelError as problem:
                self._failed(problem)
                if not isinstance(problem, ModelAnswerError):
                    break
                continue
            self._answered()
            tried.append(
                {
                    "text": text[:1000],
                    "same": same,
                    "reasons": [message_text(reason) for reason in reasons],
                    "details": messages_json(reasons),
                    "messages": messages_hash(messages),
                    "back": checks.get("back", ""),
                }
            )
            if not kind:
                lang = text_lang(text)
                return replace(
                    sentence,
                    text=text,
                    origin="model",
                    checks=checks,
                    extract_lang=lang,
                    tried=tuple(tried),
                )
            why = kind
        return replace(sentence, kept=why, tried=tuple(tried))

    def _messages(self, task: Task, tried: Sequence[Mapping[str, Any]]) -> list[ChatMessage]:
        refused = [(str(attempt["text"]), list(attempt["reasons"])) for attempt in tried]
        return sentence_messages(task, self._capability, self._brief.lang, refused)

    def _judge(
        self, text: str, sentence: Sentence, task: Task
    ) -> tuple[bool, str, list[Message], dict[str, Any]]:
        """Judge a text of the model.

        Returns:
            Whether it is the extract itself, the key of KEPT for which it is refused (empty if it
            may stand), the reasons, and the checks.
        """
        if is_same(text, task.extract) or is_same(text, sentence.text):
            return True, "unchanged", [Message.of("wording.same")], {}
        if faults := wording_faults(
            text, task.extract, self._brief.lang, is_small=self._capability == "small"
        ):
            return False, "wording", faults, {}
        try:
            result = check_sentence(text, sentence.citations, self._evidence, self._brief.lang)
        except InputError as problem:
            return False, "checks", [problem.message], {}
        checks: dict[str, Any] = {
            "ok": result.ok,
            "score": result.score,
            **result.checks,
            "reasons": [message_text(reason) for reason in result.reasons],
            "details": messages_json(result.reasons),
        }
        if not result.ok:
            return False, "checks", result.reasons, checks
        if result.checks["support"] is None:
            back, outcome = self._translated_back(text, sentence)
            checks |= {"translated_back": outcome.ok, "back": back}
            if not outcome.ok:
                return (
                    False,
                    "checks",
                    [
                        Message.of("wording.translated_back", text=back, why=why)
                        for why in outcome.reasons
                    ],
                    checks,
                )
        if self.likeness is not None and task.extract in self.likeness.row_of:
            like, faults = self.likeness.judge(str(checks.get("back") or text), task.extract)
            checks["meaning"] = like
            if faults:
                return False, "checks", faults, checks
        return False, "", [], checks

    def _translated_back(self, text: str, sentence: Sentence) -> tuple[str, CheckResult]:
        """Return the model's translation of a Chinese sentence into English, and its checks."""
        reply = self._model.write(back_messages(text), self.samplings[0], self._cancel)
        back = first_sentence(reply.text)[:1000]
        return back, check_sentence(back, sentence.citations, self._evidence, "en")

    def _answered(self) -> None:
        with self._lock:
            self._silent = 0

    def _failed(self, problem: ModelError) -> None:
        """Note a failure.

        A bad answer counts for itself alone; PATIENCE sentences in a row without an answer, or any
        other failure at once, end the requests.
        """
        with self._lock:
            if isinstance(problem, ModelAnswerError):
                self.trouble = self.trouble or problem
                return
            self.trouble = problem
            self._silent += 1
            if not isinstance(problem, ModelUnavailableError) or self._silent >= PATIENCE:
                self.is_stopped = True
