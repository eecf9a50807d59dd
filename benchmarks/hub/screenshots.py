"""Take the screenshots of the README and the guide, of the starter shelf, in real Chromium.

They are written to docs/screenshots/.

Run `.venv/bin/python benchmarks/hub/screenshots.py`. It needs Chromium (or its path in CHROMIUM)
and fonts for Chinese.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from academichub import preferences
from academichub.hub import Hub, open_hub
from academichub.radar.radar import Radar
from academichub.settings import load_settings
from academichub.web.app import create_app

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LIMIT_BYTES = 300_000


@dataclass(frozen=True)
class Shot:
    """One picture: file name, path of the page, how the browser is set up, what is pressed."""

    name: str
    path: str
    size: tuple[int, int] = (1280, 960)
    lang: str = "en-US"
    scheme: str = "light"
    press: str = ""


SHOTS = (
    Shot("today", "/"),
    Shot("today-dark-zh", "/", lang="zh-CN", scheme="dark"),
    Shot("today-phone", "/", size=(390, 844)),
    Shot("brief", "/brief", press=".check-mark > summary >> nth=1"),
    Shot("brief-zh-phone", "/brief", size=(390, 844), lang="zh-CN", scheme="dark"),
    Shot("radar", "/radar"),
    Shot("search", "/search?q=quantum"),
    Shot("sources", "/sources"),
    Shot("today-list", "/?layout=list"),
    Shot("first-run", "/", press=".setup summary"),
    Shot("first-run-dark-zh", "/", lang="zh-CN", scheme="dark"),
    Shot("first-run-phone", "/", size=(390, 844)),
)


def main() -> None:
    """Serve the shelf and take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        hub = open_hub(load_settings({"ACADEMICHUB_HOME": home}))
        prepare(hub)
        with served(hub) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for shot in SHOTS:
                if shot.name.startswith("first-run"):
                    hub.preferences.set(preferences.FIELDS_CHOSEN, None)
                take(browser, address, shot)
            browser.close()
        hub.close()


def prepare(hub: Hub) -> None:
    """Give the reader a taste, so that the order has reasons."""
    hub.preferences.set(preferences.FIELDS_CHOSEN, [])
    radar = Radar(hub.database)
    for kind, value in (
        ("query", "world models planning"),
        ("query", "quantum error correction"),
        ("category", "cs.LG"),
    ):
        radar.add(kind, value)
    works = list(hub.shelf.all_works())
    radar.add_all("like", [work.key for work in works if "cs.LG" in work.categories][:3])
    radar.add_all("example", [work.key for work in works if "quant-ph" in work.categories][:3])
    radar.add("dislike", next(work.key for work in works if "astro-ph.GA" in work.categories))


@contextmanager
def served(hub: Hub) -> Iterator[str]:
    """Serve the pages on a free port and give their address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(create_app(hub), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def take(browser: Browser, address: str, shot: Shot) -> None:
    """Take one picture; one that is too heavy for a repository is an error."""
    width, height = shot.size
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=shot.lang,
        color_scheme="dark" if shot.scheme == "dark" else "light",
        device_scale_factor=2 if phone else 1,
    )
    page = context.new_page()
    page.goto(address + shot.path)
    if shot.press:
        page.click(shot.press)
    path = FOLDER / f"{shot.name}.png"
    page.screenshot(path=path)
    context.close()
    size = path.stat().st_size
    if size > LIMIT_BYTES:
        raise SystemExit(f"{path} has {size} bytes, more than {LIMIT_BYTES}")
    print(f"{path.name}: {size} bytes")


if __name__ == "__main__":
    main()
