"""A server on a socket.

It takes its address before a model is loaded, so that mistakes show at once, and ends open streams
when it stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from nextlat.errors import NextLatError
from nextlat.serving.application import build_application
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import ServerState

SHUTDOWN_SECONDS = 3
"""How long open connections may take to end once their generations have."""

MAX_CONNECTIONS = 512
"""The most open connections; further ones are answered 503 at once."""

HEADER_SECONDS = 30.0
"""How long a new connection may take to send the head of its first request."""


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP protocol with a time limit for a connection's first request."""

    # uvicorn narrows the argument in the same way.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEADER_SECONDS, self._end_if_silent)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer, which would keep this connection and its request in memory."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _end_if_silent(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


class PortInUseError(NextLatError):
    """The address is in use or not available; choose another port."""


_Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""As getaddrinfo gives it: of IPv4, of IPv6, or of a build of Python without IPv6."""


def _unbound(settings: ServeSettings, where: str) -> tuple[socket.socket, _Address]:
    """Return a socket of the address's family, IPv4 or IPv6, and the address to bind it to."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.socket(family, kind, protocol), address
    except OSError as error:
        raise PortInUseError(
            f"cannot listen on {where}: {error}; give an address of this machine"
        ) from error


def bind(settings: ServeSettings) -> socket.socket:
    """Take the address, before a model is loaded for it.

    Raises:
        PortInUseError: it is taken, or is not an address of this machine.
    """
    where = f"{settings.host}:{settings.port}"
    listener, address = _unbound(settings, where)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1)  # two servers may bind one port while neither listens
    except OSError as error:
        listener.close()
        reason = "the port is in use" if error.errno == errno.EADDRINUSE else str(error)
        raise PortInUseError(
            f"cannot listen on {where}: {reason}; stop the other program or give another --port"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address of a socket as a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn with the scheduler, started and stopped together; a signal ends both quickly."""

    def __init__(self, state: ServerState) -> None:
        super().__init__(
            uvicorn.Config(
                build_application(state),
                http=PatientProtocol,
                limit_concurrency=MAX_CONNECTIONS,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )
        self._state = state

    def run_on(self, listener: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until stopped.

        Args:
            listener: of `bind`.
            ready: called when requests are answered.
        """
        state = self._state
        state.scheduler.start()
        if state.embeddings is not None:
            state.embeddings.start()
        ready()
        try:
            self.run(sockets=[listener])
        finally:
            self._stop_work()
            state.preparing.shutdown(wait=False, cancel_futures=True)

    def ask_to_stop(self) -> None:
        """End the generations and then the server; may be called from any thread."""
        self.should_exit = True
        threading.Thread(target=self._stop_work, daemon=True).start()

    def _stop_work(self) -> None:
        self._state.scheduler.stop()
        if self._state.embeddings is not None:
            self._state.embeddings.stop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on the first signal, at once on the second."""
        if self.should_exit:
            self.force_exit = True
        self.ask_to_stop()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM meanwhile, so that they end the process with status 0.

        uvicorn's own handler raises the signal once more after the server has stopped.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)
