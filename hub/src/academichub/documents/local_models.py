"""The local language model: `academichub engine --json` and `/api/engine`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document

LocalModelName = Literal[
    "absent", "installing", "starting", "ready", "restarting", "stopped", "failed"
]


class LocalModelState(Document):
    """The local model as the command shows it."""

    state: LocalModelName
    """`absent`: there is none to start; `restarting`: it died and is started again; `failed`: given
    up."""
    attempt: int
    """Which restart this is; 0 for the first start."""
    line: str
    """Last line of its installation or loading."""
    reason: str
    """Why it is away; empty if it is well."""
    remedy: str
    """What to do about it; empty if there is nothing to do."""
    url: str
    """Its OpenAI-compatible endpoint; empty if it never ran."""
    since: str
    """When the state began (UTC)."""
    log: str
    """Path of its log."""


class LocalModel(Document):
    """The local model as the web API shows it, in the language of the request.

    Only `state` and `running` are there where the state is `off`.
    """

    state: LocalModelName | Literal["off"]
    """As above; `off` where another model is set (`llm.base_url`) or it is switched off
    (`engine.enabled`)."""
    running: bool
    """Whether it is on the way to be ready."""
    text: str = ""
    """The state as a sentence."""
    line: str = ""
    """Last line of its installation or loading."""
    reason: str = ""
    """Why it is away; empty if it is well."""
    remedy: str = ""
    """What to do about it; empty if there is nothing to do."""
    attempt: int = 0
    """Which restart this is; 0 for the first start."""
    since: str = ""
    """When the state began (UTC)."""
