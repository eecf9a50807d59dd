"""The local engine's state: one small file in the data folder, written by the hub that runs it.

Every process over the data folder reads it: pages, commands, workers. Whether somebody still runs
the engine is shown by a lock that the operating system gives back however that process ends, so a
killed hub leaves no "ready" behind.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

from pydantic import SecretStr

from academichub.messages import Message, message_from_json, plain
from academichub.settings import LlmSettings, Settings

Name = Literal["absent", "installing", "starting", "ready", "restarting", "stopped", "failed"]
"""`absent`: no engine to start; `restarting`: it died and is started again; `failed`: given up."""

BUSY = ("installing", "starting", "restarting")
"""States on the way to `ready`."""

MAX_BYTES = 20_000
MAX_TEXT_CHARS = 500

ENDED = Message.of("local.ended")


@dataclass(frozen=True, slots=True)
class EngineState:
    """How the local engine is.

    Attributes:
        name: The state.
        line: The last line of its installation or of its loading.
        reason: Why it died, failed or is absent; None if it is well.
        remedy: What to do about it; None if there is nothing to do.
        attempt: Which attempt at starting it again this is; 0 for the first start.
        url: Its OpenAI endpoint, ending in `/v1`; stored while it is down, so that it comes back at
            the same address.
        key: What it asks of its clients; never shown.
        since: When the state began, in UTC.
    """

    name: Name = "absent"
    line: str = ""
    reason: Message | None = None
    remedy: Message | None = None
    attempt: int = 0
    url: str = ""
    key: str = ""
    since: str = ""

    @property
    def is_busy(self) -> bool:
        """Whether it is on the way to be ready."""
        return self.name in BUSY


def engine_folder(home: Path) -> Path:
    """Return the folder of the engine's state and log."""
    return home / "engine"


def log_file(home: Path) -> Path:
    """Return the log of the engine and of its installation."""
    return engine_folder(home) / "engine.log"


def read_state(home: Path) -> EngineState:
    """Return the engine's state; `stopped` if its process is gone, `absent` if none ever ran."""
    state = _stored(home)
    if state.name in (*BUSY, "ready") and not _is_watched(home):
        return replace(state, name="stopped", line="", reason=ENDED)
    return state


def write_state(home: Path, state: EngineState) -> None:
    """Write the state atomically; only this user can read the key in it.

    Raises:
        OSError: If the data folder cannot be written.
    """
    folder = engine_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".state.json"
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(_document(state), file, ensure_ascii=False)
    draft.replace(folder / "state.json")


def llm_in_use(settings: Settings) -> LlmSettings:
    """Return the language model to use: the settings' endpoint, else the local engine if ready.

    Without either, `base_url` is None.
    """
    if settings.llm.base_url is not None or not settings.engine.enabled:
        return settings.llm
    state = read_state(settings.home)
    if state.name != "ready":
        return settings.llm
    return settings.llm.model_copy(update={"base_url": state.url, "api_key": SecretStr(state.key)})


def ask_again(home: Path) -> bool:
    """Ask the hub that runs the engine to try once more; return whether there is one."""
    if not _is_watched(home):
        return False
    (engine_folder(home) / "retry").touch()
    return True


def was_asked_again(home: Path) -> bool:
    """Return whether somebody asked since the last look."""
    try:
        (engine_folder(home) / "retry").unlink()
    except OSError:
        return False
    return True


class Watch:
    """The right to run the engine of a data folder, which one process has at a time.

    Use it in a `with` block.
    """

    def __init__(self, file: int) -> None:
        self._file = file

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)


def take_watch(home: Path) -> Watch | None:
    """Take the right to run the engine; None while another process has it.

    Raises:
        OSError: If the data folder cannot be written.
    """
    engine_folder(home).mkdir(parents=True, exist_ok=True)
    file = os.open(_lock_file(home), os.O_RDWR | os.O_CREAT, 0o600)
    if _lock(file, exclusive=True):
        return Watch(file)
    os.close(file)
    return None


def now() -> str:
    """Return the moment as states carry it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _document(state: EngineState) -> dict[str, Any]:
    texts = {"reason": state.reason, "remedy": state.remedy}
    return asdict(state) | {
        name: message.as_json() if message is not None else None for name, message in texts.items()
    }


def _stored(home: Path) -> EngineState:
    try:
        with (engine_folder(home) / "state.json").open("rb") as file:
            return _parsed(json.loads(file.read(MAX_BYTES)))
    except (OSError, ValueError, TypeError):  # none yet, or not ours
        return EngineState()


def _parsed(values: Any) -> EngineState:
    state = EngineState(
        **{
            **values,
            "reason": _message(values.get("reason")),
            "remedy": _message(values.get("remedy")),
        }
    )
    if state.name not in get_args(Name):
        raise ValueError(state.name)
    return state


def _message(stored: object) -> Message | None:
    """Return a stored reason or remedy; a text where an older hub wrote one."""
    if not stored:
        return None
    return plain(stored) if isinstance(stored, str) else message_from_json(stored)


def _is_watched(home: Path) -> bool:
    try:
        file = os.open(_lock_file(home), os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _lock(file, exclusive=False)
    finally:
        os.close(file)


def _lock_file(home: Path) -> Path:
    return engine_folder(home) / "watch.lock"


def _lock(file: int, *, exclusive: bool) -> bool:
    import fcntl  # POSIX only, as is running an engine (supervisor.py)

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
