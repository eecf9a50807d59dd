"""A brief as Markdown, as one self-contained HTML file, as BibTeX, and as plain text. Pure, no IO.

Titles and abstracts are untrusted. Their LaTeX was made readable where they were read
(evidence.py), and what is left of it is never run; HTML is escaped; in Markdown every character
that could begin markup, a link, an image or HTML is escaped, so that nothing in a text can act.
Only http and https addresses become links. The HTML file loads nothing, and its policy forbids
everything but its own style.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, urlsplit

from academichub.briefs.brief import Brief, CitedWork, Sentence, readable_brief
from academichub.briefs.frames import label
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.text.characters import storable

_STYLE = """
:root{color-scheme:light dark;--ink:#1d1f23;--soft:#5b616b;--line:#d9dce1;--paper:#fdfdfc;
--accent:#1f5fa8}
@media(prefers-color-scheme:dark){:root{--ink:#e6e7ea;--soft:#a2a8b3;--line:#3a3f48;--paper:#16181c;
--accent:#8ab8ee}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:18px/1.7 Georgia,"Songti SC","SimSun",serif}
main{max-width:44rem;margin:0 auto;padding:3rem 1.25rem 5rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.3rem;margin:2.5rem 0 .5rem;line-height:1.3}p{margin:.6rem 0}
.lede,.notes,.terms,.where{color:var(--soft);font-size:.9rem}
a{color:var(--accent)}
.cite{font-size:.75em;vertical-align:.25em;text-decoration:none;padding:0 .1em}
ol{padding-left:2.2rem}li{margin:.5rem 0}
.bridge{border-left:3px solid var(--line);padding-left:1rem;margin:1.2rem 0}
@media print{body{font-size:11pt}a{color:inherit}}
""".strip()

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$&:@=^\"'/])")


def readable(text: str) -> str:
    """Return untrusted text for a reader.

    Control and direction marks are removed, and white space is folded.
    """
    return " ".join(_CONTROL.sub("", text).split())


def safe_url(url: str) -> str:
    """Return an http or https address, unsafe characters percent-encoded, else an empty text."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc or _CONTROL.search(url):
        return ""
    return quote(storable(url.strip()), safe="/:?&=%#@+,;~.-_!")


def _lede(brief: Brief) -> str:
    """Return the sentence that says who wrote the brief."""
    if brief.model is None:
        return label("extractive", brief.lang)
    return message_text(Message.of("brief_label.written", model=readable(brief.model)), brief.lang)


def _mark(sentence: Sentence) -> str:
    """Return the mark of a sentence that a model wrote."""
    return "†" if sentence.origin == "model" else ""


# ---- HTML ----------------------------------------------------------------------------------------


def render_html(brief: Brief) -> str:
    """Return a brief as one HTML file that needs nothing else."""
    lang = "zh-CN" if brief.lang == "zh" else "en"
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = escape(f"{label('brief', brief.lang)} {brief.date}")
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n{render_fragment(brief)}</main>\n</body>\n</html>\n"
    )


def render_fragment(brief: Brief) -> str:
    """Return the body of a brief as HTML, for a page with a head of its own.

    Each `[n]` links to `#ref-n`.
    """
    brief = readable_brief(brief)
    parts = [f'<p class="lede">{escape(_lede(brief))}</p>\n']
    parts += [
        f'<p class="notes">{escape(message_text(note, brief.lang))}</p>\n' for note in brief.notes
    ]
    for section in brief.sections:
        html = " ".join(_html_sentence(sentence) for sentence in section.sentences)
        parts.append(
            f"<section>\n<h2>{escape(readable(section.theme))}</h2>\n<p>{html}</p>\n</section>\n"
        )
    if brief.bridges:
        parts.append(f"<section>\n<h2>{escape(label('bridges', brief.lang))}</h2>\n")
        for bridge in brief.bridges:
            terms = escape(", ".join(readable(term) for term in bridge.terms))
            shared = escape(label("shared", brief.lang))
            html = _html_sentence(bridge.sentence)
            parts.append(
                f'<div class="bridge"><p>{html}</p><p class="terms">{shared}: {terms}</p></div>\n'
            )
        parts.append("</section>\n")
    parts.append(f"<section>\n<h2>{escape(label('references', brief.lang))}</h2>\n<ol>\n")
    parts += [_html_item(work) for work in brief.evidence]
    return "".join([*parts, "</ol>\n</section>\n"])


def _html_sentence(sentence: Sentence) -> str:
    marks = "".join(f' <a class="cite" href="#ref-{n}">[{n}]</a>' for n in sentence.citations)
    span = f'<span lang="{escape(sentence.extract_lang)}">{escape(readable(sentence.text))}</span>'
    return f"{span}{_mark(sentence)}{marks}"


def _html_item(work: CitedWork) -> str:
    title, url = escape(readable(work.title)), safe_url(work.url)
    linked = f'<a href="{escape(url)}" rel="noreferrer">{title}</a>' if url else title
    where = escape(
        " · ".join(readable(part) for part in (_names(work.authors), work.label) if part)
    )
    reference = f'{linked}<br><span class="where">{where}</span>'
    return f'<li id="ref-{work.n}" value="{work.n}">{reference}</li>\n'


def _names(authors: tuple[str, ...]) -> str:
    return ", ".join(authors[:3]) + (f" (+{len(authors) - 3})" if len(authors) > 3 else "")


# ---- Markdown and plain text ---------------------------------------------------------------------


def markdown_text(text: str) -> str:
    """Return untrusted text as Markdown that shows it and does nothing else."""
    return _MARKDOWN.sub(r"\\\1", readable(text))


def render_markdown(brief: Brief) -> str:
    """Return a brief as Markdown."""
    brief = readable_brief(brief)
    lines = [f"# {label('brief', brief.lang)} {brief.date}", ""]
    lines += [
        f"*{label('extractive', brief.lang)}*"
        if brief.model is None
        else markdown_text(_lede(brief)),
        "",
    ]
    for note in brief.notes:
        lines += [markdown_text(message_text(note, brief.lang)), ""]
    for section in brief.sections:
        lines += [f"## {markdown_text(section.theme)}", ""]
        lines += [" ".join(_markdown_sentence(sentence) for sentence in section.sentences), ""]
    if brief.bridges:
        lines += [f"## {label('bridges', brief.lang)}", ""]
        for bridge in brief.bridges:
            terms = ", ".join(markdown_text(term) for term in bridge.terms)
            lines += [
                f"- {_markdown_sentence(bridge.sentence)}  ",
                f"  {label('shared', brief.lang)}: {terms}",
            ]
        lines.append("")
    lines += [f"## {label('references', brief.lang)}", ""]
    lines += [_markdown_item(work) for work in brief.evidence]
    return "\n".join(lines) + "\n"


def _markdown_sentence(sentence: Sentence) -> str:
    return (
        markdown_text(sentence.text)
        + _mark(sentence)
        + "".join(f" \\[{n}\\]" for n in sentence.citations)
    )


def _markdown_item(work: CitedWork) -> str:
    url = safe_url(work.url)
    title = markdown_text(work.title)
    linked = f"[{title}](<{url}>)" if url else title
    tail = ". ".join(markdown_text(part) for part in (_names(work.authors), work.label) if part)
    return f"{work.n}. {linked}. {tail}"


def render_text(brief: Brief) -> str:
    """Return a brief as plain text for a terminal."""
    brief = readable_brief(brief)
    lines = [f"{label('brief', brief.lang)} {brief.date}"]
    lines += [readable(message_text(note, brief.lang)) for note in brief.notes]
    lines += [*([_lede(brief)] if brief.model is not None else []), ""]
    for section in brief.sections:
        lines += [
            readable(section.theme).upper(),
            *(_text_sentence(sentence) for sentence in section.sentences),
            "",
        ]
    if brief.bridges:
        lines += [
            label("bridges", brief.lang).upper(),
            *(_text_sentence(bridge.sentence) for bridge in brief.bridges),
            "",
        ]
    lines += [label("references", brief.lang).upper()]
    lines += [
        f"[{work.n}] {readable(work.title)}. {readable(work.label)}. {safe_url(work.url)}"
        for work in brief.evidence
    ]
    return "\n".join(lines) + "\n"


def _text_sentence(sentence: Sentence) -> str:
    citations = "".join(f"[{n}]" for n in sentence.citations)
    return f"  {readable(sentence.text)}{_mark(sentence)} {citations}"


# ---- BibTeX --------------------------------------------------------------------------------------

_BIBTEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def render_bibtex(brief: Brief) -> str:
    """Return the works of a brief as BibTeX; the citation key is the number and the work's key."""
    return "\n".join(_bibtex_entry(work) for work in readable_brief(brief).evidence)


def _bibtex_entry(work: CitedWork) -> str:
    name = re.sub(r"[^A-Za-z0-9:.-]", "-", work.key)
    fields: Iterable[tuple[str, str]] = (
        ("title", f"{{{_bibtex_text(work.title)}}}"),
        ("author", " and ".join(f"{{{_bibtex_text(author)}}}" for author in work.authors)),
        ("year", work.date[:4] if work.date[:4].isdigit() else ""),
        ("url", safe_url(work.url).replace("%", r"\%")),
        ("note", _bibtex_text(work.label)),
    )
    body = ",\n".join(f"  {key} = {{{value}}}" for key, value in fields if value)
    return f"@misc{{{name},\n{body}\n}}\n"


def _bibtex_text(text: str) -> str:
    return "".join(_BIBTEX.get(ch, ch) for ch in readable(text))


RENDERERS = {
    "text": render_text,
    "markdown": render_markdown,
    "html": render_html,
    "bibtex": render_bibtex,
}
"""Format -> renderer; JSON is `Brief.document`."""
