"""The documents as a reference for readers.

`python -m academichub.documents.reference` prints docs/contracts/json.md. The page is rendered from
the models, so it cannot say anything else than they do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import JsonValue

from academichub import documents
from academichub.documents.document import Document, field_descriptions

_OPENING = """# JSON documents

What commands print with `--json`, what the web API answers, and how briefs are stored. This page is
rendered from the models in `hub/src/academichub/documents`, by
`python -m academichub.documents.reference`; `/api/openapi.json` describes the same models as JSON
Schema.

- A command prints its document on one line of standard output, in UTF-8; messages go to standard
  error.
- Keys come in the order of the tables. A field marked *always* is always there, and null only where
  its type says so; any other field is left out where it is unknown.
- New fields may be added. A field that is here keeps its name, type and meaning.
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A section of the page: its heading, where its documents come up, and the documents."""

    heading: str
    where: str
    models: tuple[type[Document], ...]


SUBJECTS = (
    Subject(
        "Works",
        "`academichub export works --format jsonl` and `GET /api/export/works` write a `Work` on "
        "each line; `GET /api/works/{key}` answers with a `WorkWithRecords`.",
        (documents.Work, documents.WorkWithRecords),
    ),
    Subject("Today", "`academichub today --json` and `GET /api/today`.", (documents.Today,)),
    Subject(
        "Search",
        "`academichub search --json` prints a `SearchPage`; `GET /api/search` answers with a "
        "`SearchPageWithSnippets`, `GET /api/authors` with `AuthorNames`.",
        (documents.SearchPage, documents.SearchPageWithSnippets, documents.AuthorNames),
    ),
    Subject(
        "Briefs",
        "`academichub brief --json`, `GET` and `POST /api/brief`, `GET /api/briefs/{number}` "
        "and the file `/brief/{number}.json` give a `Brief`; "
        "`GET /api/briefs` lists the stored ones.",
        (documents.Brief, documents.BriefSummaries),
    ),
    Subject(
        "Checks",
        "`academichub check` prints a `Verdict` for each line it reads, "
        "`academichub brief-reward` a `Reward`.",
        (documents.Verdict, documents.Reward),
    ),
    Subject(
        "Radar",
        "`academichub radar show --json` prints `RadarSignals`, `academichub radar list --json` a "
        "`RadarList`; every other `radar` command with `--json`, and every change over the API, "
        "gives a `RadarChange` (`radar add example` an `ExamplesChange`); "
        "`academichub radar export` and "
        "`GET /api/radar` give a `RadarFile`.",
        (
            documents.RadarSignals,
            documents.RadarList,
            documents.RadarChange,
            documents.ExamplesChange,
            documents.RadarFile,
        ),
    ),
    Subject(
        "Ledger", "`academichub ledger --json` and `GET /api/ledger`.", (documents.LedgerPage,)
    ),
    Subject("Gathering", "`academichub gather --json`.", (documents.Gather,)),
    Subject("Importing", "`academichub import FILE --json`.", (documents.ImportReport,)),
    Subject(
        "Jobs",
        "`GET /api/gather` answers with a `Job`, `GET /api/briefs/writing` with a `WritingJob`; "
        "starting, stopping and retrying have short answers of their own.",
        (
            documents.Job,
            documents.WritingJob,
            documents.StartedJob,
            documents.JobNumber,
            documents.Cancelled,
            documents.RetryAsked,
        ),
    ),
    Subject(
        "Local language model",
        "`academichub engine --json` prints a `LocalModelState`; `GET /api/engine` answers with a "
        "`LocalModel`.",
        (documents.LocalModelState, documents.LocalModel),
    ),
    Subject(
        "Health",
        "`GET /health` answers with `Health`, or with status 503 and `HealthFailure`; "
        "`academichub doctor --json` prints `Findings`.",
        (documents.Health, documents.HealthFailure, documents.Findings),
    ),
    Subject(
        "Benchmarks",
        "`academichub bench search --json`, `academichub bench radar --json` and "
        "`academichub bench readers --json`.",
        (documents.SearchBenchmark, documents.RadarBenchmark, documents.ReadersBenchmark),
    ),
    Subject(
        "Errors",
        "Every answer of the API with a status of 400 or more, except that of a failing `/health`.",
        (documents.ErrorAnswer,),
    ),
)


def reference() -> str:
    """Return the page."""
    parts = [_OPENING]
    rendered: set[type[Document]] = set()
    for subject in SUBJECTS:
        parts.append(f"\n## {subject.heading}\n\n{subject.where}\n")
        for root in subject.models:
            for model in _with_parts(root):
                if model not in rendered:
                    rendered.add(model)
                    parts.append(_table(model))
    return "".join(parts)


def _with_parts(model: type[Document]) -> Iterator[type[Document]]:
    """Yield a model and every model in its fields, each before its own parts."""
    yield model
    for field in model.model_fields.values():
        for part in _models_in(field.annotation):
            yield from _with_parts(part)


def _models_in(kind: Any) -> Iterator[type[Document]]:
    if isinstance(kind, type) and issubclass(kind, Document):
        yield kind
    for argument in get_args(kind):
        yield from _models_in(argument)


def _table(model: type[Document]) -> str:
    descriptions = field_descriptions(model)
    lines = [
        f"\n### {model.__name__}\n",
        " ".join((model.__doc__ or "").split()),
        "\n| field | type | there | meaning |\n|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        presence = "always" if field.is_required() else "where known"
        cells = (f"`{name}`", _type_name(field.annotation), presence, descriptions[name])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    NoneType: "null",
}


def _type_name(kind: Any) -> str:
    """Return a type in words."""
    if kind is JsonValue:
        return "any value"
    if kind in _PLAIN:
        return _PLAIN[kind]
    arguments = get_args(kind)
    origin = get_origin(kind)
    if origin is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_type_name(argument) for argument in arguments)
    if origin is list:
        return f"list of {_type_name(arguments[0])}"
    if origin is dict:
        return f"object of {_type_name(arguments[1])} by name"
    return f"[`{kind.__name__}`](#{kind.__name__.lower()})"


if __name__ == "__main__":
    sys.stdout.write(reference())
