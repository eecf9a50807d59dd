"""The JSON API under `/api`: what the pages show, for programs. One module a subject."""

from __future__ import annotations

from fastapi import APIRouter

from academichub.web.api import (
    briefs,
    gather,
    health,
    ledger,
    local_model,
    radar,
    search,
    today,
    works,
)

ROUTERS: tuple[APIRouter, ...] = tuple(
    part.router
    for part in (today, search, works, briefs, ledger, radar, gather, local_model, health)
)
"""Every part of the API, with the paths it answers."""

TAGS = [
    {"name": "today", "description": "A day's works in the order of the radar."},
    {"name": "search", "description": "The library by words and fields."},
    {"name": "works", "description": "Works of the library, one or all."},
    {"name": "briefs", "description": "Cited briefs, and the language model that rewrites them."},
    {"name": "ledger", "description": "What each source was asked for and what came."},
    {"name": "radar", "description": "The signals that decide the order of works."},
    {"name": "gather", "description": "Asking the sources for what is new."},
    {"name": "engine", "description": "The local language model."},
    {"name": "health", "description": "Whether the hub can read its database."},
]
