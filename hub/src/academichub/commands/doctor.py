"""`academichub doctor`: checks this installation and names what to mend; exits 1 if anything is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from academichub import __version__, documents
from academichub.errors import HubError
from academichub.i18n.message_text import message_text
from academichub.local_model.state import llm_in_use, log_file, read_state
from academichub.settings import Settings, load_settings
from academichub.store.database import open_database, schema_revisions
from academichub.store.disk_use import DiskUse, disk_use
from academichub.store.update_backups import update_backups

LEAST_FREE_MB = 500
LEAST_SQLITE = (3, 35, 0)
MODEL_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Yield findings, most basic first; a failed check leaves out those that depend on it."""
    yield Finding("program", True, f"academichub {__version__}, Python {sys.version.split()[0]}")
    try:
        settings = load_settings()
    except HubError as problem:
        yield Finding("settings", False, str(problem), "mend the value named, or remove it")
        return
    yield Finding("settings", True, ", ".join(sorted(settings.given)) or "all defaults")
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
        yield Finding(
            "data folder",
            False,
            f"{home}: {problem.strerror}",
            "set ACADEMICHUB_HOME to a folder of yours",
        )
        return
    yield Finding(
        "data folder",
        writable,
        str(home),
        "" if writable else "make it writable, or set ACADEMICHUB_HOME",
    )
    yield Finding(
        "disk",
        free >= LEAST_FREE_MB,
        f"{free} MB free",
        "" if free >= LEAST_FREE_MB else "free space",
    )
    yield from _database(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = open_database(settings.database_url)
        revision, head = schema_revisions(database)
        uses = disk_use(settings.home, database)
        database.close()
    except HubError as problem:
        yield Finding("database", False, str(problem), "see the message")
        return
    yield Finding("database", revision == head, f"{database.place}, schema {revision}")
    copies = update_backups(database.path) if database.path is not None else []
    if copies:
        yield Finding("copies from before updates", True, ", ".join(map(str, copies)))
    yield Finding("disk use", True, _in_megabytes(uses))


def _in_megabytes(uses: list[DiskUse]) -> str:
    """Return one line: each purpose with its megabytes and parts in brackets; without zeros."""
    shown = []
    for use in uses:
        if use.num_bytes and not use.part_of:
            parts = [
                f"{part.purpose} {_megabytes(part)}"
                for part in uses
                if part.part_of == use.purpose and part.num_bytes
            ]
            shown.append(
                f"{use.purpose} {_megabytes(use)}" + (f" ({', '.join(parts)})" if parts else "")
            )
    return ", ".join(shown) or "nothing yet"


def _megabytes(use: DiskUse) -> str:
    return f"{use.num_bytes / 1e6:.1f} MB"


def _sqlite(_settings: Settings) -> Finding:
    version = sqlite3.sqlite_version
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    connection.close()
    good = sqlite3.sqlite_version_info >= LEAST_SQLITE and "ENABLE_FTS5" in options
    remedy = (
        ""
        if good
        else "use a Python whose SQLite is 3.35 or newer and has FTS5 "
        "(python.org, Debian, conda-forge)"
    )
    return Finding(
        "SQLite",
        good,
        f"{version}, full-text search {'on' if 'ENABLE_FTS5' in options else 'missing'}",
        remedy,
    )


def _pages(_settings: Settings) -> Finding:
    missing = [
        name
        for name in ("fastapi", "uvicorn", "jinja2", "sklearn", "lxml")
        if not importlib.util.find_spec(name)
    ]
    return Finding(
        "packages",
        not missing,
        f"missing: {', '.join(missing)}" if missing else "complete",
        "make env" if missing else "",
    )


def _engine(settings: Settings) -> Finding:
    """Tell the state of the local engine; not to have one is fine."""
    if settings.llm.base_url is not None:
        return Finding("local engine", True, "not started: llm.base_url is set")
    if not settings.engine.enabled:
        return Finding("local engine", True, "switched off: engine.enabled")
    state = read_state(settings.home)
    status = state.name + (f" (attempt {state.attempt})" if state.attempt else "")
    reason = "" if state.reason is None else message_text(state.reason)
    summary = "; ".join(part for part in (status, reason, state.line) if part)
    if state.name in ("absent", "stopped"):
        return Finding("local engine", True, f"{summary}; `academichub run` starts it")
    return Finding(
        "local engine",
        state.name != "failed",
        f"{summary}; log in {log_file(settings.home)}",
        "" if state.remedy is None else message_text(state.remedy),
    )


def _model(settings: Settings) -> Finding:
    """Ask the endpoint in use for its models. No endpoint is fine: briefs are then extractive."""
    llm = llm_in_use(settings)
    if llm.base_url is None:
        return Finding("language model", True, "none in use: briefs are extractive")
    from academichub.llm.wire import Wire

    key = llm.api_key
    wire = Wire(
        llm.base_url,
        key.get_secret_value() if key else None,
        timeout_s=MODEL_TIMEOUT_S,
        retries=0,
        concurrency=1,
    )
    try:
        names = wire.models()[:50]
    except HubError as problem:
        remedy = "check llm.base_url (it usually ends in /v1) and llm.api_key"
        return Finding("language model", False, str(problem), remedy)
    finally:
        wire.close()
    missing_models = [
        name for name in (llm.model, llm.embedding_model) if name and name not in names
    ]
    if missing_models:
        return Finding(
            "language model",
            False,
            f"the endpoint does not list {', '.join(missing_models)}",
            f"it lists {', '.join(names)}",
        )
    return Finding("language model", True, f"{llm.base_url}: {', '.join(names[:5])}")


def show(findings: list[Finding], write: Callable[[str], None]) -> None:
    """Write findings for a person."""
    for finding in findings:
        write(f"{'ok  ' if finding.ok else 'MEND'}  {finding.what}: {finding.found}")
        if finding.remedy:
            write(f"      -> {finding.remedy}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check this installation and say what to mend."""
    findings = list(examine())
    if as_json:
        rows = [documents.Finding.model_validate(finding) for finding in findings]
        click.echo(documents.Findings(findings=rows).json_text())
    else:
        show(findings, click.echo)
    if not all(finding.ok for finding in findings):
        sys.exit(1)
