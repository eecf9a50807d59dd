"""The words of our own around extracts, in English and Chinese: frames, notes, headings. Pure, no IO."""

from __future__ import annotations

from collections.abc import Sequence

from academichub.briefs.chinese_terms import in_chinese
from academichub.works.fields import field_name

_NOTES = {
    "widened": (
        "Few works were announced on {asked}; this brief covers {first} to {last}.",
        "{asked} 发布的论文很少，本简报涵盖 {first} 至 {last}。",
    ),
    "earlier": (
        "Nothing was announced in the days asked for; this brief covers {first} to {last}.",
        "所选日期内没有发布论文，本简报涵盖 {first} 至 {last}。",
    ),
    "shelf": (
        "Written over the starter shelf's notes, until the first gather brings abstracts.",
        "本简报基于入门书架的简短说明；首次采集后将改用摘要。",
    ),
    "one_field": (
        "All works of these days are of one field, so there are no bridges.",
        "这些日期的论文都属于同一领域，因此没有跨领域联系。",
    ),
}
LABELS = {
    "brief": ("Brief", "简报"),
    "bridges": ("Where fields meet", "跨领域联系"),
    "references": ("References", "参考文献"),
    "shared": ("Shared terms", "共同术语"),
    "extractive": (
        "Every sentence is taken from the abstract it cites, and was checked against it. No language model was used.",
        "每句话均摘自所引论文的摘要，并已逐句核对。未使用语言模型。",
    ),
    "written": (
        "Sentences marked † were written by {model} from the works they cite and passed every check; the others are "
        "taken from the abstracts.",
        "标有 † 的句子由 {model} 依据所引论文写成，并通过全部核对；其余摘自摘要。",
    ),
    "elsewhere": ("Elsewhere", "其他领域"),
}


def note(name: str, lang: str, **values: str) -> str:
    """Return a note on the brief in a language."""
    return _NOTES[name][lang == "zh"].format(**values)


def label(name: str, lang: str) -> str:
    """Return a heading or fixed sentence in a language."""
    return LABELS[name][lang == "zh"]


def theme_name(terms: Sequence[str], field: str, lang: str) -> str:
    """Return the name of a theme: its terms; in Chinese with the field before those no Chinese name is known for."""
    if lang != "zh":
        name = ", ".join(terms) if terms else field_name(field, lang)
        return name[:1].upper() + name[1:]
    known = [in_chinese(term) for term in terms]
    name = "、".join(chinese or term for chinese, term in zip(known, terms, strict=True))
    return (
        name
        if terms and all(known)
        else f"{field_name(field, lang)}：{name}"
        if name
        else field_name(field, lang)
    )


def framed_extract(extract: str, field: str, lang: str) -> str:
    """Return an extract as a sentence of the brief: as it is, or quoted in a Chinese frame."""
    if lang != "zh" or _is_chinese(extract):
        return extract
    where = f"{field_name(field, lang)}领域" if field else ""
    return f"一项{where}研究写道：“{extract}”"


def framed_bridge(
    terms: Sequence[str], extracts: tuple[str, str], fields: tuple[str, str], lang: str
) -> str:
    """Return the sentence that joins two works of different fields by what they share, quoting both."""
    names = [field_name(one, lang) for one in fields]
    if lang == "zh":
        shown = "、".join(in_chinese(term) or term for term in terms)
        return f"这些研究都涉及 {shown}：{names[0]}一方写道“{extracts[0]}”，{names[1]}一方写道“{extracts[1]}”"
    first, second = (one.rstrip(".") for one in extracts)
    return f"{_listed(terms)} in both fields: in {_lower(names[0])}, “{first}”; in {_lower(names[1])}, “{second}.”"


def plain_bridge(terms: Sequence[str], lang: str) -> str:
    """Return the shortest sentence that joins two works: what they share."""
    if lang == "zh":
        return f"这些研究都涉及 {'、'.join(terms)}。"
    return f"Both works deal with {_listed(terms, capital=False)}."


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
