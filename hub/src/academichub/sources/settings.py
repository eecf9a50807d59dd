"""The part `sources` of the settings: which are enabled, and a section for each registered one."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from academichub.errors import SettingValueError
from academichub.messages import Message
from academichub.sources import SOURCES
from academichub.sources.protocol import Source, SourceOptions
from academichub.text.http_urls import http_url, is_loopback_url

HttpUrl = Annotated[str, AfterValidator(http_url)]
Options = TypeVar("Options", bound=SourceOptions)


class SourcesSettings(BaseModel):
    """Which sources are gathered, and a section for each source and group of the registry.

    The sections are fields of a subclass that `settings_model` makes, so that a source added to the
    registry has its settings without a line here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: tuple[str, ...] = Field(
        default_factory=lambda: tuple(SOURCES), description="source modules to ask"
    )

    @model_validator(mode="after")
    def _known_and_polite(self) -> SourcesSettings:
        for name in self.enabled:
            if name not in SOURCES:
                raise SettingValueError(_unknown_source(name))
        for section in dict.fromkeys(source.paced_by for source in SOURCES.values()):
            self._refuse_haste(section)
        return self

    def _refuse_haste(self, section: str) -> None:
        """Raise SettingValueError if a section is too quick for addresses outside this machine."""
        interval = getattr(self, section).min_interval_s
        paced = [source for source in SOURCES.values() if source.paced_by == section]
        outside = [
            source.name
            for source in paced
            if source.base_url and not is_loopback_url(self.base_url(source.name))
        ]
        first = paced[0]
        if interval is None or interval >= first.default_interval_s or not outside:
            return
        reason = (
            Message.of("setting_rule.group_pace", group=first.group.title)
            if first.group
            else Message.of("setting_rule.default_pace")
        )
        raise SettingValueError(
            Message.of(
                "setting_rule.too_quick",
                section=section,
                interval=float(interval),
                least=float(first.default_interval_s),
                reason=reason,
                service=first.service,
                sources=outside,
            )
        )

    def base_url(self, name: str) -> str:
        """Return the base URL of a source, without a slash at the end; empty for `feed`."""
        return str(getattr(getattr(self, name), "base_url", ""))

    def min_interval_s(self, name: str) -> float:
        """Return the least seconds between two requests to a source."""
        source = SOURCES[name]
        own = getattr(self, source.paced_by).min_interval_s
        return float(own if own is not None else self.min_interval_s(source.interval_from))

    def section(self, name: str) -> SourceOptions:
        """Return the settings section of a source or group."""
        section = getattr(self, name)
        assert isinstance(section, SourceOptions)
        return section

    def options(self, kind: type[Options]) -> Options:
        """Return the section with a source's or group's own options, by the class of these."""
        for name in type(self).model_fields:
            section = getattr(self, name)
            if isinstance(section, kind):
                return section
        raise LookupError(f"no source has the options {kind.__name__}")


def registered_sections() -> dict[str, type[SourceOptions]]:
    """Return the model of the section `sources.<name>` of every registered source and group."""
    sections: dict[str, type[SourceOptions]] = {}
    for source in SOURCES.values():
        fields: dict[str, Any] = {}
        if source.base_url:
            description = "scheme, host, port, optional path prefix; the module appends its path"
            fields["base_url"] = HttpUrl, Field(source.base_url, description=description)
        if source.group is None:
            fields["min_interval_s"] = _interval_field(source)
        elif source.group.name not in sections:
            group_fields: dict[str, Any] = {"min_interval_s": _interval_field(source)}
            sections[source.group.name] = create_model(
                f"{source.group.name}_section", __base__=source.group.options, **group_fields
            )
        base = source.options
        sections[source.name] = create_model(f"{source.name}_section", __base__=base, **fields)
    return sections


def _interval_field(source: Source) -> tuple[Any, Any]:
    """Return the type and field of the setting `min_interval_s` that paces a source."""
    description = "seconds between two requests"
    default: float | None = source.default_interval_s
    if source.group:
        description += ", over all processes"
    elif not source.base_url:
        description += " to one host"
    if source.base_url:
        description += f"; below {default:g} only on loopback"
    if source.interval_from:
        description += f"; none = as `sources.{source.interval_from}.min_interval_s`"
        default = None
    kind = float | None if source.interval_from else float
    bounds = Field(default, ge=0, le=3600, allow_inf_nan=False, description=description)
    return kind, bounds


def _unknown_source(name: str) -> Message:
    close = difflib.get_close_matches(name, SOURCES, n=1, cutoff=0.6)
    if close:
        return Message.of("setting_rule.source_misspelt", name=name, nearest=close[0])
    return Message.of("setting_rule.unknown_source", name=name, sources=sorted(SOURCES))
