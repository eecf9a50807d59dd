"""Where a result comes from: versions and hardware, and no folder of the machine."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from nextlat.training.provenance import (
    mapping_without_folders,
    provenance,
    without_folder,
    without_folders,
)


def test_versions_hardware_and_commit_are_there() -> None:
    origin = provenance()
    assert origin["versions"]["torch"] == torch.__version__
    assert origin["hardware"]["threads"] == torch.get_num_threads()
    assert origin["commit"] is None or len(origin["commit"]) == 12


def test_paths_inside_mappings_and_lists_are_cut() -> None:
    values = {"a": ("/x/y.txt", {"b": ["~/m/small/"]}), "c": 3, "d": None, "e": "owner/name"}
    assert mapping_without_folders(values) == {
        "a": ["y.txt", {"b": ["small"]}],
        "c": 3,
        "d": None,
        "e": "owner/name",
    }


@given(st.text())
def test_cutting_twice_is_cutting_once(text: str) -> None:
    once = without_folder(text)
    assert without_folders(once) == once or once.startswith((".", "~"))
