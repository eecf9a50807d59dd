"""The model-written brief: an extractive brief rewritten sentence by sentence under the checks.

A sentence of the model replaces an extract only if its wording has no fault (wording_check.py) and
every check against the cited works passes (academichub.checker); a Chinese sentence over works in
another script must also pass them when the model itself translates it back. Where one fails, the
extract stays, with the reasons. The evidence, the citations and the order stay those of the
extractive brief, so a failure costs one sentence and never a brief.

Uses the model only through `write` and `structured`, and stores nothing (model_brief.py does).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial

from academichub import documents
from academichub.briefs.brief import Brief, Sentence, readable_brief
from academichub.i18n.message_text import messages_text
from academichub.llm.capability import Capability
from academichub.writer.patience import Patience
from academichub.writer.prompt_messages import prompts, prompts_version
from academichub.writer.semantic_similarity import Meaning
from academichub.writer.sentence_writer import Progress, SentenceWriter
from academichub.writer.writer_model import Cancel, Writer
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
    brief = readable_brief(brief)
    patience = Patience()
    writer = SentenceWriter(
        brief, model, capability, patience, progress=progress, cancel=cancel, meaning=meaning
    )
    written = replace(_rewritten(brief, writer, model.concurrency), model=name)
    report = report_of(written)
    trouble = patience.trouble
    if trouble is not None and not report.answered:
        raise trouble
    stopped = [trouble.message] if patience.is_exhausted and trouble is not None else []
    writing = documents.Writing(
        extract_brief=brief.id,
        capability=capability,
        prompts_version=prompts_version(brief.lang),
        prompts=dict(prompts(brief.lang)),
        sampling=[documents.Sampling.model_validate(asdict(each)) for each in writer.samplings],
        stopped=messages_text(stopped),
        details=documents.message_details(stopped),
        report=report,
    )
    return replace(written, writing=writing.json_object()).identified()


def _rewritten(brief: Brief, writer: SentenceWriter, concurrency: int) -> Brief:
    """Return the brief with every sentence as the writer leaves it; themes run in parallel."""
    parts: list[Callable[[], list[Sentence]]] = [
        partial(writer.section, section) for section in brief.sections
    ]
    parts += [partial(writer.bridge, bridge) for bridge in brief.bridges]
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="writing") as pool:
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
    return replace(brief, sections=sections, bridges=bridges)
