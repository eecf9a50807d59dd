"""A brief's words around its extracts, in its language: frames, theme names, headings. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from academichub.briefs.chinese_terms import in_chinese
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.works.fields import field_name


def label(name: str, lang: str) -> str:
    """Return a heading or fixed sentence in a language."""
    return message_text(Message.of(f"brief_label.{name}"), lang)


def theme_name(terms: Sequence[str], field: str, lang: str) -> str:
    """Return the name of a theme: its terms.

    In Chinese, the field precedes terms of which not all have a known Chinese name.
    """
    if lang != "zh":
        name = ", ".join(terms) if terms else field_name(field, lang)
        return name[:1].upper() + name[1:]
    if not terms:
        return field_name(field, lang)
    translated = [in_chinese(term) for term in terms]
    shown = [chinese or term for chinese, term in zip(translated, terms, strict=True)]
    if all(translated):
        return message_text(Message.of("brief.theme", terms=shown), lang)
    theme = Message.of("brief.theme_of_field", field=field_name(field, lang), terms=shown)
    return message_text(theme, lang)


def framed_extract(extract: str, field: str, lang: str) -> str:
    """Return an extract as a sentence of the brief: as it is, or quoted in a Chinese frame."""
    if lang != "zh" or _is_chinese(extract):
        return extract
    frame = (
        Message.of("brief.quoted_of_field", field=field_name(field, lang), extract=extract)
        if field
        else Message.of("brief.quoted", extract=extract)
    )
    return message_text(frame, lang)


def framed_bridge(
    terms: Sequence[str], extracts: tuple[str, str], fields: tuple[str, str], lang: str
) -> str:
    """Return a sentence that quotes two works of different fields and names what they share."""
    names = [field_name(field, lang) for field in fields]
    first, second = extracts
    shown: str | list[str] = [in_chinese(term) or term for term in terms]
    if lang != "zh":
        # An English sentence begins with the terms, and has one full stop of its own.
        shown, names = _listed(terms), [_lower(name) for name in names]
        first, second = first.rstrip("."), second.rstrip(".")
    frame = Message.of(
        "brief.bridge",
        terms=shown,
        first_field=names[0],
        first=first,
        second_field=names[1],
        second=second,
    )
    return message_text(frame, lang)


def plain_bridge(terms: Sequence[str], lang: str) -> str:
    """Return the shortest sentence that joins two works: what they share."""
    shown = list(terms) if lang == "zh" else _listed(terms, capital=False)
    return message_text(Message.of("brief.plain_bridge", terms=shown), lang)


def _listed(terms: Sequence[str], *, capital: bool = True) -> str:
    text = terms[0] if len(terms) == 1 else f"{', '.join(terms[:-1])} and {terms[-1]}"
    return text[:1].upper() + text[1:] if capital else text


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _is_chinese(text: str) -> bool:
    return sum("\u3400" <= ch <= "\u9fff" for ch in text) > 0.2 * len(text)


def text_lang(text: str) -> str:
    """Return the language of a text as far as its script tells: `zh` or `en`."""
    return "zh" if _is_chinese(text) else "en"
