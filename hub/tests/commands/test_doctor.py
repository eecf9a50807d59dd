"""`doctor`: its findings in both languages, and as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_calls import call

from academichub.commands import doctor
from academichub.i18n.message_text import messages_text
from academichub.messages import messages_from_json
from academichub.store.disk_use import DiskUse


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACADEMICHUB_HOME", str(tmp_path))
    return tmp_path


def test_findings_are_in_the_language_of_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACADEMICHUB_ENGINE__ENABLED", "false")
    english = call("doctor").out
    assert f"ok    data folder: {home}\n" in english
    assert "ok    local engine: switched off: engine.enabled\n" in english
    assert "ok    language model: none in use: briefs are extractive\n" in english
    (home / "academichub.toml").write_text('language = "zh-CN"\n', "utf-8")
    chinese = call("doctor").out
    assert f"正常    数据文件夹: {home}\n" in chinese
    assert "正常    本地引擎: 已关闭：engine.enabled\n" in chinese
    assert "正常    语言模型: 未使用语言模型：简报由摘录组成\n" in chinese


def test_a_wrong_setting_is_named_in_the_language_of_the_settings(home: Path) -> None:
    (home / "academichub.toml").write_text('language = "zh-CN"\n[llm]\nretries = -1\n', "utf-8")
    file = home / "academichub.toml"
    fault = f"{file} 中的 llm.retries 的值是 -1：必须大于或等于 0"
    answer = call("doctor")
    assert answer.code == 1
    assert f"待修    设置: {fault}\n      -> 请改正所指的值，或将其删除\n" in answer.out
    answer = call("radar", "show")
    assert (answer.code, answer.err) == (2, f"academichub: {fault}\n")


@pytest.mark.parametrize("toml", ["language = 5", "language = 'fr'", "not toml", ""])
def test_a_language_that_cannot_be_read_is_english(home: Path, toml: str) -> None:
    (home / "academichub.toml").write_text(toml, "utf-8")
    assert call("doctor").out.startswith("ok    program: academichub ")


def test_the_details_of_a_finding_say_what_its_texts_say(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACADEMICHUB_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    findings = json.loads(call("doctor", "--json").out)["findings"]
    assert [finding["what"] for finding in findings if not finding["ok"]] == ["language model"]
    for finding in findings:
        messages = messages_from_json(finding["details"])
        shown = [messages_text([message]) for message in messages]
        remedy = [finding["remedy"]] if finding["remedy"] else []
        assert shown[len(shown) - len(remedy) :] == remedy
        assert ", ".join(shown[: len(shown) - len(remedy)]) == finding["found"]


def test_disk_use_has_the_parts_of_a_purpose_in_brackets() -> None:
    uses = [
        DiskUse("database", 3_000_000),
        DiskUse("raw entries", 1_000_000, part_of="database"),
        DiskUse("cached answers", 0, part_of="database"),
        DiskUse("embeddings", 500_000, part_of="database"),
        DiskUse("notes", 250_000),
        DiskUse("empty", 0),
    ]
    finding = doctor.Finding("disk_use", True, tuple(doctor._uses(uses)))
    assert finding.words() == (
        "disk use",
        "database 3.0 MB (raw entries 1.0 MB, embeddings 0.5 MB), notes 0.2 MB",
        "",
    )
    assert finding.words("zh")[1] == (
        "数据库 占用 3.0 MB（原始条目 占用 1.0 MB，嵌入向量 占用 0.5 MB）、notes 占用 0.2 MB"
    )
    assert doctor.Finding("disk_use", True, tuple(doctor._uses([]))).words()[1] == "nothing yet"
