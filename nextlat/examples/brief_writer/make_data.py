"""Writes problems.jsonl and demonstrations.jsonl: sentences of invented works, to be shortened."""

from __future__ import annotations

import json
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent

SUBJECTS = (
    "sparse attention", "graph pruning", "residual quantisation", "contrastive pretraining",
    "curriculum sampling", "adaptive meshing", "spectral filtering", "active learning",
    "tensor factorisation", "label smoothing",
)  # fmt: skip
EFFECTS = (
    ("reduces the error of", "weather models"),
    ("lowers the cost of", "protein docking"),
    ("shortens the training of", "speech recognisers"),
    ("raises the accuracy of", "tumour segmentation"),
    ("cuts the memory of", "language models"),
    ("improves the recall of", "citation search"),
)
OPENINGS = (
    "In this work, we show that",
    "Our extensive experiments demonstrate that",
    "We further find that in practice",
)
ENDINGS = (
    ", which makes it suitable for a wide range of real applications",
    " compared with the strong baselines considered in earlier studies",
    ", as many readers of this literature had long been hoping for",
)

FRAMES = [(opening, ending) for opening in OPENINGS for ending in ENDINGS]


def problem(
    subject: str, effect: tuple[str, str], number: int, opening: str, ending: str
) -> dict[str, object]:
    """Return a row: the prompt, and what the verifier needs."""
    verb, thing = effect
    extract = f"{opening} {subject} {verb} {thing} by {number} percent{ending}."
    title = f"{subject.capitalize()} for {thing}"
    return {
        "prompt": [
            {
                "role": "user",
                "content": "Shorten this sentence. Keep its finding, its numbers and its words; "
                "leave out what says nothing. "
                f"Answer with one sentence only.\n\n{extract}",
            }
        ],
        "extract": extract,
        "evidence": [
            {"n": 1, "title": title, "abstract": f"{extract} The code of {subject} is public."}
        ],
        "shortened": f"{subject.capitalize()} {verb} {thing} by {number} percent.",
    }


def main() -> None:
    """Write both files; the same every time. No subject of a held-out problem is demonstrated."""
    random.seed(0)
    rows = []
    for index, subject in enumerate(SUBJECTS):
        for effect in EFFECTS:
            numbers = random.sample(range(11, 68), 2)
            rows += [
                {
                    **problem(subject, effect, number, *random.choice(FRAMES)),  # noqa: S311  no secret depends on it
                    "split": "train" if index < len(SUBJECTS) // 2 else "held_out",
                }
                for number in numbers
            ]
    shown = [
        {"prompt": row["prompt"], "completion": row["shortened"]}
        for row in rows
        if row["split"] == "train"
    ][::4]
    for row in rows:
        del row["shortened"]
    for name, written in (("problems", rows), ("demonstrations", shown)):
        lines = "".join(json.dumps(row) + "\n" for row in written)
        (HERE / f"{name}.jsonl").write_text(lines, "utf-8")


if __name__ == "__main__":
    main()
