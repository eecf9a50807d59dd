"""A PostgreSQL server of its own for tests: a new cluster in a temporary folder, reached by a socket in that folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

DEBIAN_FOLDER = Path("/usr/lib/postgresql")
"""Where Debian installs the programs of each version, off the PATH."""


def programs() -> Path:
    """Return the folder of `initdb` and `pg_ctl`; skip the test where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    folders = sorted(DEBIAN_FOLDER.glob("*/bin/initdb"))
    if on_path is None and not folders:
        pytest.skip("PostgreSQL is not installed (Debian and Ubuntu: apt install postgresql)")
    return Path(on_path or folders[-1]).resolve().parent


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server and give the SQLAlchemy URL of an empty database in UTF-8.

    PostgreSQL refuses to run as root; where tests do, it runs as the user `postgres`, which Debian's package creates.
    """
    folder = programs()
    user = "postgres" if os.getuid() == 0 else None
    # The path of a Unix socket has at most 107 bytes, which pytest's own temporary folders may exceed.
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        home = Path(name)
        if user is not None:
            shutil.chown(home, user)
        options = f"-k {home} -c listen_addresses='' -c fsync=off"

        def run(program: str, *arguments: str) -> None:
            command = [str(folder / program), "-D", str(home / "data"), *arguments]
            completed = subprocess.run(
                command,
                user=user,
                cwd=home,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=100,
                check=False,
            )
            if completed.returncode != 0:
                raise RuntimeError(f"{program} failed: {completed.stderr}")

        run("initdb", "--auth=trust", "--username=hub", "--encoding=UTF8", "--no-sync")
        run("pg_ctl", "-w", "-o", options, "-l", str(home / "server.log"), "start")
        try:
            yield f"postgresql+psycopg://hub@/postgres?host={home}"
        finally:
            with suppress(RuntimeError):  # a test may have stopped it itself
                run("pg_ctl", "-m", "immediate", "stop")
