"""`academichub doctor`: checks this installation and names what to mend; exits 1 if anything is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import click

from academichub import __version__, documents
from academichub.errors import HubError
from academichub.i18n import DEFAULT_LANGUAGE
from academichub.i18n.message_text import message_text
from academichub.local_model.state import llm_in_use, log_file, read_state
from academichub.messages import Message, plain
from academichub.settings import Settings, chosen_language, load_settings
from academichub.store.database import open_database, schema_revisions
from academichub.store.disk_use import DiskUse, disk_use
from academichub.store.update_backups import update_backups

LEAST_FREE_MB = 500
LEAST_SQLITE = (3, 35, 0)
MODEL_TIMEOUT_S = 5.0

_PURPOSES = frozenset(
    {"database", "raw entries", "cached answers", "embeddings", "converted models"}
)
"""Purposes of `disk_use` with a name in the catalogue; others are entries of the data folder."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        part: What was looked at: `doctor_part.PART` in the catalogue.
        ok: Whether it is as it should be.
        found: What was found, joined as the language joins things.
        remedy: What to do; None where there is nothing to do.
    """

    part: str
    ok: bool
    found: tuple[Message, ...]
    remedy: Message | None = None

    def words(self, lang: str = DEFAULT_LANGUAGE) -> tuple[str, str, str]:
        """Return what was looked at, what was found and what to do, in a language."""
        comma = message_text(Message("list.comma"), lang)
        return (
            message_text(Message.of(f"doctor_part.{self.part}"), lang),
            comma.join(message_text(message, lang) for message in self.found),
            "" if self.remedy is None else message_text(self.remedy, lang),
        )

    def document(self) -> documents.Finding:
        """Return the finding as a document."""
        what, found, remedy = self.words()
        messages = [*self.found, *([] if self.remedy is None else [self.remedy])]
        return documents.Finding(
            what=what,
            ok=self.ok,
            found=found,
            remedy=remedy,
            details=documents.message_details(messages),
        )


def _well(part: str, *found: Message) -> Finding:
    return Finding(part, True, found)


def _wrong(part: str, found: Message, remedy: Message) -> Finding:
    return Finding(part, False, (found,), remedy)


def examine() -> Iterator[Finding]:
    """Yield findings, most basic first; a failed check leaves out those that depend on it."""
    python = sys.version.split()[0]
    yield _well("program", Message.of("doctor.program", version=__version__, python=python))
    try:
        settings = load_settings()
    except HubError as problem:
        yield _wrong("settings", problem.message, Message.of("doctor.mend_setting"))
        return
    defaults = (Message.of("doctor.all_defaults"),)
    yield _well("settings", *(map(plain, sorted(settings.given)) if settings.given else defaults))
    yield from _storage(settings)
    for look in (_sqlite, _pages, _engine, _model):
        yield look(settings)


def _storage(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        writable = os.access(home, os.W_OK)
        free = shutil.disk_usage(home).free >> 20
    except OSError as problem:
        failed = Message.of("doctor.folder_failed", folder=str(home), why=str(problem.strerror))
        yield _wrong("data_folder", failed, Message.of("doctor.set_home"))
        return
    folder = plain(str(home))
    if writable:
        yield _well("data_folder", folder)
    else:
        yield _wrong("data_folder", folder, Message.of("doctor.make_writable"))
    free_space = Message.of("doctor.free_space", megabytes=free)
    if free >= LEAST_FREE_MB:
        yield _well("disk", free_space)
    else:
        yield _wrong("disk", free_space, Message.of("doctor.free_some"))
    try:
        database = open_database(settings.database_url)
        revision, head = schema_revisions(database)
        uses = disk_use(home, database)
        database.close()
    except HubError as problem:
        yield _wrong("database", problem.message, Message.of("doctor.see_message"))
        return
    schema = Message.of("doctor.database", place=database.place, revision=str(revision))
    yield Finding("database", revision == head, (schema,))
    copies = update_backups(database.path) if database.path is not None else []
    if copies:
        yield _well("copies", *(plain(str(path)) for path in copies))
    yield _well("disk_use", *_uses(uses))


def _uses(uses: list[DiskUse]) -> list[Message]:
    """Return each purpose with its megabytes and parts in brackets; without zeros."""
    shown = []
    for use in uses:
        if use.num_bytes and not use.part_of:
            parts = [
                Message.of("doctor.use", purpose=_purpose(part), megabytes=part.num_bytes / 1e6)
                for part in uses
                if part.part_of == use.purpose and part.num_bytes
            ]
            purpose, megabytes = _purpose(use), use.num_bytes / 1e6
            shown.append(
                Message.of(
                    "doctor.use_with_parts",
                    purpose=purpose,
                    megabytes=megabytes,
                    parts=reduce(_both, parts),
                )
                if parts
                else Message.of("doctor.use", purpose=purpose, megabytes=megabytes)
            )
    return shown or [Message.of("doctor.no_use")]


def _both(first: Message, second: Message) -> Message:
    return Message.of("doctor.both", first=first, second=second)


def _purpose(use: DiskUse) -> Message:
    """Return a purpose as a message; an entry of the data folder is named as it is."""
    if use.purpose in _PURPOSES:
        return Message.of(f"disk_use.{use.purpose.replace(' ', '_')}")
    return plain(use.purpose)


def _sqlite(_settings: Settings) -> Finding:
    version = sqlite3.sqlite_version
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    connection.close()
    searches = "ENABLE_FTS5" in options
    found = Message.of(
        "doctor.sqlite" if searches else "doctor.sqlite_without_search", version=version
    )
    if searches and sqlite3.sqlite_version_info >= LEAST_SQLITE:
        return _well("sqlite", found)
    return _wrong("sqlite", found, Message.of("doctor.newer_sqlite"))


def _pages(_settings: Settings) -> Finding:
    missing = [
        name
        for name in ("fastapi", "uvicorn", "jinja2", "sklearn", "lxml")
        if not importlib.util.find_spec(name)
    ]
    if missing:
        lacking = Message.of("doctor.packages_missing", packages=missing)
        return _wrong("packages", lacking, plain("make env"))
    return _well("packages", Message.of("doctor.packages_complete"))


def _engine(settings: Settings) -> Finding:
    """Tell the state of the local engine; not to have one is fine."""
    if settings.llm.base_url is not None:
        return _well("engine", Message.of("doctor.engine_not_started"))
    if not settings.engine.enabled:
        return _well("engine", Message.of("doctor.engine_off"))
    state = read_state(settings.home)
    status = Message.of(f"engine_state.{state.name}")
    if state.attempt:
        status = Message.of("doctor.engine_attempt", state=status, attempt=state.attempt)
    parts = [status]
    if state.reason is not None:
        parts.append(state.reason)
    if state.line:
        parts.append(plain(state.line))
    if state.name in ("absent", "stopped"):
        return _well("engine", Message.of("doctor.engine_idle", parts=parts))
    log = str(log_file(settings.home))
    found = Message.of("doctor.engine", parts=parts, log=log)
    return Finding("engine", state.name != "failed", (found,), state.remedy)


def _model(settings: Settings) -> Finding:
    """Ask the endpoint in use for its models. No endpoint is fine: briefs are then extractive."""
    llm = llm_in_use(settings)
    if llm.base_url is None:
        return _well("model", Message.of("doctor.no_model"))
    from academichub.llm.wire import Wire

    key = llm.api_key
    wire = Wire(
        llm.base_url,
        key.get_secret_value() if key else None,
        timeout_s=MODEL_TIMEOUT_S, retries=0, concurrency=1,
    )  # fmt: skip
    try:
        names = wire.models()[:50]
    except HubError as problem:
        return _wrong("model", problem.message, Message.of("doctor.check_endpoint"))
    finally:
        wire.close()
    missing_models = [
        name for name in (llm.model, llm.embedding_model) if name and name not in names
    ]
    if missing_models:
        unlisted = Message.of("doctor.models_missing", models=missing_models)
        return _wrong("model", unlisted, Message.of("doctor.models_listed", models=names))
    return _well("model", Message.of("doctor.model", url=llm.base_url, models=names[:5]))


def show(findings: list[Finding], lang: str, write: Callable[[str], None]) -> None:
    """Write findings for a person."""
    for finding in findings:
        what, found, remedy = finding.words(lang)
        verdict = Message.of("doctor.ok" if finding.ok else "doctor.mend")
        write(f"{message_text(verdict, lang):4}  {what}: {found}")
        if remedy:
            write(f"      -> {remedy}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check this installation and say what to mend."""
    findings = list(examine())
    if as_json:
        rows = [finding.document() for finding in findings]
        click.echo(documents.Findings(findings=rows).json_text())
    else:
        show(findings, chosen_language(), click.echo)
    if not all(finding.ok for finding in findings):
        sys.exit(1)
