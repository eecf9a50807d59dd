"""Fixtures every area shares: where the optional real inputs are, and a guard against the outside network."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the checkout; tests that need it skip where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the optional folder of real inputs (../shared/data) is absent")
    return folder


@pytest.fixture(scope="session")
def shared_mirror() -> Path:
    """The folder of the arXiv mirror; tests that need it skip where it is absent."""
    folder = REPOSITORY.parent / "shared" / "mirror"
    if not folder.is_dir():
        pytest.skip("the optional arXiv mirror (../shared/mirror) is absent")
    return folder


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail any test that opens a connection to an address outside this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            try:
                inside = ipaddress.ip_address(address[0]).is_loopback
            except ValueError:
                inside = address[0] == "localhost"
            if not inside:
                raise OSError(f"test tried to reach {address[0]}: only loopback is allowed")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every test has its own data folder and no settings from the developer's environment."""
    for name in list(os.environ):
        if name.startswith("ACADEMICHUB_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ACADEMICHUB_HOME", str(tmp_path_factory.mktemp("home")))
