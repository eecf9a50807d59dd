"""The JSON API under `/api`: what the pages show, for programs. One module a subject; each has a `router`."""

from __future__ import annotations

from fastapi import APIRouter

from academichub.web.api import briefs, engine, exports, gather, ledger, radar, search, today, works

ROUTERS: tuple[APIRouter, ...] = tuple(
    part.router for part in (today, search, works, briefs, ledger, radar, gather, engine, exports)
)
"""Every part of the API."""
