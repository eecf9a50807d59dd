"""`academichub serve` (pages) and `run` (pages, daily gather, brief), in one process."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import click

from academichub.errors import HubError, UsageError
from academichub.hub import Hub, open_hub
from academichub.radar import scikit_learn

_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port = click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port; 0 takes a free one.",
)


@click.command()
@_host
@_port
def serve(host: str, port: int) -> None:
    """Serve the pages only; gather with `academichub gather` or a worker."""
    _serve(host, port, with_jobs=False)


@click.command()
@_host
@_port
@click.option("--no-engine", is_flag=True, help="Start no local language model.")
@click.option(
    "--engine-setup",
    default="",
    metavar="COMMAND",
    help="Installs what the local engine needs, first.",
)
def run(host: str, port: int, no_engine: bool, engine_setup: str) -> None:
    """Serve the pages, gather now and every day, and write the brief.

    Where no llm.base_url is set, a local language model is started too and watched; the pages never
    wait for it.
    """
    _serve(host, port, with_jobs=True, setup=None if no_engine else engine_setup)


def _serve(host: str, port: int, *, with_jobs: bool, setup: str | None = None) -> None:
    """Serve until a signal; `setup` installs the local engine, None where none is to be run."""
    from academichub.web.app import create_app
    from academichub.web.server import Server, end_on_sigterm

    hub = open_hub()
    with ExitStack() as stack:
        stack.callback(hub.close)
        require_account(hub, host)
        listener = stack.enter_context(listen(host, port))
        bound = listener.getsockname()[1]
        server = Server(create_app(hub, host=host))
        click.echo(f"AcademicHub is at http://{_shown(host)}:{bound}/ (stop with Ctrl-C)", err=True)
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        end_on_sigterm()
        threading.Thread(target=scikit_learn.preload, name="warm-up", daemon=True).start()
        if with_jobs:
            from academichub.jobs.schedule import Scheduler

            scheduler = Scheduler(hub)
            scheduler.start()
            stack.callback(scheduler.stop)
        if setup is not None:
            stack.enter_context(_engine(hub, setup))
        # uvicorn raises the signal again when it has stopped, which is not a failure.
        with suppress(KeyboardInterrupt):
            server.run_on(listener)
    server.leave()


@contextmanager
def _engine(hub: Hub, setup: str) -> Iterator[None]:
    """Run the local engine meanwhile, where the settings want one."""
    from academichub.jobs.catching_up import catch_up
    from academichub.local_model.supervisor import Supervisor

    supervisor = Supervisor(hub.settings, setup=setup, when_ready=lambda: catch_up(hub))
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()


def require_account(hub: Hub, host: str) -> None:
    """Refuse to listen to a network while nobody has an account.

    Raises:
        UsageError: If the address is not loopback and there is no account.
    """
    from academichub.web.accounts import Accounts
    from academichub.web.security.hosts import is_loopback

    if is_loopback(host) or Accounts(hub.database).names():
        return
    raise UsageError(
        f"--host {host} opens the hub to a network, and there is no account with a password yet: "
        "everybody there could read and change it. Make one with `academichub user add NAME`, "
        "or stay on this computer with --host 127.0.0.1"
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address.

    Raises:
        HubError: If the port is taken or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as problem:
        raise UsageError(
            f"--host {host} is no address of this machine ({problem.strerror}); use 127.0.0.1"
        ) from problem
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as problem:
        listener.close()
        raise HubError(_why_not(problem, host, port)) from problem
    return listener


def _why_not(problem: OSError, host: str, port: int) -> str:
    """Return why the hub cannot listen on an address, and what to do."""
    if problem.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken by another program (perhaps another AcademicHub): "
            "stop it, or choose another, "
            f"e.g. `make run PORT={port + 1}` or `academichub run --port {port + 1}`"
        )
    if problem.errno == errno.EACCES:
        return f"port {port} may not be used by you: choose one above 1023, e.g. --port 8000"
    return f"the hub cannot listen on {host}:{port}: {problem.strerror}; use --host 127.0.0.1"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
