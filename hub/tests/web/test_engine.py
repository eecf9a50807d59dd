"""The local engine on pages, in the API and on the command line; the command that runs it, stopped by a signal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import fake_engine
import pytest
from click.testing import CliRunner
from lxml import html
from model_hub import until
from starlette.testclient import TestClient

from academichub.commands.doctor import doctor
from academichub.commands.engine import engine
from academichub.errors import HubError
from academichub.hub import Hub
from academichub.local_model.state import (
    BUSY,
    EngineState,
    Name,
    log_file,
    read_state,
    take_watch,
    was_asked_again,
    write_state,
)
from academichub.messages import Message, plain

from .conftest import token_of

LANGUAGES = ["en", "zh-CN"]
FAILED = EngineState(
    "failed", "", Message.of("local.given_up", count=5, why=Message.of("local.exit_line", status=3, line="gone")),
    Message.of("local.try_again"),
    5, "http://127.0.0.1:9/v1", "a-secret-key", "2026-11-29T00:00:00+00:00",
)  # fmt: skip


def text(client: TestClient, path: str, lang: str) -> str:
    answer = client.get(path, params={"lang": lang})
    assert answer.status_code == 200 and "a-secret-key" not in answer.text
    return " ".join(html.document_fromstring(answer.text).text_content().split())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", BUSY)
def test_pages_tell_that_it_is_on_the_way(
    hub: Hub, client: TestClient, lang: str, name: Name
) -> None:
    write_state(
        hub.settings.home,
        EngineState(
            name,
            "fetching torch",
            Message.of("local.killed_memory", signal="SIGKILL"),
            attempt=2,
        ),
    )
    with take_watch(hub.settings.home):  # type: ignore[union-attr]
        told = client.get("/api/engine", params={"lang": lang}).json()
        assert (told["state"], told["running"], told["line"], told["attempt"]) == (
            name,
            True,
            "fetching torch",
            2,
        )
        for path in ("/", "/brief", "/settings"):
            assert told["text"] in text(client, path, lang), path
        shown = text(client, "/settings", lang)
        assert (
            "fetching torch" in shown
            and ("killed by SIGKILL" if lang == "en" else "被信号 SIGKILL 终止") in shown
        )
        assert ("meanwhile" if lang == "en" else "其间一切照常工作") in told["text"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_failed_one_is_told_with_its_remedy_and_tried_again(
    hub: Hub, client: TestClient, lang: str
) -> None:
    write_state(hub.settings.home, FAILED)
    shown = text(client, "/settings", lang)
    assert (
        "exit code 3: gone" if lang == "en" else "尝试 5 次后放弃：它以退出码 3 结束：gone"
    ) in shown
    assert str(log_file(hub.settings.home)) in shown
    send = {"csrf": token_of(client)}
    assert ("No program runs" if lang == "en" else "没有程序在运行") in client.post(
        "/settings/engine", data=send
    ).text
    assert client.post("/api/engine/retry").status_code == 404
    with take_watch(hub.settings.home):  # type: ignore[union-attr]
        assert ("once more" if lang == "en" else "正在再次尝试") in client.post(
            "/settings/engine", data=send
        ).text
        assert was_asked_again(hub.settings.home) and not was_asked_again(hub.settings.home)
        assert client.post("/api/engine/retry").json() == {"asked": True}
        assert client.post("/settings/engine", data={}).status_code == 403, (
            "a foreign form is refused"
        )


@pytest.mark.parametrize(
    "path", ["/", "/?author=Ada+Example", "/brief", "/settings", "/search?q=latent", "/sources"]
)
def test_chinese_pages_keep_to_chinese_marks(hub: Hub, client: TestClient, path: str) -> None:
    """Full-width marks bring their own space; no half-width mark follows a Chinese character."""
    write_state(hub.settings.home, FAILED)
    page = html.document_fromstring(client.get(path, headers={"accept-language": "zh-CN"}).text)
    for hidden in page.xpath("//*[@class='visually-hidden']"):
        hidden.drop_tree()
    wrong = re.compile(r".{0,9}(?:[。；：，、！？]\s+\S|[\u4e00-\u9fff]\s?[:;,!?(]).{0,9}")
    for part in page.xpath(
        "//p | //dt | //dd | //li | //label | //legend | //h1 | //h2 | //button | //span"
    ):
        assert not wrong.findall(" ".join(part.text_content().split()))


def test_the_button_of_the_settings_saves_and_does_not_bookmark(client: TestClient) -> None:
    page = html.document_fromstring(
        client.get("/settings", headers={"accept-language": "zh-CN"}).text
    )
    assert [one.text_content() for one in page.xpath("//form[@action='/settings']//button")] == [
        "保存设置"
    ]


def test_when_all_is_well_other_pages_say_nothing(hub: Hub, client: TestClient) -> None:
    for name in ("absent", "stopped", "ready"):
        write_state(hub.settings.home, EngineState(name))
        assert "local language model" not in text(client, "/", "en") + text(client, "/brief", "en")
    described = client.get("/api/openapi.json").json()["paths"]
    assert "installing" in described["/api/engine"]["get"]["description"]


def test_with_another_model_there_is_none(made_home: Path, hub: Hub, client: TestClient) -> None:
    llm = hub.settings.llm.model_copy(update={"base_url": "http://127.0.0.1:9/v1"})
    hub.settings = hub.settings.model_copy(update={"llm": llm})
    write_state(hub.settings.home, FAILED)
    assert client.get("/api/engine").json() == {"state": "off", "running": False}
    assert "The local model" not in text(client, "/settings", "en")


def test_what_an_older_hub_wrote_is_shown_as_it_is(hub: Hub) -> None:
    state = {"name": "failed", "reason": "it ended with exit code 3", "remedy": ""}
    folder = log_file(hub.settings.home).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.json").write_text(json.dumps(state), "utf-8")
    found = read_state(hub.settings.home)
    assert (found.reason, found.remedy) == (plain("it ended with exit code 3"), None)


def test_on_the_command_line(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACADEMICHUB_HOME", str(hub.settings.home))
    runner = CliRunner()
    assert "state: absent" in runner.invoke(engine).stdout
    write_state(hub.settings.home, FAILED)
    told = json.loads(runner.invoke(engine, ["--json"]).stdout)
    assert (told["state"], told["attempt"]) == ("failed", 5) and "key" not in told
    found = runner.invoke(doctor, ["--json"])
    mend = [one for one in json.loads(found.stdout)["findings"] if not one["ok"]]
    assert (
        found.exit_code == 1
        and [one["what"] for one in mend] == ["local engine"]
        and mend[0]["remedy"]
    )
    assert isinstance(runner.invoke(engine, ["--retry"]).exception, HubError)
    with take_watch(hub.settings.home):  # type: ignore[union-attr]
        assert runner.invoke(engine, ["--retry"]).exit_code == 0
    monkeypatch.setenv("ACADEMICHUB_ENGINE__ENABLED", "false")
    assert "switched off" in runner.invoke(doctor).stdout


@pytest.mark.slow
def test_run_serves_starts_the_engine_and_ends_it_on_sigterm(hub: Hub, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    environ = {
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "ACADEMICHUB_HOME": str(hub.settings.home),
        "ACADEMICHUB_SOURCES__ENABLED": "[]", "ACADEMICHUB_ENGINE__COMMAND": f"{sys.executable} {fake_engine.__file__} {notes}",
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "academichub.cli",
        "run",
        "--port",
        "0",
        "--engine-setup",
        "sleep 0.1",
    ]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        address = re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())
        assert address

        def state() -> str:
            with urllib.request.urlopen(address[0] + "api/engine", timeout=30) as answer:
                return str(json.load(answer)["state"])

        until(lambda: state() == "ready")
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 0, said
    with pytest.raises(ProcessLookupError):
        os.kill(json.loads(notes.read_text())["pid"], 0)
