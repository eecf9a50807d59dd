"""The commands `brief` and `check` as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from invented_evidence import WORKS
from invented_window import window_records
from made_writers import honest
from model_server import ModelServer, status

from academichub.commands import check as check_module
from academichub.commands.brief import brief
from academichub.commands.check import check
from academichub.commands.doctor import doctor
from academichub.hub import open_hub

EVIDENCE = [{"n": one.n, "title": one.title, "abstract": one.abstract} for one in WORKS.values()]


def asked(sentence: str, citations: list[int]) -> str:
    return json.dumps(
        {"sentence": sentence, "citations": citations, "evidence": EVIDENCE, "lang": "en"}
    )


def answers(text: str | bytes) -> list[dict[str, object]]:
    result = CliRunner().invoke(check, input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def reason(answer: dict[str, object]) -> str:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    return str(reasons[0])


def test_one_answer_a_line_in_order() -> None:
    lines = [
        asked("QuillNet reads up to 64,000 tokens with linear memory.", [1]),
        "not json",
        asked("QuillNet reads up to 46,000 tokens with linear memory.", [1]),
        "",
        "[1, 2]",
        asked("QuillNet reads up to 64,000 tokens with linear memory.", [99]),
    ]
    found = answers("\n".join(lines) + "\n")
    assert [one["ok"] for one in found] == [True, False, False, False, False, False]
    assert all({"ok", "score", "checks", "reasons"} <= set(one) for one in found)
    assert reason(found[1]).startswith("line 2: not JSON")
    assert reason(found[4]) == "line 5: not a JSON object"
    assert found[5]["checks"]["citation_resolves"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    "body",
    [
        {"citations": [1], "evidence": []},
        {"sentence": 3, "citations": [1], "evidence": []},
        {"sentence": "x", "citations": "1", "evidence": []},
        {"sentence": "x", "citations": [True], "evidence": []},
        {"sentence": "x", "citations": [1], "evidence": {}},
        {"sentence": "x", "citations": [1], "evidence": [{"title": "t"}]},
        {"sentence": "x", "citations": [1], "evidence": [{"n": 1, "title": 5, "abstract": "a"}]},
        {"sentence": "x", "citations": [1], "evidence": [], "lang": 1},
    ],
)
def test_line_of_another_shape_is_answered_with_its_fault(body: dict[str, object]) -> None:
    found = answers(json.dumps(body))
    assert found[0]["ok"] is False
    assert reason(found[0]).startswith("line 1: ")


def test_missing_abstract_and_half_surrogates_are_read() -> None:
    body = {
        "sentence": "RavenNet \ud800 reads",
        "citations": [1],
        "evidence": [{"n": 1, "title": "QuillNet", "abstract": None}],
    }
    assert answers(json.dumps(body))[0]["ok"] is False


def test_a_line_over_the_limit_is_refused_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = asked("QuillNet reads up to 64,000 tokens with linear memory.", [1])
    monkeypatch.setattr(check_module, "MAX_LINE_BYTES", len(good) + 10)
    found = answers("x" * 50_000 + "\n" + good + "\n")
    assert [one["ok"] for one in found] == [False, True]
    assert "longer than" in reason(found[0])


def test_no_input_no_output() -> None:
    assert answers("") == []


def test_brief_prints_json_and_keeps_the_brief() -> None:
    hub = open_hub()
    hub.library.add(window_records())
    hub.close()
    result = CliRunner().invoke(brief, ["--json", "--no-model", "--lang", "zh"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["lang"] == "zh"
    assert document["model"] is None
    assert len(document["sections"]) >= 3


@pytest.mark.parametrize(
    ("form", "start"), [("html", "<!doctype html>"), ("markdown", "# Brief"), ("bibtex", "@misc{")]
)
def test_brief_writes_files(tmp_path: Path, form: str, start: str) -> None:
    target = tmp_path / "out"
    result = CliRunner().invoke(brief, ["--format", form, "--out", str(target)])
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert target.read_text(encoding="utf-8").startswith(start)


def run_brief(*arguments: str) -> Any:
    return CliRunner().invoke(brief, [*arguments, "--json"])


def test_a_model_writes_the_brief_and_the_report_goes_to_standard_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = open_hub()
    hub.library.add(window_records())
    hub.close()
    with ModelServer(honest) as server:
        monkeypatch.setenv("ACADEMICHUB_LLM__BASE_URL", server.url)
        found = run_brief()
        assert found.exit_code == 0, found.output
        document = json.loads(found.stdout)
        assert document["model"] == "tiny-135m"
        said = [one for part in document["sections"] for one in part["sentences"]]
        assert {one["origin"] for one in said} == {"model", "extract"}
        assert (
            "rewritten" in found.stderr and "words saved" in found.stderr and "[1/" in found.stderr
        )
        assert json.loads(run_brief("--no-model").stdout)["model"] is None
        server.script = [status(401)] * 99
        monkeypatch.setenv("ACADEMICHUB_LLM__MODEL", "another")
        failed = run_brief()
        assert failed.exit_code == 0 and json.loads(failed.stdout)["model"] is None
        assert "the extracts stay" in failed.stderr and "llm.api_key" in failed.stderr


def test_doctor_asks_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer() as server:
        monkeypatch.setenv("ACADEMICHUB_LLM__BASE_URL", server.url)
        assert f"{server.url}: all-minilm-embed, tiny-135m" in CliRunner().invoke(doctor).output
        monkeypatch.setenv("ACADEMICHUB_LLM__MODEL", "absent")
        assert "does not list absent" in CliRunner().invoke(doctor).output
    gone = CliRunner().invoke(doctor)
    assert (
        gone.exit_code == 1
        and "cannot be reached" in gone.output
        and "check llm.base_url" in gone.output
    )


def test_bad_flags_are_usage_errors() -> None:
    assert CliRunner().invoke(brief, ["--lang", "fr"]).exit_code == 2
    assert CliRunner().invoke(brief, ["--days", "0"]).exit_code == 2
