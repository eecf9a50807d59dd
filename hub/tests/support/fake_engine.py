"""Stands in for `nextlat serve`: a program that serves the model server's answers on the port it is told.

    python fake_engine.py NOTES [--fail CODE] [--answers N] --host HOST --port PORT

Each start appends a line of JSON to NOTES: its process and the key it was given. With `--answers`, its first life answers
so many chat questions and lets all others wait.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from pathlib import Path

from made_writers import honest
from model_server import ModelServer, completion, send_json, slow


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("notes", type=Path)
    parser.add_argument("--fail", type=int)
    parser.add_argument("--answers", type=int)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    told = parser.parse_args()
    is_first = not told.notes.exists()
    with told.notes.open("a") as notes:
        key = os.environ["NEXTLAT_API_KEY"]
        settings = [name for name in os.environ if name.startswith("ACADEMICHUB_")]
        notes.write(
            json.dumps({"pid": os.getpid(), "key": key, "host": told.host, "settings": settings})
            + "\n"
        )
    sys.stdout.write("fake: loading\n")
    sys.stdout.flush()
    if told.fail is not None:
        sys.stdout.write("fake: the weights are gone\n")
        sys.exit(told.fail)
    with ModelServer(honest, port=told.port) as server:
        if told.answers is not None and is_first:
            server.script = [
                lambda handler, asked: send_json(handler, completion(honest(asked)))
            ] * told.answers + [slow(600)] * 999
        threading.Event().wait()


if __name__ == "__main__":
    main()
