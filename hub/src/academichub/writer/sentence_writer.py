"""Asks a language model for each sentence of a brief; what may not be shown keeps its extract."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from academichub.briefs.brief import Bridge, Brief, Section, Sentence
from academichub.briefs.frames import text_lang
from academichub.checker.check import Evidence
from academichub.errors import CancelledError, ModelAnswerError, ModelError
from academichub.i18n.message_text import message_text
from academichub.llm.capability import Capability
from academichub.llm.model import Sampling
from academichub.messages import Message, messages_json
from academichub.text.latex import readable_latex
from academichub.writer.judgement import Judge, Judgement
from academichub.writer.patience import Patience
from academichub.writer.prompt_messages import (
    ChatMessage,
    Quoted,
    Task,
    back_messages,
    messages_hash,
    sentence_messages,
    theme_messages,
)
from academichub.writer.semantic_similarity import Likeness, Meaning
from academichub.writer.wording_check import first_sentence
from academichub.writer.writer_model import Cancel, ThemeAnswer, Writer, can_write

TRIES = 2
"""Answers requested for one sentence. The second request gives the reasons against the first
answer; a small model is only sampled again."""

SENTENCE_TOKENS, THEME_TOKENS = 160, 1_200
SECOND_TEMPERATURE = 0.7
"""Temperature of the second sample of a small model, whose prompt has no room for reasons."""

Progress = Callable[[int, int], None]
"""Called with (sentences done, sentences in all)."""


class SentenceWriter:
    """What rewrites the sentences of one brief: the model, the judge of its texts, the progress."""

    def __init__(
        self,
        brief: Brief,
        model: Writer,
        capability: Capability,
        patience: Patience,
        *,
        progress: Progress | None,
        cancel: Cancel | None,
        meaning: Meaning | None,
    ) -> None:
        self._model, self._capability, self._lang = model, capability, brief.lang
        self._progress, self._cancel, self._patience = progress, cancel, patience
        self._works = {work.n: Quoted(work.n, work.title, work.abstract) for work in brief.evidence}
        self._total, self._done = len(brief.sentences()), 0
        self._lock = threading.Lock()
        self.samplings = _samplings(capability)
        self._judge = Judge(
            evidence=[Evidence(work.n, work.title, work.abstract) for work in brief.evidence],
            lang=brief.lang,
            is_small=capability == "small",
            likeness=Likeness.of(
                [sentence.extract or sentence.text for sentence in brief.sentences()], meaning
            ),
            translate_back=self._translate_back,
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
        if self._patience.is_exhausted or not can_write(self._capability, self._lang):
            return {}
        tasks = [
            Task(sentence.extract or sentence.text, self._cited(sentence))
            for sentence in section.sentences
        ]
        messages = theme_messages(tasks, section.theme, self._lang)
        try:
            answer = self._model.structured(messages, ThemeAnswer, self.samplings[2], self._cancel)
        except ModelError as problem:
            self._patience.failed(problem)
            return {}
        self._patience.answered()
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
        unlike = self._lang == "en" and text_lang(task.extract) != "en"
        if unlike or not can_write(self._capability, self._lang):
            return replace(sentence, kept="language")
        tried: list[dict[str, Any]] = []
        why = "answer"
        for sampling in self.samplings[:TRIES]:
            if self._patience.is_exhausted:
                why = "stopped" if not tried else why
                break
            messages, text = first or (self._messages(task, tried), None)
            first = None
            try:
                if text is None:
                    text = first_sentence(self._model.write(messages, sampling, self._cancel).text)
                judgement = self._judge.judge(text, sentence, task.extract)
            except ModelError as problem:
                self._patience.failed(problem)
                if not isinstance(problem, ModelAnswerError):
                    break
                continue
            self._patience.answered()
            tried.append(_attempt(text, judgement, messages))
            if not judgement.refusal:
                return replace(
                    sentence,
                    text=readable_latex(text),
                    origin="model",
                    checks=judgement.checks,
                    extract_lang=text_lang(text),
                    tried=tuple(tried),
                )
            why = judgement.refusal
        return replace(sentence, kept=why, tried=tuple(tried))

    def _translate_back(self, text: str) -> str:
        """Return the model's translation of a Chinese sentence into English."""
        reply = self._model.write(back_messages(text), self.samplings[0], self._cancel)
        return readable_latex(first_sentence(reply.text)[:1000])

    def _messages(self, task: Task, tried: Sequence[Mapping[str, Any]]) -> list[ChatMessage]:
        refused = [(str(attempt["text"]), list(attempt["reasons"])) for attempt in tried]
        return sentence_messages(task, self._capability, self._lang, refused)


def _samplings(capability: Capability) -> tuple[Sampling, Sampling, Sampling]:
    """Return how answers are drawn: the first and second for a sentence, and one for a theme."""
    second = SECOND_TEMPERATURE if capability == "small" else 0.0
    stop = ("\n",) if capability == "small" else ()
    return (
        Sampling(0.0, SENTENCE_TOKENS, 0, stop),
        Sampling(second, SENTENCE_TOKENS, 1, stop),
        Sampling(0.0, THEME_TOKENS),
    )


def _attempt(text: str, judgement: Judgement, messages: list[ChatMessage]) -> dict[str, Any]:
    """Return what the model wrote, and what became of it, as it is stored.

    LaTeX is made readable after the text was judged: markup in it is a fault.
    """
    return {
        "text": readable_latex(text[:1000]),
        "same": judgement.is_same,
        "reasons": [message_text(reason) for reason in judgement.reasons],
        "details": messages_json(judgement.reasons),
        "messages": messages_hash(messages),
        "back": judgement.checks.get("back", ""),
    }
