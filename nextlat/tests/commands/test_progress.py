"""Commands keep transformers' progress bars off standard error; the library leaves them to its
users."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers.utils import logging

from nextlat.cli import main
from nextlat.model.nextlat import NextLat

BARS = ("Loading weights", "Writing model shards")


def test_no_command_shows_the_librarys_bars_and_library_users_keep_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.enable_progress_bar()  # whatever an earlier test in this process left
    main(
        [
            "train",
            "stories.tiny",
            "steps=1",
            "held_out=4",
            "loop.threads=1",
            "--out",
            str(tmp_path),
            "--quiet",
        ]
    )
    main(["generate", str(tmp_path / "model"), "Otto", "--max-new-tokens", "2"])
    main(["evaluate", str(tmp_path)])
    with pytest.raises(SystemExit):
        main(["generate", str(tmp_path / "model"), ""])
    shown = capfd.readouterr().err
    assert not [bar for bar in BARS if bar in shown]
    assert logging.is_progress_bar_enabled()
    NextLat.from_pretrained(tmp_path / "model").save_pretrained(tmp_path / "again")
    shown = capfd.readouterr().err
    assert [bar for bar in BARS if bar in shown] == list(BARS)


@pytest.mark.slow
def test_the_workers_of_a_study_show_none_either(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main(
        [
            "reproduce",
            "path-star",
            "--scale",
            "tiny",
            "--only",
            "gpt",
            "--workers",
            "2",
            "--out",
            str(tmp_path),
        ]
    )
    shown = capfd.readouterr().err
    assert "wrote" in shown
    assert not [bar for bar in BARS if bar in shown]
