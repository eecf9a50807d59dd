"""The pages of a test's hub in real Chromium: the browser, a server, an opener that watches requests and console."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from academichub.hub import Hub
from academichub.web.app import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["Opener", "address", "browser", "keys", "until", "visit"]

PATHS = [
    os.environ.get("CHROMIUM", ""),
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
]
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-features=OptimizationHints,MediaRouter"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((one for one in PATHS if one and Path(one).exists()), None)
    if path is None:
        pytest.skip("Chromium is not installed (set CHROMIUM to its path)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS, headless=True)
        yield opened
        opened.close()


@pytest.fixture
def address(hub: Hub) -> Iterator[str]:
    """The pages of the test's own hub, really served."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(create_app(hub), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


Opener = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Opener]:
    """Open a page; at the end no other host was asked for anything and the console holds no error."""
    asked: list[str] = []
    said: list[str] = []
    contexts: list[Any] = []

    def go(path: str, **options: Any) -> Page:
        context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on(
            "console",
            lambda message: (
                said.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda problem: said.append(str(problem)))
        page.goto(address + path)
        return page

    go.said = said  # type: ignore[attr-defined]
    yield go
    for context in contexts:
        context.close()
    assert asked and all(one.startswith((address, "data:")) for one in asked), asked
    assert said == []


def keys(page: Page) -> list[str]:
    return [str(one.get_attribute("data-key")) for one in page.query_selector_all("article")]


def until(page: Page, true: Callable[[], bool]) -> None:
    for _ in range(150):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came about")
