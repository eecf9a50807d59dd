"""`academichub import` and `export`, as outsiders call them: JSON on stdout alone, exit codes, whole files or none."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academichub.cli import main
from academichub.hub import open_hub
from academichub.library.follows import followed_feeds

GOLDEN = Path(__file__).resolve().parents[1] / "golden"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(one) for one in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def imported(run: Run, *arguments: str | Path) -> dict[str, Any]:
    code, out, _ = run("import", *arguments, "--json")
    assert code == 0
    report: dict[str, Any] = json.loads(out)
    assert report["read"] == report["added"] + report["merged"] + len(report["skipped"])
    return report


@pytest.mark.parametrize(
    ("path", "read", "added", "skipped"),
    [
        ("bibtex/by_hand.bib", 9, 7, 2),
        ("ris/mixed.ris", 5, 4, 1),
        ("csl_json/zotero.json", 7, 5, 2),
        ("jsonl/both.jsonl", 11, 5, 6),
        ("opml/nested.opml", 6, 3, 3),
    ],
)
def test_each_format_is_taken_once(
    run: Run, tmp_path: Path, path: str, read: int, added: int, skipped: int
) -> None:
    first = imported(run, GOLDEN / path)
    assert (first["read"], first["added"], len(first["skipped"])) == (read, added, skipped)
    packed = tmp_path / f"{Path(path).name}.gz"
    packed.write_bytes(gzip.compress((GOLDEN / path).read_bytes()))
    again = imported(run, packed)
    assert (again["read"], again["added"], again["merged"]) == (read, 0, added)
    assert again["skipped"] == first["skipped"]


def test_opml_is_followed_and_standard_input_is_read(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO((GOLDEN / "opml/nested.opml").read_bytes())

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert imported(run, "-")["added"] == 3
    followed = followed_feeds(open_hub().database)
    assert {(one.url, one.origin) for one in followed} == {
        ("https://example.org/jim?type=toc&feed=rss", "opml"),
        ("http://example.org/ice.xml", "opml"),
        ("https://example.org/zh.xml", "opml"),
    }


def test_an_address_with_a_password_is_not_kept(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "secret.opml"
    file.write_text(
        '<opml><body><outline text="S" xmlUrl="https://me:secret@example.org/"/></body></opml>'
    )
    report = imported(run, file)
    assert (report["added"], report["skipped"][0]["where"]) == (0, "S")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("library.rdf", b"<rdf:RDF/>", "is RDF"),
        ("notes.txt", b"nothing of use", "accepted are BibTeX (.bib)"),
        ("empty.bin", b"", "accepted are BibTeX (.bib)"),
        ("notes.bib", b"nothing of use", "notes.bib holds nothing of BibTeX"),
        (
            "cut.jsonl.gz",
            gzip.compress(b'{"id": "2601.00001", "title": "T"}\n' * 999)[:-20],
            "damaged or cut off",
        ),
        ("odd.json", b"{]", "not CSL-JSON"),
        (".", b"", "cannot be read"),
        ("absent.bib", None, "cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_a_stated_failure(
    run: Run, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content:
        (tmp_path / name).write_bytes(content)
    elif name == "empty.bin":
        (tmp_path / name).touch()
    code, out, err = run("import", tmp_path / name, "--json")
    assert (code, out) == (1, "")
    assert message in err
    assert "Traceback" not in err


def test_a_wrong_format_is_said_and_an_empty_library_is_none_the_worse(
    run: Run, tmp_path: Path
) -> None:
    code, out, err = run("import", GOLDEN / "bibtex/by_hand.bib", "--format", "ris", "--json")
    assert (code, out) == (1, "")
    assert "by_hand.bib holds nothing of RIS; say what it is with --format" in err
    for name, content in (("empty.bib", ""), ("blank.jsonl", "\n \n"), ("none.json", "[]")):
        (tmp_path / name).write_text(content)
        assert imported(run, tmp_path / name) == {"read": 0, "added": 0, "merged": 0, "skipped": []}


def test_the_format_can_be_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "library.txt"
    file.write_bytes((GOLDEN / "ris/mixed.ris").read_bytes())
    assert imported(run, file, "--format", "ris")["added"] == 4
    assert run("import", file, "--format", "word")[0] == 2


def test_the_report_gives_reasons_as_text_and_as_data(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "library.bib"
    title = "T" * 2001
    file.write_text(f"@article{{a, year = 2026}}\n@book{{b, title = {{{title}}}}}\n@string{{c = ")
    report = imported(run, file)
    assert report["skipped"] == [
        {
            "where": "line 1 (@article a)",
            "why": "no title",
            "details": [{"code": "skipped.no_title", "params": {}}],
        }
    ]
    cut, unclosed = sorted(report["warnings"], key=lambda warning: str(warning["where"]))
    assert cut == {
        "where": "line 2 (@book b)",
        "why": "title of 2001 characters cut to 2000",
        "details": [{"code": "skipped.title_cut", "params": {"length": 2001, "limit": 2000}}],
    }
    assert unclosed == {
        "where": "line 3",
        "why": "@string not closed: the file ends inside it",
        "details": [{"code": "skipped.file_ends_inside", "params": {"block": "@string"}}],
    }


def test_without_json_the_report_is_in_words(run: Run) -> None:
    code, out, err = run("import", GOLDEN / "ris/mixed.ris")
    assert (code, out) == (0, "5 read, 4 added, 0 merged, 1 skipped\n")
    assert "skipped: line 34: no title (type JOUR)" in err


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json", "jsonl"])
def test_export_goes_to_a_file_or_to_standard_output(run: Run, tmp_path: Path, form: str) -> None:
    imported(run, GOLDEN / "jsonl/both.jsonl")
    out = tmp_path / "works.out"
    assert run("export", "works", "--format", form, "--out", out)[:2] == (0, "")
    code, printed, _ = run("export", "works", "--format", form)
    assert code == 0
    assert printed.encode() == out.read_bytes()
    assert "卵石".encode() not in out.read_bytes()
    assert "王小明" in printed
    assert [path.name for path in tmp_path.iterdir()] == ["works.out"]


def test_our_export_imported_elsewhere_exports_the_same_lines(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("jsonl/both.jsonl", "bibtex/by_hand.bib", "csl_json/zotero.json"):
        imported(run, GOLDEN / path)
    first = tmp_path / "first.jsonl"
    run("export", "works", "--format", "jsonl", "--out", first)
    monkeypatch.setenv("ACADEMICHUB_HOME", str(tmp_path / "elsewhere"))
    assert imported(run, first)["skipped"] == []
    _, again, _ = run("export", "works", "--format", "jsonl")
    assert sorted(again.splitlines()) == sorted(first.read_text("utf-8").splitlines())


def test_a_failed_export_leaves_the_older_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(run, GOLDEN / "ris/mixed.ris")
    out = tmp_path / "works.ris"
    out.write_text("older")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, _, err = run("export", "works", "--format", "ris", "--out", out)
    assert code == 1
    assert "No space left" in err
    assert [path.name for path in tmp_path.iterdir()] == ["works.ris"]
    assert out.read_text() == "older"
    assert run("export", "works", "--format", "ris", "--out", tmp_path / "absent" / "x.ris")[0] == 1
