"""What a source is to the rest of the hub: a name, where it is asked, and what for. No IO."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A source module as readers and settings know it.

    Attributes:
        name: Module name, as in settings, records and ledger.
        title: For readers.
        base_url: Where it is asked unless settings say otherwise; empty where each ask has an address of its own.
        asks: What is asked of it in a gather, in one sentence.
        pace: How often, in words.
    """

    name: str
    title: str
    base_url: str
    asks: str
    pace: str
