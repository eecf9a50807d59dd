"""The JSON documents of the hub as typed models.

They are what commands print, what the web API answers, and the form in which briefs are stored.
Pure types, light to import. Each module holds one subject; whoever owns a subject builds its
document (`TodayPage.document()`, `LedgerEntry.document()`). `docs/contracts/json.md` and
`/api/openapi.json` are rendered from these models.
"""

from __future__ import annotations

from academichub.documents.accepted import Cancelled, JobNumber, RetryAsked, StartedJob
from academichub.documents.authors import AuthorName, AuthorNames
from academichub.documents.benchmarks import RadarBenchmark, ReadersBenchmark, SearchBenchmark
from academichub.documents.briefs import (
    Attempt,
    Brief,
    BriefSummaries,
    BriefSummary,
    CitedWork,
    Sampling,
    Sentence,
    SentenceChecks,
    Writing,
    WritingReport,
)
from academichub.documents.checks import CheckOutcomes, Reward, RewardOutcomes, Verdict
from academichub.documents.document import Document
from academichub.documents.errors import Error, ErrorAnswer, ErrorCode
from academichub.documents.examples import ExamplesChange
from academichub.documents.gathers import Gather, LibrarySize, SourceGather
from academichub.documents.health import Finding, Findings, Health, HealthFailure
from academichub.documents.imports import ImportReport, SkippedEntry, UnresolvedExample
from academichub.documents.jobs import Job, JobState, WritingJob
from academichub.documents.ledgers import LedgerPage, LedgerRow
from academichub.documents.local_models import LocalModel, LocalModelName, LocalModelState
from academichub.documents.messages import MessageDetail, message_details, messages_of
from academichub.documents.radars import (
    RadarChange,
    RadarFile,
    RadarList,
    RadarSignals,
    RadarSummary,
    Signal,
    SignalKind,
    WeightedValue,
)
from academichub.documents.searches import Hit, HitWithSnippet, SearchPage, SearchPageWithSnippets
from academichub.documents.today import Card, Today
from academichub.documents.works import (
    Announcement,
    DatedVersion,
    Name,
    ReceivedRecord,
    Work,
    WorkWithRecords,
)

__all__ = [
    "Announcement",
    "Attempt",
    "AuthorName",
    "AuthorNames",
    "Brief",
    "BriefSummaries",
    "BriefSummary",
    "Cancelled",
    "Card",
    "CheckOutcomes",
    "CitedWork",
    "DatedVersion",
    "Document",
    "Error",
    "ErrorAnswer",
    "ErrorCode",
    "ExamplesChange",
    "Finding",
    "Findings",
    "Gather",
    "Health",
    "HealthFailure",
    "Hit",
    "HitWithSnippet",
    "ImportReport",
    "Job",
    "JobNumber",
    "JobState",
    "LedgerPage",
    "LedgerRow",
    "LibrarySize",
    "LocalModel",
    "LocalModelName",
    "LocalModelState",
    "MessageDetail",
    "Name",
    "RadarBenchmark",
    "RadarChange",
    "RadarFile",
    "RadarList",
    "RadarSignals",
    "RadarSummary",
    "ReadersBenchmark",
    "ReceivedRecord",
    "RetryAsked",
    "Reward",
    "RewardOutcomes",
    "Sampling",
    "SearchBenchmark",
    "SearchPage",
    "SearchPageWithSnippets",
    "Sentence",
    "SentenceChecks",
    "Signal",
    "SignalKind",
    "SkippedEntry",
    "SourceGather",
    "StartedJob",
    "Today",
    "UnresolvedExample",
    "Verdict",
    "WeightedValue",
    "Work",
    "WorkWithRecords",
    "Writing",
    "WritingJob",
    "WritingReport",
    "message_details",
    "messages_of",
]
