"""Messages: every code the source reports has a whole text in each language, with its parameters.

The codes are collected from the source itself, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from academichub import i18n
from academichub.errors import FAILURES, HubError, SourceError, reason_of
from academichub.i18n.message_text import is_known, message_text, messages_text
from academichub.messages import PLAIN, Message, plain

SOURCE = Path(i18n.__file__).parents[1]
PLACEHOLDER = re.compile(r"%\((\w+)\)[.\d]*[srdfg]")
HAN = re.compile(r"[\u4e00-\u9fff]")

SAME_IN_CHINESE = {
    "source.arxiv_oai", "source.arxiv_query", "source.crossref", "source.bibtex", "source.ris",
    "source.csl_json", "source.jsonl", "doctor_part.sqlite",
}  # fmt: skip
"""Codes whose text has no word but names."""

NAMES = (
    "academichub gather", "academichub run", "academichub engine --retry",
    "academichub user password", "academichub radar show", "academichub restore", "AcademicHub",
    "arXivRaw", "arXiv", "OAI-PMH", "OAI", "API", "Crossref", "PubMed", "HTTP", "https", "http",
    "POST", "XML", "HTML", "JSON Feed", "JSON lines", "JSON", "CSL-JSON", "RSS", "OPML", "DOI", "ORCID", "RDF", "body", "opml",
    "ISSN", "MiB", "UTF-8", "U+FFFD", "GB 18030", "Windows-1252", "doctype", "channel", "status", "message",
    "version", "items", "Date", "responseDate", "BibTeX", "RIS", "5xx", "nextlat", "Linux",
    "macOS", "make env", "pip install 'nextlat[serve]'", "UTC", "choice", "Python", "xmlUrl", "ER",
    "YYYY-MM-DD", "HH:MM", "TOML", "SQLite", "PostgreSQL", "pip install 'psycopg[binary]'",
    "min_interval_s", "ACADEMICHUB_HOME", "MB", "FTS5", "Debian", "conda-forge",
)  # fmt: skip
"""Names that stay in Latin letters in Chinese: programs, protocols, formats, fields, commands."""

EXAMPLES = (
    "cs.LG", "math", "world models", "Europe/Berlin", "Asia/Shanghai", "md", "html", "json",
    "bib", "en", "zh", "zh-CN", "cs.AI", "true", "false", "sqlite", "postgresql",
    "sqlite:////path/hub.sqlite3", "postgresql+psycopg://name:password@host:5432/database",
)  # fmt: skip
"""What a reader is told to type, letter by letter."""


@dataclass(frozen=True)
class Report:
    """A call that makes a message: its code or the beginning of it; its parameters if spelt out."""

    code: str
    is_prefix: bool
    params: frozenset[str] | None
    place: str


def reports(folder: str = "") -> Iterator[Report]:
    """Yield every `Message.of(...)` in the source below a folder."""
    for path in sorted((SOURCE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in (
                "Message.of",
                "cls.of",
            ):
                continue
            place = f"{path.relative_to(SOURCE)}:{node.lineno}"
            names = [keyword.arg for keyword in node.keywords]
            params = None if None in names else frozenset(name for name in names if name)
            yield from codes_of(node.args[0], params, place)


def codes_of(code: ast.expr, params: frozenset[str] | None, place: str) -> Iterator[Report]:
    if isinstance(code, ast.Constant):
        yield Report(str(code.value), False, params, place)
    elif isinstance(code, ast.IfExp):
        yield from codes_of(code.body, params, place)
        yield from codes_of(code.orelse, params, place)
    elif isinstance(code, ast.JoinedStr) and isinstance(code.values[0], ast.Constant):
        yield Report(str(code.values[0].value), True, params, place)
    else:
        raise AssertionError(f"{place}: write the code, or its beginning, as a literal")


def catalogue(name: str) -> Catalog:
    return read_po(io.BytesIO((SOURCE / "i18n" / name).read_bytes()))


def texts(name: str) -> dict[str, tuple[str, ...]]:
    """Return code -> texts (one a plural form) of a catalogue."""
    return {
        (entry.id[0] if isinstance(entry.id, tuple) else entry.id): (
            (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
        )
        for entry in catalogue(name)
        if entry.id
    }


ENGLISH, CHINESE = texts("messages_en.po"), texts("messages_zh_CN.po")
REPORTS = list(reports())


def params_of(code: str) -> frozenset[str]:
    return frozenset(name for text in ENGLISH[code] for name in PLACEHOLDER.findall(text))


def filled(code: str, lang: str) -> str:
    """Return the text of a code in a language, with digits for every parameter."""
    return message_text(Message.of(code, **dict.fromkeys(params_of(code), 21)), lang)


def left_in_english(text: str) -> list[str]:
    """Return the Latin words of a text that are neither names nor settings (`llm.base_url`)."""
    for name in sorted((*NAMES, *EXAMPLES), key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", " ", text)
    text = re.sub(r"\b[a-z]+(?:\.[a-z_]+)+\b|/[a-z]\w+\b|“[a-z]+”", " ", text)
    return re.findall(r"[A-Za-z]{2,}", text)


def test_a_word_left_in_english_is_noticed() -> None:
    assert left_in_english("请设置 llm.base_url，再运行 academichub gather") == []
    assert left_in_english("the cited work 没有数字 21") == ["the", "cited", "work"]
    assert left_in_english("该句的 sentence 太长") == ["sentence"]


def test_both_languages_have_the_same_codes() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    assert not [
        entry.id
        for name in ("messages_en.po", "messages_zh_CN.po")
        for entry in catalogue(name)
        if entry.fuzzy
    ]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: f"{report.code} {report.place}")
def test_what_the_source_reports_is_in_the_catalogue_with_its_parameters(report: Report) -> None:
    codes = (
        [code for code in ENGLISH if code.startswith(report.code)]
        if report.is_prefix
        else [report.code]
    )
    assert codes and all(code in ENGLISH for code in codes), report.place
    if report.params is not None and report.code != PLAIN:
        fitting = [code for code in codes if params_of(code) <= report.params]
        assert fitting == codes or report.is_prefix, report.place
        used = frozenset().union(*(params_of(code) for code in codes))
        assert report.params <= used, f"{report.place} gives a parameter that no text shows"


def test_no_code_is_left_over() -> None:
    whole = {report.code for report in REPORTS if not report.is_prefix}
    prefixes = tuple(report.code for report in REPORTS if report.is_prefix)
    of_i18n = {"list.comma", "list.sentence"}
    assert {
        code for code in ENGLISH if code not in whole | of_i18n and not code.startswith(prefixes)
    } == set()


@pytest.mark.parametrize("code", sorted(ENGLISH.keys() - {"list.comma", "list.sentence"}))
def test_a_code_comes_out_whole_in_both_languages(code: str) -> None:
    for text in ENGLISH[code]:
        assert text.strip() == text, code
        assert not HAN.search(text), code
    for text in CHINESE[code]:
        assert text.strip() == text, code
        assert frozenset(PLACEHOLDER.findall(text)) == params_of(code) - {"count"} | (
            {"count"} if "%(count)" in text else frozenset()
        ), code
    assert "%(" not in filled(code, "en") + filled(code, "zh-CN")
    chinese = filled(code, "zh-CN")
    has_words = re.search(r"[A-Za-z]{2}", re.sub(r"%\(\w+\)[.\d]*[srdfg]", "", ENGLISH[code][0]))
    if has_words and code not in SAME_IN_CHINESE:
        assert HAN.search(chinese), chinese
    assert left_in_english(chinese) == [], chinese


def test_counted_messages_have_the_plural_forms_of_their_language() -> None:
    for code, forms in ENGLISH.items():
        assert len(CHINESE[code]) == 1
        assert len(forms) == (2 if isinstance(catalogue("messages_en.po")[code].id, tuple) else 1)
    new = [message_text(Message.of("gather.new_works", count=count)) for count in (0, 1, 2)]
    assert new == ["0 new works.", "1 new work.", "2 new works."]
    assert message_text(Message.of("gather.new_works", count=1), "zh") == "新增 1 篇文献。"


def test_messages_within_messages_and_lists_are_put_into_words() -> None:
    failed = Message.of(
        "gather.source_state", source=Message.of("source.feed"), state=Message.of("state.partial")
    )
    summary = Message.of(
        "gather.with_problems",
        summary=Message.of("gather.new_works", count=3),
        sources=[failed, failed],
    )
    assert message_text(summary) == "3 new works. Problems: Feeds partial; Feeds partial."
    assert message_text(summary, "zh-CN") == (
        "新增 3 篇文献。出现问题的来源：订阅源（不完整）；订阅源（不完整）。"
    )
    words = Message.of("why.words", words=["tidal", "loops"])
    assert message_text(words, "en").endswith("tidal, loops")
    assert message_text(words, "zh").endswith("tidal、loops")
    assert messages_text([plain("a"), plain("b")], "zh") == "a；b"


def test_an_unknown_code_or_another_versions_parameters_stay_readable() -> None:
    assert message_text(Message.of("not.yet", day="2026-06-24")) == "not.yet (day 2026-06-24)"
    assert message_text(Message.of("ledger.asked_changed_since")) == "ledger.asked_changed_since"
    assert message_text(plain("100% of %(what)s"), "zh-CN") == "100% of %(what)s"
    assert not is_known("not.yet")


def test_errors_carry_their_message_and_read_as_english() -> None:
    problem = SourceError("timeout", Message.of("http.no_answer", url="https://a.invalid"))
    assert (problem.code, dict(problem.params)) == ("http.no_answer", {"url": "https://a.invalid"})
    assert str(problem) == "https://a.invalid did not answer in time"
    assert message_text(reason_of(problem), "zh") == "https://a.invalid 没有及时应答"
    assert HubError("as it is").message == plain("as it is")
    assert reason_of(ValueError("a\n b")) == plain("a b")
    assert reason_of(KeyError()) == plain("KeyError")


GATHERING = ("gathering", "http", "sources", "facts", "library")
"""Folders whose messages a gather can store."""

WITHOUT_BARE_TEXT = (*GATHERING, "formats")
"""Folders that report in messages only: what a gather stores, and what an import skips."""


def test_everything_a_gather_can_store_is_chinese_on_a_chinese_page() -> None:
    """No failure, remark or note is a bare English text: all have codes, all codes their Chinese."""
    codes = {
        report.code for folder in GATHERING for report in reports(folder) if not report.is_prefix
    }
    assert len(codes) > 120
    assert {code for code in codes if not is_known(code, "zh-CN")} == set()


REPORTING = (
    "SourceError", "BadTokenError", "EntryError", ".note", ".fail", "CancelledError", "Skipped",
    "BadLineError",
)  # fmt: skip
"""Endings of the calls that report to a reader."""


def bare_texts(tree: ast.AST) -> list[int]:
    """Return the lines on which a call reports a bare English text."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(REPORTING)
        for argument in node.args
        if isinstance(argument, ast.JoinedStr)
        or (isinstance(argument, ast.Constant) and " " in str(argument.value))
    ]


@pytest.mark.parametrize("folder", WITHOUT_BARE_TEXT)
def test_no_report_of_a_folder_is_a_bare_text(folder: str) -> None:
    paths = sorted((SOURCE / folder).rglob("*.py"))
    assert paths
    for path in paths:
        assert not bare_texts(ast.parse(path.read_text("utf-8"))), path.relative_to(SOURCE)


def test_a_bare_text_is_noticed() -> None:
    assert bare_texts(ast.parse('Skipped(position, "no title")')) == [1]
    assert bare_texts(ast.parse('raise BadLineError(f"{name!r} must be text")')) == [1]
    assert bare_texts(ast.parse('Skipped(position, Message.of("skipped.no_title"))')) == []


def test_every_failure_of_the_taxonomy_that_ends_a_host_has_its_words() -> None:
    assert all(is_known(f"failure.{failure}", "zh") for failure in FAILURES)


READS_CHINESE = {
    "briefs/chinese_terms.py", "checker/number_check.py", "checker/quantities.py",
    "checker/unit_table.py", "facts/catalogue/__init__.py", "facts/terms.py", "formats/conventions.py",
    "i18n/__init__.py", "index/query_syntax.py", "radar/batches.py", "radar/wordings.py", "sources/dates.py",
    "sources/feeds/author_lists.py", "sources/feeds/records.py", "sources/titles.py",
    "text/markup.py", "web/pages/search/view.py", "writer/wording_check.py",
}  # fmt: skip
"""Modules that read Chinese texts or queries, or name a language by its own name."""


def test_the_program_speaks_chinese_from_the_catalogues_only() -> None:
    speaking = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if HAN.search(path.read_text("utf-8"))
    }
    assert speaking == READS_CHINESE
