"""`nextlat serve` as a process: its first words, its mistakes, its end."""

from __future__ import annotations

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import nextlat
from nextlat.cli import main
from nextlat.commands.serve import serve
from nextlat.serving.application import ENDPOINTS

SOURCE = Path(nextlat.__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def process(folders: dict[str, Path]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    words = [
        "serve",
        str(folders["tiny"]),
        "--port",
        str(port),
        "--embedding-model",
        str(folders["encoder"]),
    ]
    started = subprocess.Popen(
        [sys.executable, "-m", "nextlat.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    yield started, port
    started.kill()
    started.communicate()


def first_words(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    printed = ""
    while "serving" not in printed:
        line = process.stderr.readline()
        assert line, printed
        printed += line
    return printed


@pytest.mark.slow
def test_it_serves_and_a_signal_ends_it_quickly(process: tuple[subprocess.Popen[str], int]) -> None:
    served, port = process
    printed = first_words(served)
    assert f"http://127.0.0.1:{port}/v1" in printed
    assert "tiny" in printed
    body = json.dumps(
        {"prompt": "the", "max_tokens": 200, "ignore_eos": True, "stream": True, "n": 4}
    ).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/completions", body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.readline().startswith(b"data: ")
        began = time.monotonic()
        served.send_signal(signal.SIGTERM)
        assert served.wait(10) == 0
        assert time.monotonic() - began < 5
    out, err = served.communicate()
    assert out == ""
    assert err.endswith("nextlat: stopped\n")
    assert "Traceback" not in err


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["serve", "/absent", "--port", str(port)])
    assert ended.value.code == 1
    assert f"127.0.0.1:{port}: the port is in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--host", "0.0.0.0"], 2, "--api-key"),
        (["--port", "70000"], 2, "70000"),
        (["--draft-length", "many"], 2, "--draft-length 'many'"),
        (["/absent/model", "--port", "0"], 1, "/absent/model does not exist"),
        (["/absent/model.gguf", "--port", "0"], 1, "/absent/model.gguf does not exist"),
        (["--api-key", " ", "--port", "0"], 2, "API key is empty"),
    ],
)
def test_mistakes(
    words: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", *words])
    assert ended.value.code == code
    assert complaint in capsys.readouterr().err


def test_a_missing_library_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nextlat.serving.loading.LIBRARIES", ("fastapi", "absent_library"))
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert "absent_library" in err
    assert "pip install 'nextlat[serve]'" in err


def test_the_guide_names_every_option_and_route() -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "serving.md").read_text(
        "utf-8"
    )
    for option in serve.params:
        if isinstance(option, click.Option):
            assert f"| `{option.opts[0]}` |" in guide, option.opts
    for endpoint in ENDPOINTS:
        for route in endpoint.router.routes:
            path = getattr(route, "path", "").replace(":path", "")
            assert f"{path}`" in guide, path


def loaded_at_once(module: str, seen: set[str]) -> set[str]:
    """Return the packages that importing a module of ours brings in, by its files' outermost
    lines."""
    if module in seen:
        return set()
    seen.add(module)
    path = SOURCE.joinpath(*module.split(".")[1:])
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    packages: set[str] = set()
    if not file.exists():
        return packages
    for node in ast.parse(file.read_text("utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            packages |= (
                loaded_at_once(name, seen) if name.startswith("nextlat.") else {name.split(".")[0]}
            )
    return packages


def test_the_command_loads_without_the_extra() -> None:
    packages = loaded_at_once("nextlat.commands.serve", set())
    assert "torch" in packages
    assert not packages & {
        "fastapi",
        "starlette",
        "uvicorn",
        "pydantic",
        "llguidance",
        "prometheus_client",
        "gguf",
    }
