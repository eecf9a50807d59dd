"""The web server of `academichub serve` and `run`: uvicorn, which always ends within seconds.

Requests are answered in threads, and a thread cannot be stopped from outside. uvicorn and the
interpreter both wait for such threads, so one request that computes without end would keep the
process alive.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp

GRACE_S = 5
"""Seconds a request may still take after the signal that ends the hub."""

SETTLE_S = 1.0
"""Seconds after that in which cancelled requests may still end."""

LIMIT_S = 40
"""Seconds after the signal at which the process ends even if something other than a request holds
it: the engine, which is given 15 s, or the schedule, which is given 5 s, may come after the
requests."""

log = logging.getLogger("academichub.web")


class Server(uvicorn.Server):
    """uvicorn over one listening socket, with a limit on how long its end may take.

    Args:
        app: What answers the requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=30,
                limit_concurrency=200,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._threads: frozenset[threading.Thread] = frozenset()

    def run_on(self, listener: socket.socket) -> None:
        """Serve until SIGINT or SIGTERM; requests that do not end within `GRACE_S` are left behind.

        Raises:
            KeyboardInterrupt: When it has ended; uvicorn raises its signal again.
        """
        self._threads = frozenset(threading.enumerate())
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self.serve(sockets=[listener]))
        finally:
            # asyncio.run would wait for every task that does not end.
            if not loop.run_until_complete(_cancel_tasks()):
                asyncio.set_event_loop(None)
                loop.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a thread that needs no interpreter ends the process after `LIMIT_S`."""
        faulthandler.dump_traceback_later(LIMIT_S, exit=True)
        super().handle_exit(sig, frame)

    def leave(self) -> None:
        """End the process at once if requests were left behind; the interpreter would wait.

        Call it last, when everything else is stopped.
        """
        faulthandler.cancel_dump_traceback_later()
        deadline = time.monotonic() + SETTLE_S
        while (stuck := self._stuck_threads()) and time.monotonic() < deadline:
            time.sleep(0.05)  # threads without a request end by themselves
        if stuck:
            log.warning("requests still being answered: %d; the hub ends without them", len(stuck))
            _end_process(0)

    def _stuck_threads(self) -> list[threading.Thread]:
        """Return the threads begun since the start that the interpreter would wait for."""
        return [
            thread
            for thread in threading.enumerate()
            if not thread.daemon and thread not in self._threads
        ]


def end_on_sigterm() -> None:
    """End on SIGTERM as on Ctrl-C, so that everything that was started is stopped in order."""
    signal.signal(signal.SIGTERM, _as_ctrl_c)


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


async def _cancel_tasks() -> int:
    """Cancel what still runs; return how many tasks did not end within `SETTLE_S`."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if not tasks:
        return 0
    _, pending = await asyncio.wait(tasks, timeout=SETTLE_S)
    return len(pending)


def _end_process(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
