"""A thread of `academichub run` that installs, starts, watches and restarts the local engine.

It reports through the state file (state.py) and one call when the engine is ready; nothing waits
for it.
"""

from __future__ import annotations

import http.client
import logging
import os
import secrets
import shlex
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from academichub.i18n.message_text import message_text
from academichub.local_model.process import BoundedLog, Child, how_it_ended
from academichub.local_model.state import (
    MAX_TEXT_CHARS,
    EngineState,
    Name,
    log_file,
    now,
    read_state,
    take_watch,
    was_asked_again,
    write_state,
)
from academichub.messages import Message
from academichub.raw_settings import PREFIX
from academichub.settings import Settings

log = logging.getLogger("academichub.local_model")

NO_COMMAND = Message.of("local.no_command")
INSTALL_IT = Message.of("local.install_it")
TRY_AGAIN = Message.of("local.try_again")
NOT_POSIX = Message.of("local.not_posix")


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the supervisor is, in seconds.

    Attributes:
        poll_s: Between two looks at the child.
        answer_s: Longest wait for an answer to a look at its health.
        start_s: Longest time from a start to being ready; converting a model the first time takes
            minutes at worst.
        silent_s: A ready engine that answers nothing for this long hangs, and is restarted.
        steady_s: After being ready for this long, an engine that dies is counted from 1 again.
        pauses_s: Before each attempt at starting again; after the last pause and one more death it
            is given up.
    """

    poll_s: float = 0.5
    answer_s: float = 3.0
    start_s: float = 1200.0
    silent_s: float = 180.0
    steady_s: float = 600.0
    pauses_s: tuple[float, ...] = (1.0, 4.0, 15.0, 60.0)


class Supervisor:
    """Runs the engine of a data folder until `stop()`.

    Args:
        settings: The settings; `llm.base_url` is not set, or nothing is ever started.
        setup: A command that installs what the engine needs, and does nothing where it is there;
            empty for none.
        when_ready: Called, in a thread of its own, each time the engine has become ready.
        timing: How patient it is.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        setup: str = "",
        when_ready: Callable[[], object],
        timing: Timing | None = None,
    ) -> None:
        self._home, self._command, self._setup = (
            settings.home,
            settings.engine.command,
            shlex.split(setup),
        )
        self._is_enabled = settings.engine.enabled and settings.llm.base_url is None
        self._when_ready, self._timing = when_ready, timing or Timing()
        self._log = BoundedLog(log_file(settings.home))
        self._state = EngineState(key=secrets.token_urlsafe(24))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="engine", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        if self._is_enabled:
            self._thread.start()

    def stop(self) -> None:
        """End the engine and what it started, within seconds."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(15)

    def _watch(self) -> None:
        try:
            while not self._stopped.is_set():
                watch = take_watch(self._home)
                if watch is not None:
                    with watch:
                        self._live()
                    return
                # Another hub over this data folder runs the engine, and may end.
                self._stopped.wait(self._timing.poll_s)
        except OSError as problem:
            log.error("the local engine is not run: %s", problem)

    def _live(self) -> None:
        """Run the engine until it is given up, wait for a retry request; repeat until stopped."""
        self._state = replace(self._state, url=read_state(self._home).url)
        was_asked_again(self._home)  # drops a request left from before
        while not self._stopped.is_set():
            if self._install():
                self._keep_running()
            while not self._stopped.is_set() and not was_asked_again(self._home):
                self._stopped.wait(self._timing.poll_s)
        self._say("stopped")

    def _install(self) -> bool:
        """Run the setup command, if there is one; return whether it succeeded."""
        if os.name != "posix":
            self._say("absent", reason=NOT_POSIX, remedy=Message.of("local.set_url"))
            return False
        if not self._setup:
            return True
        self._say("installing")
        child = Child(self._setup, _environment(), self._log)
        while child.is_running and not self._stopped.wait(self._timing.poll_s):
            self._show(child)
        if self._stopped.is_set():
            child.stop()
            return False
        child.sweep()
        if child.code != 0:
            reason = Message.of(
                "local.install_failed", why=how_it_ended(child.code, child.line[:MAX_TEXT_CHARS])
            )
            self._say("failed", reason=reason, remedy=TRY_AGAIN)
        return child.code == 0

    def _keep_running(self) -> None:
        """Start the engine, and again whenever it dies, until it is given up or we are stopped."""
        command = engine_command(self._command)
        if command is None:
            self._say("absent", reason=NO_COMMAND, remedy=INSTALL_IT)
            return
        deaths, reason = 0, None
        while not self._stopped.is_set():
            self._say("restarting" if deaths else "starting", reason=reason, attempt=deaths)
            reason, ready_s = self._run_once(command)
            if self._stopped.is_set():
                return
            assert reason is not None  # it ended by itself
            deaths = 1 if ready_s >= self._timing.steady_s else deaths + 1
            log.warning("the local model ended: %s", message_text(reason))
            if deaths > len(self._timing.pauses_s):
                self._say(
                    "failed",
                    reason=Message.of("local.given_up", count=deaths, why=reason),
                    remedy=TRY_AGAIN,
                )
                return
            self._say("restarting", reason=reason, attempt=deaths)
            self._stopped.wait(self._timing.pauses_s[deaths - 1])

    def _run_once(self, command: list[str]) -> tuple[Message | None, float]:
        """Run the engine until it dies, hangs or is stopped; return why, and its ready seconds."""
        port = _free_port(urlsplit(self._state.url).port)
        self._state = replace(self._state, url=f"http://127.0.0.1:{port}/v1")
        address = ["--host", "127.0.0.1", "--port", str(port)]
        child = Child(
            [*command, *address], _environment(NEXTLAT_API_KEY=self._state.key), self._log
        )
        began = answered = time.monotonic()
        ready_at = None
        try:
            while not self._stopped.wait(self._timing.poll_s):
                self._show(child)
                if not child.is_running:
                    return how_it_ended(child.code, child.line[:MAX_TEXT_CHARS]), _since(ready_at)
                if self._answers(port):
                    answered = time.monotonic()
                    if ready_at is None:
                        ready_at = answered
                        self._say("ready")
                        threading.Thread(
                            target=self._tell, name="engine-ready", daemon=True
                        ).start()
                elif ready_at is None and time.monotonic() - began > self._timing.start_s:
                    return Message.of("local.not_ready", seconds=self._timing.start_s), 0.0
                elif ready_at is not None and time.monotonic() - answered > self._timing.silent_s:
                    silent = Message.of("local.silent", seconds=self._timing.silent_s)
                    return silent, _since(ready_at)
            return None, _since(ready_at)
        finally:
            child.stop()

    def _answers(self, port: int) -> bool:
        """Whether the engine lists its models and does not say that it is ill."""
        return self._status(port, "/v1/models") == 200 and self._status(port, "/health") in (
            200,
            404,
        )

    def _status(self, port: int, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=self._timing.answer_s)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self._state.key}"})
            with connection.getresponse() as answer:
                return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _tell(self) -> None:
        try:
            self._when_ready()
        except Exception:
            if not self._stopped.is_set():  # else the hub is being closed under it
                log.exception("what was to begin with the engine did not")

    def _show(self, child: Child) -> None:
        """Show the child's last line while it installs or loads."""
        if self._state.is_busy and child.line[:MAX_TEXT_CHARS] != self._state.line:
            self._write(replace(self._state, line=child.line[:MAX_TEXT_CHARS]))

    def _say(
        self,
        name: Name,
        *,
        reason: Message | None = None,
        remedy: Message | None = None,
        attempt: int = 0,
    ) -> None:
        self._write(
            replace(
                self._state,
                name=name,
                line="",
                reason=reason,
                remedy=remedy,
                attempt=attempt,
                since=now(),
            )
        )

    def _write(self, state: EngineState) -> None:
        self._state = state
        try:
            write_state(self._home, state)
        except OSError as problem:  # a full disk must not end the engine
            log.warning("the state of the local engine could not be written: %s", problem)


def engine_command(setting: str) -> list[str] | None:
    """Return the command that serves, without its port; None where there is none."""
    if setting:
        return shlex.split(setting)
    beside = Path(sys.executable).parent / "nextlat"
    return [str(beside), "serve", "--weights", "auto"] if beside.exists() else None


def _environment(**more: str) -> Mapping[str, str]:
    """Return the environment of a child: ours without the hub's settings, which may be secret."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | more


def _free_port(preferred: int | None) -> int:
    """Return the preferred port if it is free, so that cached answers stay valid; else any."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no port of this machine is free")


def _since(moment: float | None) -> float:
    return 0.0 if moment is None else time.monotonic() - moment
