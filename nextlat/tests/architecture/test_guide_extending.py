"""The drafter and the endpoint of docs/guide/extending.md are whole: as files and rows they
work."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from starlette.testclient import TestClient
from tiny_chat import save_chat_model
from tiny_drafts import proposed
from tiny_trunks import tiny_trunk

from nextlat.decoding import DRAFTERS
from nextlat.decoding.draft_length import FixedLength
from nextlat.decoding.generate import generate
from nextlat.serving import application
from nextlat.serving.loading import load_state
from nextlat.serving.settings import ServeSettings
from nextlat.trunk.trunk import Trunk

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "extending.md"


def module_of(heading: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Write the code under a heading of the guide to a file, and import that."""
    section = GUIDE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    name = f"guide_{heading.rpartition(' ')[2]}"
    file = folder / f"{name}.py"
    file.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_the_guides_drafter_drafts_and_changes_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = module_of("A drafter", tmp_path, monkeypatch).PeriodDrafter
    assert proposed(kind(period=3), [1, 2, 3, 1, 2], 3) == [1, 2, 3, 1]
    assert proposed(kind(period=3), [1], 2) == [], "there is no period before"
    first = kind(period=2)
    second = first.copy()
    first.begin([5, 6], torch.zeros(2, 1))
    second.begin([7, 8], torch.zeros(2, 1))
    first.observe([5], torch.zeros(1, 1))
    assert (first._ids, second._ids) == ([5, 6, 5], [7, 8])

    monkeypatch.setitem(DRAFTERS, kind.name, kind)
    trunk = Trunk(tiny_trunk())
    ids = torch.arange(12).remainder(4)
    with_drafts = generate(
        trunk,
        DRAFTERS["period"].build(trunk, None),
        ids,
        max_new_tokens=24,
        length_policy=FixedLength(3),
    )
    plain = generate(trunk, None, ids, max_new_tokens=24)
    assert torch.equal(with_drafts.sequences, plain.sequences)
    assert with_drafts.stats.drafted > 0


def test_the_guides_endpoint_is_served_behind_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = module_of("An endpoint", tmp_path, monkeypatch)
    monkeypatch.setattr(application, "ENDPOINTS", (*application.ENDPOINTS, endpoint))
    settings = ServeSettings(api_key="secret", max_context_tokens=321)
    state = load_state(str(save_chat_model(tmp_path / "tiny")), settings)
    client = TestClient(application.build_application(state))
    assert client.get("/v1/limits").status_code == 401
    response = client.get("/v1/limits", headers={"Authorization": "Bearer secret"})
    assert response.json() == {"model": "tiny", "max_context_tokens": 321}
    assert b'"/v1/limits"' in state.metrics.text(), "its requests are counted"
