"""The local engine as pages show it: a state in words, how far it is, what is wrong and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from academichub import documents
from academichub.local_model.state import EngineState, ask_again, log_file, read_state
from academichub.web.patterns import Translate, translated
from academichub.web.rendering import Visit


@dataclass(frozen=True, slots=True)
class EngineView:
    """The engine in the reader's language.

    Attributes:
        state: The state's name.
        word: The state in a word, with `badge` as its class.
        text: The state in a sentence.
        line: The last line of its installation or loading, as it was said.
        reason: Why it is away.
        remedy: What to do about it.
        log: Where its log is.
        is_busy: Whether it is on the way to be ready.
        may_retry: Whether the reader can let it be tried once more.
    """

    state: documents.LocalModelName
    word: str
    badge: str
    text: str
    line: str
    reason: str
    remedy: str
    attempt: int
    since: str
    log: str
    is_busy: bool
    may_retry: bool

    def document(self) -> documents.LocalModel:
        """Return the local model as a document."""
        return documents.LocalModel(
            state=self.state,
            running=self.is_busy,
            text=self.text,
            line=self.line,
            reason=self.reason,
            remedy=self.remedy,
            attempt=self.attempt,
            since=self.since,
        )


def engine_view(visit: Visit) -> EngineView | None:
    """Return the engine; None where another model is set or it is switched off."""
    settings = visit.hub.settings
    if settings.llm.base_url is not None or not settings.engine.enabled:
        return None
    state = read_state(settings.home)
    word, badge, text = _states(visit, state)[state.name]
    return EngineView(
        state.name, word, badge, text, state.line, _in_words(visit, state.reason), _in_words(visit, state.remedy),
        state.attempt, state.since, str(log_file(settings.home)), state.is_busy, state.name in ("failed", "absent"),
    )  # fmt: skip


def engine_line(visit: Visit) -> str:
    """Return a line for other pages while the engine is on the way or was given up; empty when there is no news."""
    view = engine_view(visit)
    return view.text if view is not None and (view.is_busy or view.state == "failed") else ""


def try_again(visit: Visit) -> str:
    """Ask the hub that runs the engine to try once more; return what to tell the reader."""
    _ = visit.gettext
    if ask_again(visit.hub.settings.home):
        return _("The local language model is tried once more.")
    return _("No program runs the local language model; start the hub with academichub run.")


def _states(visit: Visit, state: EngineState) -> dict[str, tuple[str, str, str]]:
    """State -> a word, the class of its badge, a sentence."""
    _ = visit.gettext
    return {
        "absent": (
            _("absent"),
            "",
            _("There is no local language model; everything works without one."),
        ),
        "installing": (
            _("installing"),
            "partial",
            _("The local language model is being installed; everything works meanwhile."),
        ),
        "starting": (
            _("starting"),
            "partial",
            _("The local language model is starting; everything works meanwhile."),
        ),
        "ready": (_("ready"), "ok", _("The local language model is ready.")),
        "restarting": (
            _("restarting"),
            "partial",
            _(
                "The local language model died and is started again (attempt %(attempt)s); everything works meanwhile.",
                attempt=state.attempt,
            ),
        ),
        "stopped": (
            _("stopped"),
            "",
            _("The local language model is not running; academichub run starts it."),
        ),
        "failed": (
            _("failed"),
            "failed",
            _("The local language model could not be started; everything else works."),
        ),
    }


def _in_words(visit: Visit, text: str) -> str:
    """Return a reason or remedy (engine/) in the reader's language; what is not known stays as it was said."""
    if visit.lang == "en" or not text:
        return text
    _ = visit.gettext
    for pattern, told in (
        (r"the installation failed: (?P<why>.+)", _("the installation failed: %(why)s")),
        (
            r"given up after (?P<count>\d+) attempts: (?P<why>.+)",
            _("given up after %(count)s attempts: %(why)s"),
        ),
    ):
        if found := re.fullmatch(pattern, text):
            return told % {**found.groupdict(), "why": _in_words(visit, found["why"])}
    return translated(text, _sentences(_)) or text


def _sentences(_: Translate) -> list[tuple[str, str]]:
    return [
        (
            r"it ended with exit code (?P<code>\d+): (?P<rest>.+)",
            _("it ended with exit code %(code)s: %(rest)s"),
        ),
        (r"it ended with exit code (?P<code>\d+)", _("it ended with exit code %(code)s")),
        (
            r"it was killed by (?P<signal>\w+) \(perhaps because the memory ran out\)",
            _("it was killed by %(signal)s (perhaps because the memory ran out)"),
        ),
        (r"it was killed by (?P<signal>\w+).*", _("it was killed by %(signal)s")),
        (r"it was not ready after (?P<seconds>\S+) s", _("it was not ready after %(seconds)s s")),
        (r"it did not answer for (?P<seconds>\S+) s", _("it did not answer for %(seconds)s s")),
        (
            r"there is no engine beside the hub's Python",
            _("there is no engine beside the hub's Python"),
        ),
        (
            r"the program that ran the engine has ended",
            _("the program that ran the engine has ended"),
        ),
        (
            r"a local engine is run on Linux and macOS only",
            _("a local engine is run on Linux and macOS only"),
        ),
        (r"set llm\.base_url", _("set llm.base_url")),
        (
            r"install it with .+",
            _("install it with make env, or pip install 'nextlat[serve]', or set llm.base_url"),
        ),
        (
            r"mend what the log names, then .+",
            _(
                "mend what the log names, then press Try again in the settings, or run academichub engine --retry"
            ),
        ),
    ]
