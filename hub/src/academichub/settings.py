"""One typed settings object from `academichub.toml` and the environment; unknown keys are errors.

Keys, defaults and meaning are in the table that `settings_table()` renders for
docs/guide/settings.md; the keys of the sources follow from the registry of sources. A value comes
from, first found: the environment (`ACADEMICHUB_` + key, dots as `__`, lists as JSON),
`academichub.toml` in the data folder, the default. Nothing below this module reads the environment.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails

from academichub.errors import HubError, SettingsError, SettingValueError
from academichub.i18n import LANGUAGES
from academichub.messages import Message, plain
from academichub.raw_settings import (
    FILE_NAME,
    HOME_VARIABLE,
    PREFIX,
    flatten_keys,
    parse_variable,
    read_settings_file,
    require_known_key,
    variable_of,
)
from academichub.sources.settings import SourcesSettings, registered_sections
from academichub.text.http_urls import http_url


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:  # OSError: `Europe`, a folder
        raise SettingValueError(Message.of("setting_rule.time_zone", value=value)) from problem
    return value


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise SettingValueError(Message.of("setting_rule.time_of_day", value=value))
    return value


def _database_url(value: str) -> str:
    if re.fullmatch(r"sqlite(\+\w+)?:(///?)?(:memory:)?(\?.*)?", value):
        raise SettingValueError(Message.of("setting_rule.database_in_memory"))
    return value


def _language(value: str) -> str:
    if value and value not in LANGUAGES:
        raise SettingValueError(Message.of("setting_rule.language", value=value))
    return value


HttpUrl = Annotated[str, AfterValidator(http_url)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Part):
    """Where the library lives."""

    url: Annotated[str, AfterValidator(_database_url)] = Field(
        "",
        description="SQLAlchemy URL of SQLite or PostgreSQL; "
        "empty = a SQLite file in the data folder",
    )


class LlmSettings(_Part):
    """The language model: any OpenAI-compatible endpoint. Without one, briefs are extractive."""

    base_url: HttpUrl | None = Field(
        None, description="OpenAI-compatible endpoint; none = the local engine, else no model"
    )
    model: str | None = Field(None, description="chat model; none = the first the endpoint lists")
    api_key: SecretStr | None = Field(
        None, description="secret; from the environment or the file only, never shown"
    )
    embedding_model: str | None = Field(
        None, description="embedding model; none = the first whose id says so"
    )
    capability: Literal["auto", "small", "medium", "large"] = Field(
        "auto",
        description="how much the chat model is asked at once: small, medium, large; "
        "auto = told by its name",
    )
    timeout_s: float = Field(
        120.0,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description="seconds one answer of the model may take",
    )
    retries: int = Field(
        2,
        ge=0,
        le=10,
        description="times a question is asked again after a lost connection, HTTP 429 or 5xx",
    )
    concurrency: int = Field(
        2, ge=1, le=32, description="questions the endpoint is asked at a time"
    )
    tokens_per_day: int | None = Field(
        None,
        ge=0,
        description="tokens a day (UTC) the hub may spend; 0 = no limit; "
        "none = 500000, without limit on this machine",
    )


class EngineSettings(_Part):
    """The local engine that `academichub run` starts while no `llm.base_url` is set."""

    enabled: bool = Field(
        True, description="start and use the local engine while `llm.base_url` is not set"
    )
    command: str = Field(
        "",
        description="command of an OpenAI-compatible server, "
        "to which `--host` and `--port` are added; "
        "empty = `nextlat serve --weights auto` of the hub's own environment",
    )


class ScheduleSettings(_Part):
    """The daily gather of `academichub run`."""

    enabled: bool = Field(True, description="gather every day while `run` serves")
    time: Annotated[str, AfterValidator(_clock)] = Field("06:30", description="time of day HH:MM")
    timezone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "UTC", description="IANA time zone of `schedule.time`"
    )


class RetentionSettings(_Part):
    """How long the daily job keeps what works do not need."""

    raw_days: int | None = Field(
        None, ge=1, le=36500, description="days a record's raw entry is stored; none = forever"
    )


class Settings(_Part):
    """All settings, typed and checked. `home` is the data folder."""

    home: Path
    language: Annotated[str, AfterValidator(_language)] = Field(
        "", description="language of the pages; empty = as the browser asks"
    )
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    sources: SourcesSettings = Field(default_factory=SourcesSettings)
    llm: LlmSettings = Field(default_factory=LlmSettings)
    engine: EngineSettings = Field(default_factory=EngineSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    given: frozenset[str] = frozenset()

    @property
    def database_url(self) -> str:
        """The database to open."""
        return self.database.url or f"sqlite:///{self.home / 'academichub.sqlite3'}"


def settings_model() -> type[Settings]:
    """Return the model of all settings, with a section for every source that is registered now."""
    sections: dict[str, Any] = {
        name: (section, Field(default_factory=section))
        for name, section in registered_sections().items()
    }
    sources = create_model("RegisteredSources", __base__=SourcesSettings, **sections)
    return create_model(
        "RegisteredSettings", __base__=Settings, sources=(sources, Field(default_factory=sources))
    )


def setting_fields(
    model: type[BaseModel] | None = None, prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, field) of every setting; of `settings_model()` unless given a model."""
    for name, field in (model or settings_model()).model_fields.items():
        if not prefix and name in ("home", "given"):
            continue
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environ: The environment; that of the process where None.

    Raises:
        SettingsError: If a key is unknown (names the nearest known one) or a value is wrong or
            unsafe.
    """
    environ = os.environ if environ is None else environ
    home = _home(environ)
    model = settings_model()
    fields = dict(setting_fields(model))
    values: dict[str, tuple[Any, Message]] = {}
    for key, value in flatten_keys(read_settings_file(home / FILE_NAME)):
        require_known_key(key, key, fields, str(home / FILE_NAME))
        place = Message.of("settings.key_in_file", key=key, path=str(home / FILE_NAME))
        values[key] = value, place
    for name, text in sorted(environ.items()):
        if name.startswith(PREFIX) and name != HOME_VARIABLE:
            key = name[len(PREFIX) :].lower().replace("__", ".")
            require_known_key(key, name, fields, Message.of("settings.environment"))
            values[key] = parse_variable(name, text, fields[key].annotation), plain(name)
    tree: dict[str, Any] = {"home": home.absolute(), "given": frozenset(values)}
    for key, (value, _) in values.items():
        _plant(tree, key.split("."), value)
    try:
        return model.model_validate(tree)
    except ValidationError as problem:
        raise SettingsError(_faults(problem, values)) from None


def chosen_language(environ: Mapping[str, str] | None = None) -> str:
    """Return the setting `language`, also where other settings are wrong; empty where it is."""
    environ = os.environ if environ is None else environ
    chosen: object = environ.get(variable_of("language"))
    if chosen is None:
        try:
            chosen = read_settings_file(_home(environ) / FILE_NAME).get("language")
        except SettingsError:
            chosen = None
    return chosen if isinstance(chosen, str) and chosen in LANGUAGES else ""


def _home(environ: Mapping[str, str]) -> Path:
    """Return the data folder."""
    return Path(
        environ.get(HOME_VARIABLE) or platformdirs.user_data_dir("academichub", appauthor=False)
    ).expanduser()


def _plant(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


_BOUNDS = {"greater_than": "gt", "greater_than_equal": "ge", "less_than_equal": "le"}
"""pydantic's error type -> the name of the bound in its context."""

_RULES = frozenset(
    {
        "tuple_type", "string_type", "bool_type", "bool_parsing", "float_type", "float_parsing",
        "finite_number", "int_type", "int_parsing", "int_from_float",
    }
)  # fmt: skip
"""pydantic's error types whose rule is `setting_rule.TYPE` in the catalogue."""


def _faults(problem: ValidationError, values: Mapping[str, tuple[Any, Message]]) -> Message:
    """Return what is wrong: for each fault the key, where it stands, its value and the rule."""
    faults = []
    for error in problem.errors():
        key = ".".join(
            str(part)
            for part in error["loc"]
            if not isinstance(part, int) and not str(part).startswith("function")
        )
        whole = plain(key) if key else Message.of("settings.whole")
        _, place = values.get(key, (None, whole))
        if "api_key" in key or isinstance(error["input"], dict):
            faults.append(Message.of("settings.wrong", place=place, rule=_rule(error)))
        else:
            shown = repr(error["input"])
            faults.append(
                Message.of("settings.wrong_value", place=place, value=shown, rule=_rule(error))
            )
    return faults[0] if len(faults) == 1 else Message.of("settings.several_wrong", faults=faults)


def _rule(error: ErrorDetails) -> Message:
    """Return the rule that a value breaks; in pydantic's English where it is none of ours."""
    kind, context = error["type"], error.get("ctx", {})
    if isinstance(cause := context.get("error"), HubError):
        return cause.message
    if kind in _BOUNDS:
        return Message.of(f"setting_rule.{kind}", bound=float(context[_BOUNDS[kind]]))
    if kind == "literal_error":
        return Message.of("setting_rule.literal_error", choices=str(context["expected"]))
    if kind in _RULES:
        return Message.of(f"setting_rule.{kind}")
    return plain(error["msg"].removeprefix("Value error, "))


def settings_table() -> str:
    """Return the Markdown table of all settings for the guide (docs/guide/settings.md)."""
    rows = ["| key | environment | default | meaning |", "|---|---|---|---|"]
    for key, field in setting_fields():
        default = field.get_default(call_default_factory=True)
        shown = (
            ""
            if default in (None, "", ())
            else json.dumps(default)
            if isinstance(default, tuple)
            else str(default)
        )
        rows.append(
            f"| `{key}` | `{variable_of(key)}` | {f'`{shown}`' if shown else 'none'} "
            f"| {field.description} |"
        )
    return "\n".join(rows) + "\n"
