"""Briefs: `academichub brief --json`, `/api/brief`, `/api/briefs`, and every stored brief."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from academichub.documents.document import Document
from academichub.documents.messages import MessageDetail


class CitedWork(Document):
    """A numbered work that a brief cites."""

    n: int
    """Number that the sentences cite, from 1."""
    key: str
    """Key of the work."""
    title: str
    """Title of the work."""
    abstract: str
    """The text that is quoted and checked against."""
    url: str
    """Where a reader finds the work; empty where unknown."""
    authors: list[str]
    """Names in order."""
    label: str
    """Source, category or journal, and day."""
    field: str
    """Id of the field of science; empty where unknown."""
    date: str
    """First publication; empty where unknown."""


class SentenceChecks(Document):
    """The checks of a sentence: true where a check holds, null where it could not be made."""

    ok: bool
    """Whether every check holds."""
    score: float
    """In [0, 1]; 0.5 and more exactly if `ok` is true."""
    citation_resolves: bool
    """Whether every citation is a number of the evidence."""
    numbers: bool | None
    """Whether its numbers and units occur in the cited works."""
    names: bool | None
    """Whether its names occur in the cited works."""
    support: float | None
    """How much of the sentence the cited works say, in [0, 1]."""
    contributes: bool | None = None
    """Whether every cited work adds something."""
    self_retrieval: bool | None = None
    """Whether no other work of the evidence fits clearly better."""
    polarity: bool | None = None
    """Whether the sentence does not say the opposite of the works."""
    reasons: list[str]
    """What is wrong or could not be checked, as sentences."""
    details: list[MessageDetail] = Field(default_factory=list)
    """The reasons as data. Absent in briefs of earlier versions."""
    translated_back: bool = False
    """Whether the sentence, translated back by the model, passes the checks.

    Only of a model's sentence over works in another script.
    """
    back: str = ""
    """That translation. Absent as above."""
    meaning: float = 0.0
    """Cosine similarity of the sentence and its extract.

    Only of a model's sentence, where an embedding model is in use.
    """


class Attempt(Document):
    """A sentence that a model wrote."""

    text: str
    """What it wrote."""
    same: bool
    """Whether it gave the extract back."""
    reasons: list[str]
    """Why it is not shown; empty where it is."""
    details: list[MessageDetail] = Field(default_factory=list)
    """The reasons as data. Absent in briefs of earlier versions."""
    messages: str
    """Hash of the messages that the model was sent."""
    back: str
    """Its translation back to English, where one was asked for; else empty."""


class Sentence(Document):
    """A cited sentence."""

    text: str
    """The sentence."""
    citations: list[int]
    """Numbers of the works it cites."""
    origin: Literal["extract", "model"]
    """`extract`: quoted from an abstract; `model`: written by a language model under the checks."""
    checks: SentenceChecks
    """How its checks came out."""
    extract_lang: str
    """Language of what it quotes: `en` or `zh`."""
    extract: str = ""
    """The sentence of the abstract that it rests on; of a bridge, a draft that quotes both
    works."""
    kept: str = ""
    """Why the extract is shown although a model was asked; empty if none was.

    `unchanged`, `wording`, `checks`, `answer`, `stopped` or `language`.
    """
    tried: list[Attempt] = Field(default_factory=list)
    """What the model wrote for it, in order."""


class Section(Document):
    """A theme and its sentences."""

    theme: str
    """Name of the theme."""
    terms: list[str]
    """Its terms as the works write them."""
    sentences: list[Sentence]
    """One sentence a work."""


class Bridge(Document):
    """A connection between two works of different fields."""

    a: int
    """Number of one work."""
    b: int
    """Number of the other work."""
    terms: list[str]
    """What they share."""
    sentence: Sentence
    """A sentence on both."""


class Sampling(Document):
    """How an answer of the model was drawn."""

    temperature: float
    """0: the likeliest text."""
    max_tokens: int
    """Longest answer."""
    seed: int
    """Seed."""
    stop: list[str]
    """Texts at which the answer ends."""


class WritingReport(Document):
    """What came of a model's writing."""

    sentences: int
    """Sentences of the brief."""
    asked: int
    """Sentences the model was asked for."""
    answered: int
    """Those it gave a usable text for."""
    differing: int
    """Those whose text differs from the extract."""
    rewritten: int
    """Those that passed every check and are shown."""
    words_before: int
    """Words of the extracts of the rewritten sentences (characters in Chinese)."""
    words_after: int
    """Words of what is shown in their place."""
    share_rewritten: float
    """`rewritten` of `asked`."""
    share_differing: float
    """`differing` of `answered`."""
    share_surviving: float
    """`rewritten` of `differing`."""
    words_saved: int
    """`words_before` less `words_after`."""


class Writing(Document):
    """How a model's brief came to be."""

    extract_brief: str
    """Id of the brief of extracts that the model rewrote."""
    capability: str
    """How much the model was asked at once: `small`, `medium` or `large`."""
    prompts_version: str
    """Version of the prompts."""
    prompts: dict[str, JsonValue]
    """The prompts by name."""
    sampling: list[Sampling]
    """How the answers were drawn, first try first."""
    stopped: str
    """Why the model stopped before the end; empty if it did not."""
    details: list[MessageDetail] = Field(default_factory=list)
    """`stopped` as data. Absent in briefs of earlier versions."""
    report: WritingReport
    """What came of it."""


class Brief(Document):
    """A brief: every sentence cites works of `evidence` by number and carries its checks."""

    id: str
    """Day, language and a hash of all the brief says."""
    date: str
    """Last day covered (YYYY-MM-DD)."""
    first: str
    """First day covered."""
    lang: Literal["en", "zh"]
    """Language of the frame; extracts stay in the language of the work."""
    model: str | None
    """Name of the language model that wrote; null for a brief of extracts."""
    on_shelf: bool
    """Whether it is over the starter shelf, because no work of the library was announced yet."""
    notes: list[str]
    """What the reader should know, e.g. that more days are covered than were asked for."""
    details: list[MessageDetail] = Field(default_factory=list)
    """The notes as data. Absent in briefs of earlier versions."""
    evidence: list[CitedWork]
    """The works, numbered from 1."""
    sections: list[Section]
    """Themes."""
    bridges: list[Bridge]
    """Connections between fields."""
    writing: Writing | None = None
    """How the model wrote it; null for a brief of extracts."""
    texts: Literal["source", "readable"] = "source"
    """`readable`: LaTeX in its texts was made readable when they were read. `source` or absent:
    they are as the works have them, in briefs stored by earlier versions."""


class BriefSummary(Document):
    """A stored brief in a list."""

    id: str
    """Its id."""
    date: str
    """Last day covered."""
    lang: str
    """Its language."""
    created_at: str
    """When it was written (UTC)."""
    model: str | None
    """Name of the language model that wrote; null for a brief of extracts."""


class BriefSummaries(Document):
    """The stored briefs."""

    briefs: list[BriefSummary]
    """Latest day first, then latest written."""
