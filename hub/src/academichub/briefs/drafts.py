"""A brief's sentences before their checks, and the choice of the first that passes. Pure, no IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from academichub.briefs.bridges import Link
from academichub.briefs.brief import LANGS, Lang, Sentence, stored_checks
from academichub.briefs.evidence import NumberedWorks, Source
from academichub.briefs.extract import MAX_CHARS, ranked_sentences
from academichub.briefs.frames import framed_bridge, framed_extract, plain_bridge, text_lang
from academichub.checker.check import check_sentence
from academichub.checker.word_weights import fold, tokens


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence before its checks.

    Attributes:
        texts: The sentence in every language of briefs.
        extract: The sentence it quotes; of a bridge, the English text, which quotes both works.
        extract_lang: Language of what it quotes.
    """

    texts: Mapping[Lang, str]
    extract: str
    extract_lang: str


def extract_drafts(extracts: Iterable[str], field: str) -> Iterator[Draft]:
    """Yield a sentence for each extract of a work, the best first."""
    for extract in extracts:
        texts = {code: framed_extract(extract, field, code) for code in LANGS}
        yield Draft(texts, extract, text_lang(extract))


def bridge_drafts(link: Link, sources: Sequence[Source]) -> Iterator[Draft]:
    """Yield sentences on both works of a link: with quotations, then one that only names terms."""
    first, second = sources[link.a], sources[link.b]
    of_first, of_second = _sentences_with(link, first), _sentences_with(link, second)
    extract_lang = text_lang("".join(of_first[:1]))
    fields = (first.field, second.field)
    for pair in product(of_first[:2], of_second[:2]):
        framed = {code: framed_bridge(link.terms[:2], pair, fields, code) for code in LANGS}
        yield Draft(framed, framed["en"], extract_lang)
    plain = {code: plain_bridge(link.terms, code) for code in LANGS}
    yield Draft(plain, plain["en"], extract_lang)


def _sentences_with(link: Link, source: Source) -> list[str]:
    """Return the quotable sentences of a work, those with most of the link's terms first."""
    about = [word for term in link.stems for word in term.split()]
    ranked = [
        sentence
        for sentence in ranked_sentences(source.text, source.title, about)
        if len(sentence) <= MAX_CHARS
    ]
    return sorted(ranked, key=lambda sentence: -_terms_in(sentence, link))


def _terms_in(sentence: str, link: Link) -> int:
    """Return how many of the terms that are shared occur in a sentence."""
    words = " ".join(token.stem for token in tokens(fold(sentence)))
    return sum(f" {term} " in f" {words} " for term in link.stems[:2])


def first_passing(
    drafts: Iterable[Draft], citations: tuple[int, ...], evidence: NumberedWorks, lang: Lang
) -> Sentence | None:
    """Return the first draft that passes every check in all languages; None if none does.

    Checking all languages keeps a brief and its translation parallel.
    """
    for draft in drafts:
        results = {
            code: check_sentence(draft.texts[code], citations, evidence.texts, code)
            for code in LANGS
        }
        if all(result.ok for result in results.values()):
            return Sentence(
                text=draft.texts[lang],
                citations=citations,
                origin="extract",
                checks=stored_checks(results[lang]),
                extract_lang=draft.extract_lang,
                extract=draft.extract,
            )
    return None
