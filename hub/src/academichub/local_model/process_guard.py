"""Runs a command and ends it, with all that it started, once its standard input is closed.

A program of its own that needs the standard library alone: `python process_guard.py COMMAND
ARGUMENT...`. It leads a process group, so whoever started it can end the group. However the starter
dies, kill -9 included, the kernel closes its end of the pipe, and nothing is left running. The
command runs at a lower priority: pages go first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

NICENESS = 10
GRACE_S = 2.0
"""Seconds a command may take to end when asked to."""

NOT_FOUND = 127


def main(command: list[str]) -> int:
    """Run a command; return its exit code, 128 + the signal where one killed it."""
    os.nice(NICENESS)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as problem:
        # Standard output goes into the engine's log.
        print(f"{command[0]}: {problem.strerror}", flush=True)  # noqa: T201
        return NOT_FOUND
    threading.Thread(target=_watch, args=(child,), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _watch(child: subprocess.Popen[bytes]) -> None:
    """Wait until the pipe is closed, then end the command and the whole process group."""
    while os.read(0, 1):
        pass
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
