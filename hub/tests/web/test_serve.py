"""`academichub serve`, `run` and `user` as commands: real processes on loopback."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from academichub.commands.serve import listen, require_account
from academichub.commands.user import user
from academichub.errors import HubError, UsageError
from academichub.hub import Hub, open_hub
from academichub.web.accounts import Accounts

pytestmark = pytest.mark.slow


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "ACADEMICHUB_HOME": str(home)}
    command = [sys.executable, "-m", "academichub.cli", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def serving(made_home: Path, hub: Hub) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = start(hub.settings.home, "serve", "--port", "0")
    assert process.stderr
    line = process.stderr.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, line
    yield found[0], process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_serve_says_where_and_answers_and_stops(serving: tuple[str, subprocess.Popen[str]]) -> None:
    address, process = serving
    with urllib.request.urlopen(address, timeout=30) as page:
        assert (
            page.status == 200 and b"<article" in page.read() and page.headers.get("server") is None
        )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(
            urllib.request.Request(address, headers={"Host": "evil.example"}), timeout=30
        )
    assert refused.value.code == 421
    refused.value.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_a_taken_port_is_said_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path, "serve", "--port", str(port))
        _, said = process.communicate(timeout=60)
        assert (
            process.returncode == 1
            and f"port {port} is taken" in said
            and f"PORT={port + 1}" in said
        )
        assert "Traceback" not in said
        with pytest.raises(HubError, match="taken"):
            listen("127.0.0.1", port)


def test_a_network_address_needs_an_account_first(tmp_path: Path) -> None:
    process = start(tmp_path, "run", "--host", "0.0.0.0", "--port", "0")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2 and "academichub user add" in said and "Traceback" not in said


def test_with_an_account_the_network_is_allowed(hub: Hub) -> None:
    require_account(hub, "::1")
    with pytest.raises(UsageError, match="user add"):
        require_account(hub, "192.168.1.5")
    Accounts(hub.database).add("mei", "correct horse battery")
    require_account(hub, "192.168.1.5")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(HubError, match=r"127\.0\.0\.1"):
        listen("203.0.113.7", 0)


def test_accounts_are_managed_on_the_command_line() -> None:
    runner = CliRunner()
    made = runner.invoke(user, ["add", "mei", "--password-stdin"], input="correct horse battery\n")
    assert made.exit_code == 0 and made.stdout == ""
    twice = runner.invoke(
        user, ["add", "lin"], input="correct horse battery\ncorrect horse battery\n"
    )
    assert twice.exit_code == 0
    assert runner.invoke(user, ["list"]).stdout.split() == ["lin", "mei"]
    accounts = Accounts(open_hub().database)
    assert accounts.check_password("lin", "correct horse battery", "x")
    assert (
        runner.invoke(
            user, ["password", "mei", "--password-stdin"], input="another long password\n"
        ).exit_code
        == 0
    )
    assert accounts.check_password("mei", "another long password", "x")
    assert runner.invoke(user, ["remove", "mei"]).exit_code == 0 and accounts.names() == ["lin"]
    for arguments, given in ((["add", "x", "--password-stdin"], "short\n"), (["add", "y", "--password-stdin"], ""),
                             (["remove", "nobody"], "")):  # fmt: skip
        assert isinstance(runner.invoke(user, arguments, input=given).exception, HubError)


def test_many_first_visitors_at_once_are_all_answered(
    serving: tuple[str, subprocess.Popen[str]],
) -> None:
    """The heavy modules load once, by one of them; the others wait for it instead of meeting half-made modules."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(path: str) -> int:
        with urllib.request.urlopen(serving[0] + path, timeout=60) as page:
            return int(page.status)

    with ThreadPoolExecutor(8) as pool:
        assert (
            list(
                pool.map(
                    ask,
                    [
                        "",
                        "brief",
                        "search?q=maps",
                        "radar",
                        "",
                        "api/today",
                        "feeds/radar.atom",
                        "sources",
                    ],
                )
            )
            == [200] * 8
        )
