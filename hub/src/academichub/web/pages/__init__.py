"""One module a page; each has a `router`."""

from __future__ import annotations

from fastapi import APIRouter

from academichub.web.pages import brief, feeds, login, radar, search, settings, sources, today, work

ROUTERS: tuple[APIRouter, ...] = tuple(
    page.router for page in (today, work, search, radar, brief, sources, settings, login, feeds)
)
"""Every page, in the order its routes are tried."""
