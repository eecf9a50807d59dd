"""Crossref's REST API: works of a journal by ISSN, and works by DOI."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from academichub.errors import SettingValueError
from academichub.messages import Message
from academichub.sources.protocol import Source, SourceOptions


def _mail(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise SettingValueError(Message.of("setting_rule.mail", value=value))
    return value


class CrossrefOptions(SourceOptions):
    """Crossref's own settings."""

    mailto: Annotated[str, AfterValidator(_mail)] = Field(
        "", description="your mail address: Crossref then serves you from its polite pool"
    )


SOURCE = Source(
    "crossref",
    "Crossref",
    order=40,
    requests="works of followed journals by ISSN, and by DOI what a journal's feed only announces",
    base_url="https://api.crossref.org",
    interval_from="feed",
    options=CrossrefOptions,
    gatherer="journals",
)
