"""A folder a page: its routes, what its template shows, and the template."""

from __future__ import annotations

from fastapi import APIRouter

from academichub.web.pages.brief import route as brief_route
from academichub.web.pages.feeds import route as feeds_route
from academichub.web.pages.login import route as login_route
from academichub.web.pages.radar import route as radar_route
from academichub.web.pages.search import route as search_route
from academichub.web.pages.settings import route as settings_route
from academichub.web.pages.sources import route as sources_route
from academichub.web.pages.today import route as today_route
from academichub.web.pages.today import start as start_route
from academichub.web.pages.work import route as work_route

ROUTERS: tuple[APIRouter, ...] = (
    today_route.router,
    start_route.router,
    work_route.router,
    search_route.router,
    radar_route.router,
    brief_route.router,
    sources_route.router,
    settings_route.router,
    login_route.router,
    feeds_route.router,
)
"""Every page, in the order its routes are tried."""
