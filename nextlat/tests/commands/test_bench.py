"""`nextlat bench decode`: the keys of its JSON, equal texts, and errors that name row and
remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_language_model import save_tiny_model

from nextlat.cli import main
from nextlat.commands import bench

KEYS = {
    "model",
    "threads",
    "transformers_tokens_per_s",
    "plain_tokens_per_s",
    "speculative",
    "peak_memory_mb",
}
ROW = {
    "draft_length",
    "drafter",
    "tokens_per_s",
    "accepted_per_cycle",
    "accepted_by_position",
    "all_equal",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    words = ("steps=3", "held_out=4", "loop.threads=1", "task.length=64")
    main(["train", "stories.tiny", *words, "--out", str(out), "--quiet"])
    return out / "model"


def test_the_json_has_its_keys(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Otto found a"}\n{"prompt_ids": [5, 6, 7]}\n')
    capsys.readouterr()
    main(["bench", "decode", str(model), "--prompts", str(prompts), "--max-new-tokens", "12", "--threads", "1",
          "--draft-lengths", "2,adaptive", "--json"])  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == KEYS
    assert told["threads"] == 1
    assert [(row["drafter"], row["draft_length"]) for row in told["speculative"]] == [
        (drafter, length)
        for drafter in ("latent", "lookup", "bigram")
        for length in (2, "adaptive")
    ]
    for row in told["speculative"]:
        assert row.keys() == ROW
        assert row["all_equal"] is True
        assert row["tokens_per_s"] > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"prompt": "a"}\n{"text": "b"}\n', "row 2"),
        ('{"prompt_ids": []}\n', "0 tokens"),
        ('{"prompt_ids": [999999]}\n', "outside the model's vocabulary of 300"),
        ('{"prompt_ids": [1, 2', "line 1"),
        ("", "holds no rows"),
    ],
)
def test_bad_rows_are_named(
    text: str, said: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.jsonl").write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "bench",
                "decode",
                str(model),
                "--prompts",
                str(tmp_path / "bad.jsonl"),
                "--max-new-tokens",
                "8",
            ]
        )
    assert ended.value.code == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--draft-lengths", "two"), "'two'"), (("--drafters", "oracle"), "'oracle' is not one of")],
)
def test_bad_options_are_named(
    words: tuple[str, ...],
    said: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "decode", str(model), "--prompts", str(tmp_path / "x.jsonl"), *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_trunk_without_generate_of_transformers_is_served_by_our_own_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "trunk.family=nextlat_gru",
        "steps=2",
        "held_out=4",
        "loop.threads=1",
        "task.length=64",
    )
    main(["train", "stories.tiny", *words, "--out", str(tmp_path), "--quiet"])
    capsys.readouterr()
    texts = []
    for length in ("none", "3"):
        main(
            [
                "generate",
                str(tmp_path / "model"),
                "Otto",
                "--max-new-tokens",
                "6",
                "--draft-length",
                length,
            ]
        )
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0].startswith("Otto")
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "Otto found a"}\n')
    bench = ["bench", "decode", str(tmp_path / "model"), "--prompts", str(tmp_path / "prompts.jsonl"), "--threads", "1",
             "--max-new-tokens", "6", "--draft-lengths", "2"]  # fmt: skip
    main([*bench, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["transformers_tokens_per_s"] is None
    assert told["plain_tokens_per_s"] > 0
    assert all(row["all_equal"] for row in told["speculative"])
    main(bench)
    assert "no generate of transformers, plain" in capsys.readouterr().out


def test_an_ordinary_folder_is_measured_without_the_latent_drafter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save_tiny_model(tmp_path / "plain")
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps({"prompt": "abab"}) + "\n", "utf-8")
    main(
        [
            "bench",
            "decode",
            str(folder),
            "--prompts",
            str(prompts),
            "--max-new-tokens",
            "4",
            "--json",
        ]
    )
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert "no latent dynamics" in err
    assert {row["drafter"] for row in told["speculative"]} == {"lookup", "bigram"}
    assert all(row["all_equal"] for row in told["speculative"])


def test_the_shipped_model_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "shipped")
    monkeypatch.setattr(bench, "default_model", lambda: str(folder))
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps({"prompt": "abab"}) + "\n", "utf-8")
    main(
        [
            "bench",
            "decode",
            "--prompts",
            str(prompts),
            "--max-new-tokens",
            "2",
            "--draft-lengths",
            "1",
        ]
    )
