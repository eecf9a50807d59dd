"""The supervisor's laws: started, ready, started again, given up, stopped; nothing is left running, nothing waits."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fake_engine
import pytest
from model_hub import end, model_hub, until
from sqlalchemy import func, select

from academichub.briefs.brief_store import get_brief, latest_brief, list_briefs, write_brief
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.jobs import worker
from academichub.jobs.catching_up import catch_up
from academichub.jobs.status import BRIEF, job_status
from academichub.local_model import process, state
from academichub.local_model.process import BoundedLog, Child, how_it_ended
from academichub.local_model.state import (
    EngineState,
    ask_again,
    llm_in_use,
    read_state,
    take_watch,
    write_state,
)
from academichub.local_model.supervisor import Supervisor, Timing, engine_command
from academichub.messages import Message, plain
from academichub.settings import Settings, load_settings
from academichub.store import schema

QUICK = Timing(
    poll_s=0.02, answer_s=2.0, start_s=30.0, silent_s=30.0, steady_s=60.0, pauses_s=(0.01,) * 4
)
PYTHON = sys.executable


class Life:
    """A data folder, the engine that is run over it, and what both say."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.notes = folder / "notes"
        self.monkeypatch = monkeypatch
        self.ready = 0
        self._running: list[Supervisor] = []
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))

    def command(self, *arguments: str) -> str:
        return f"{PYTHON} {fake_engine.__file__} {self.notes} {' '.join(arguments)}"

    def settings(self, *arguments: str) -> Settings:
        self.monkeypatch.setenv("ACADEMICHUB_ENGINE__COMMAND", self.command(*arguments))
        return load_settings()

    def start(
        self, settings: Settings, setup: str = "", timing: Timing = QUICK, when_ready: Any = None
    ) -> Supervisor:
        made = Supervisor(
            settings, setup=setup, when_ready=when_ready or self._count, timing=timing
        )
        self._running.append(made)
        made.start()
        return made

    def _count(self) -> None:
        self.ready += 1

    def end(self) -> None:
        for one in self._running:
            one.stop()

    @property
    def lives(self) -> list[dict[str, Any]]:
        return (
            [json.loads(line) for line in self.notes.read_text().splitlines()]
            if self.notes.exists()
            else []
        )


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    made = Life(tmp_path, monkeypatch)
    yield made
    made.end()
    assert not [one["pid"] for one in made.lives if is_alive(one["pid"])]


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def is_in(settings: Settings, name: str) -> bool:
    return read_state(settings.home).name == name


def answers_kept(hub: Hub) -> int:
    with hub.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(schema.model_answers)) or 0)


def status_of(url: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=5)
    try:
        connection.request("GET", "/v1/models")
        with connection.getresponse() as answer:
            return answer.status
    except OSError:
        return 0
    finally:
        connection.close()


def test_it_becomes_ready_and_killed_it_comes_back_to_the_same_place(life: Life) -> None:
    settings = life.settings()
    assert llm_in_use(settings).base_url is None
    running = life.start(settings)
    until(lambda: life.ready == 1)
    first, seen = life.lives[0], read_state(settings.home)
    assert (seen.name, seen.key, first["host"], first["settings"]) == (
        "ready",
        first["key"],
        "127.0.0.1",
        [],
    )
    llm = llm_in_use(settings)
    assert llm.base_url == seen.url and llm.api_key and llm.api_key.get_secret_value() == seen.key
    assert status_of(seen.url) == 200
    os.kill(first["pid"], signal.SIGKILL)
    until(lambda: life.ready == 2)
    assert len(life.lives) == 2 and llm_in_use(settings) == llm, (
        "answers kept under its address stay useful"
    )
    running.stop()
    assert (
        is_in(settings, "stopped")
        and status_of(seen.url) == 0
        and llm_in_use(settings).base_url is None
    )
    assert (settings.home / "engine" / "state.json").stat().st_mode & 0o077 == 0
    assert seen.key not in state.log_file(settings.home).read_text()


@pytest.mark.slow
def test_an_engine_that_dies_at_once_is_given_up_and_tried_again_on_request(life: Life) -> None:
    settings = life.settings("--fail", "3")
    life.start(settings)
    until(lambda: is_in(settings, "failed"))
    seen = read_state(settings.home)
    assert len(life.lives) == 5 == len(QUICK.pauses_s) + 1
    assert (
        message_text(seen.reason or plain(""))
        == "given up after 5 attempts: it ended with exit code 3: fake: the weights are gone"
    )
    assert seen.remedy == Message.of("local.try_again")
    assert ask_again(settings.home)
    until(lambda: len(life.lives) > 5)
    until(lambda: is_in(settings, "failed"))


def test_a_setup_that_fails_is_said_and_succeeds_the_next_time(life: Life, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; mark = pathlib.Path(sys.argv[1]); print('fetching weights'); again = mark.exists(); "
        "mark.touch(); print('' if again else 'the network is away'); print('make: *** [Makefile:9: x] Error 7'); "
        "sys.exit(0 if again else 7)"
    )
    settings = life.settings()
    life.start(settings, setup=f'{PYTHON} -c "{code}" {tmp_path / "mark"}')
    until(lambda: is_in(settings, "failed"))
    assert (
        message_text(read_state(settings.home).reason or plain(""))
        == "the installation failed: it ended with exit code 7: the network is away"
    )
    assert life.lives == []
    assert ask_again(settings.home)
    until(lambda: life.ready == 1)


def test_its_progress_is_seen_and_stopping_ends_what_the_setup_started(
    life: Life, tmp_path: Path
) -> None:
    script = tmp_path / "setup.sh"
    script.write_text(
        f"{PYTHON} -c 'import time; time.sleep(600)' & echo $! > {tmp_path / 'pid'}; echo step 2; wait\n"
    )
    settings = life.settings()
    running = life.start(settings, setup=f"bash {script}")
    until(lambda: read_state(settings.home).line == "step 2")
    assert is_in(settings, "installing")
    running.stop()
    grandchild = int((tmp_path / "pid").read_text())
    until(lambda: not is_alive(grandchild))
    assert is_in(settings, "stopped") and life.lives == []


@pytest.mark.slow
def test_a_hanging_engine_is_started_again(life: Life) -> None:
    settings = life.settings()
    life.start(settings, timing=Timing(0.02, 0.1, 30.0, 0.3, 60.0, (0.01,)))
    until(lambda: life.ready == 1)
    os.kill(life.lives[0]["pid"], signal.SIGSTOP)
    until(lambda: life.ready == 2)
    assert not is_alive(life.lives[0]["pid"])


def test_two_hubs_over_one_folder_run_one_engine(life: Life) -> None:
    settings = life.settings()
    first = life.start(settings)
    until(lambda: life.ready == 1)
    life.start(settings)
    assert take_watch(settings.home) is None
    first.stop()
    until(lambda: life.ready == 2)
    assert len(life.lives) == 2 and is_in(settings, "ready"), "the other takes over"


@pytest.mark.parametrize("name", ["ACADEMICHUB_LLM__BASE_URL", "ACADEMICHUB_ENGINE__ENABLED"])
def test_with_a_model_of_the_users_own_or_switched_off_nothing_is_started(
    life: Life, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9/v1" if name.endswith("URL") else "false")
    settings = life.settings()
    running = life.start(settings, setup=f"touch {life.notes}")
    assert not running._thread.is_alive() and not life.notes.exists()
    with_other = read_state(settings.home)
    assert with_other == EngineState() and llm_in_use(settings) == settings.llm


def test_no_engine_beside_python_is_no_failure(
    life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert engine_command("") is None
    (tmp_path / "nextlat").touch()
    assert engine_command("") == [str(tmp_path / "nextlat"), "serve", "--weights", "auto"]
    assert engine_command("llama-server -m 'a b.gguf'") == ["llama-server", "-m", "a b.gguf"]
    (tmp_path / "nextlat").unlink()
    settings = load_settings()
    life.start(settings)
    until(lambda: read_state(settings.home).remedy == Message.of("local.install_it"))
    assert is_in(settings, "absent")


@pytest.mark.slow
def test_killed_in_the_middle_of_a_brief_a_whole_brief_is_there_and_the_model_goes_on(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.settings("--answers", "4")
    with model_hub(monkeypatch, None) as hub:
        extract = write_brief(hub, 1, "en")
        assert worker.start_writing(hub, extract.id) is None, "there is no model yet"
        life.start(hub.settings, when_ready=lambda: catch_up(hub))
        until(lambda: answers_kept(hub) == 4)
        os.kill(life.lives[0]["pid"], signal.SIGKILL)
        first = job_status(hub, kind=BRIEF)
        assert first is not None
        until(lambda: (job := job_status(hub, first.id)) is not None and not job.is_running)
        for one in list_briefs(hub):
            assert len(get_brief(hub, one.id).sentences()) == len(extract.sentences()), (
                "every brief there is, is whole"
            )
        until(lambda: len(life.lives) == 2)
        until(
            lambda: (
                (shown := latest_brief(hub)) is not None
                and shown.writing
                and not shown.writing["stopped"]
            ),
            60,
        )
        shown = latest_brief(hub)
        assert shown is not None and shown.model == "tiny-135m"
        assert len(shown.sentences()) == len(extract.sentences()), (
            "whoever asked: the job under way, or the next one"
        )
        until(lambda: hub.semantic is not None and hub.semantic.nearest("dark matter", 3))


@pytest.mark.slow
def test_a_settled_brief_is_left_alone(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    life.settings()
    with model_hub(monkeypatch, None) as hub:
        write_brief(hub, 1, "en")
        life.start(hub.settings, when_ready=lambda: catch_up(hub))
        until(lambda: (shown := latest_brief(hub)) is not None and shown.model is not None)
        last = end(hub)
        catch_up(hub)
        assert end(hub) == last, "what a model has written is not written again"


def test_kill_9_of_the_hub_leaves_no_orphan(life: Life) -> None:
    settings = life.settings()
    code = (
        "import time; from academichub.local_model.supervisor import Supervisor; from academichub.settings import "
        "load_settings; Supervisor(load_settings(), when_ready=lambda: None).start(); time.sleep(600)"
    )
    with subprocess.Popen([PYTHON, "-c", code]) as hub:
        until(lambda: is_in(settings, "ready"))
        assert is_alive(life.lives[0]["pid"])
        hub.kill()
    seen = read_state(settings.home)
    assert (seen.name, llm_in_use(settings).base_url) == ("stopped", None), (
        "no word of a dead hub is believed"
    )
    until(lambda: not is_alive(life.lives[0]["pid"]))


@pytest.mark.parametrize(
    "content", ["", "[]", '{"name": "well"}', '{"name": "ready", "colour": 1}', "\x00"]
)
def test_a_state_file_that_is_none_is_no_state(content: str) -> None:
    home = load_settings().home
    write_state(home, EngineState("failed"))
    (home / "engine" / "state.json").write_text(content)
    assert read_state(home) == EngineState()


def test_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_LOG_BYTES", 1000)
    log = BoundedLog(tmp_path / "engine.log")
    child = Child(
        [
            PYTHON,
            "-c",
            "print('x' * 100_000); [print('line', n, end='\\r\\n'[n % 2]) for n in range(500)]",
        ],
        os.environ,
        log,
    )
    until(lambda: not child.is_running)
    child.sweep()
    assert child.line == "line 499" and child.code == 0
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2 and max(sizes) <= 1000 + process.MAX_LINE_BYTES + 1
    BoundedLog(tmp_path / "absent" / "engine.log").write("a full disk loses lines and nothing else")


@pytest.mark.parametrize(
    ("code", "words"),
    [(1, "it ended with exit code 1: why"), (137, "it was killed by SIGKILL (perhaps because the memory ran out)"),
     (143, "it was killed by SIGTERM"), (255, "it ended with exit code 255: why")],
)  # fmt: skip
def test_how_a_command_ended(code: int, words: str) -> None:
    assert message_text(how_it_ended(code, "why")) == words
