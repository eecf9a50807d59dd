"""The local engine as pages show it: its state in words, progress, faults and remedies."""

from __future__ import annotations

from dataclasses import dataclass

from academichub import documents
from academichub.local_model.state import EngineState, ask_again, log_file, read_state
from academichub.messages import Message
from academichub.web.rendering import Visit


@dataclass(frozen=True, slots=True)
class EngineView:
    """The engine in the reader's language.

    Attributes:
        state: The state's name.
        word: The state in a word, with `badge` as its class.
        text: The state in a sentence.
        line: The last line of its installation or loading, as its program wrote it.
        reason: Why it is away.
        remedy: What to do about it.
        log: Where its log is.
        is_busy: Whether it is on the way to be ready.
        may_retry: Whether the reader can let it be tried once more.
        messages: Reason and remedy, where there are any.
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
    messages: tuple[Message, ...] = ()

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
            details=documents.message_details(self.messages),
        )


def engine_view(visit: Visit) -> EngineView | None:
    """Return the engine; None where another model is set or it is switched off."""
    settings = visit.hub.settings
    if settings.llm.base_url is not None or not settings.engine.enabled:
        return None
    state = read_state(settings.home)
    word, badge, text = _states(visit, state)[state.name]
    return EngineView(
        state.name,
        word,
        badge,
        text,
        state.line,
        _text(visit, state.reason),
        _text(visit, state.remedy),
        state.attempt,
        state.since,
        str(log_file(settings.home)),
        state.is_busy,
        state.name in ("failed", "absent"),
        tuple(message for message in (state.reason, state.remedy) if message is not None),
    )


def engine_line(visit: Visit) -> str:
    """Return a line for other pages while the engine is starting or was given up; else empty."""
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
                "The local language model died and is started again (attempt %(attempt)s); "
                "everything works meanwhile.",
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


def _text(visit: Visit, message: Message | None) -> str:
    return "" if message is None else visit.text(message)
