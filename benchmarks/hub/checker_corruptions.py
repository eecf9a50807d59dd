"""How many corrupted citations in the arXiv stream the checker finds, and sound ones it refuses.

Extracts are sentences of the stream's abstracts, cited to their work. Corruptions: the citation
swapped to another work of the stream (any, and one of the same category), a citation out of range,
one number changed; and beyond what is asked, a name replaced by one of another work, a negation put
in, a stranger cited beside the work. Each is checked with only the cited work as evidence and with
ten others beside it.

    .venv/bin/python benchmarks/hub/checker_corruptions.py --data ../shared/data [--n 800]
        [--seed 0]
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from checker_pairs import Abstract, others, pick_sentence, stream_abstracts
from checker_report import PACKAGES, interval
from result_file import DATA, write_result

from academichub.checker.check import Evidence, check_sentence
from academichub.checker.entity_check import read_names
from academichub.checker.quantities import read_quantities
from academichub.checker.word_weights import fold

SOUND = "sound"
ASKED = ("swapped", "out of range", "changed number")


def change_number(sentence: str, rng: random.Random) -> str | None:
    """Return the sentence with one digit of one number changed; None if it has no digits."""
    folded = fold(sentence)
    plain = [
        one
        for one in read_quantities(folded)
        if any(ch.isdecimal() for ch in folded[one.start : one.end])
    ]
    if not plain:
        return None
    chosen = rng.choice(plain)
    places = [
        place
        for place in range(chosen.start, chosen.end)
        if folded[place].isdecimal() and folded[place].isascii()
    ]
    if not places:
        return None
    place = rng.choice(places)
    digit = rng.choice([one for one in "123456789" if one != folded[place]])
    return folded[:place] + digit + folded[place + 1 :]


def replace_name(
    sentence: str, stranger: Abstract, work: Abstract, rng: random.Random
) -> str | None:
    """Return the sentence with a coded name replaced by one that only the stranger has, or None."""
    folded = fold(sentence)
    names = [one for one in read_names(folded) if one.is_coded]
    own = fold(f"{work.title} {work.text}").lower()
    foreign = sorted(
        {
            one.text
            for one in read_names(fold(stranger.text))
            if one.is_coded and one.text.lower() not in own
        }
    )
    if not names or not foreign:
        return None
    name = rng.choice(names)
    return folded[: name.start] + rng.choice(foreign) + folded[name.end :]


def negate(sentence: str) -> str | None:
    """Return the sentence negated behind its first auxiliary; None without one, or if negated."""
    if re.search(r"\b(?:not|no|never|without|nor|cannot|fails?)\b", sentence, re.IGNORECASE):
        return None
    changed, count = re.subn(
        r"\b(is|are|can|was|were|does|has|have|will|may|could)\b", r"\1 not", sentence, count=1
    )
    return changed if count else None


def cases(
    work: Abstract, works: Sequence[Abstract], rng: random.Random
) -> dict[str, tuple[str, list[int], list[Abstract]]]:
    """Return sentence, citations and works for each kind of case; the works are numbered from 1."""
    numbered = rng.random() < 0.5
    sentence = pick_sentence(work, rng, with_number=numbered) or pick_sentence(work, rng)
    if sentence is None:
        return {}
    strangers = others(works, work, 11, rng)
    found: dict[str, tuple[str, list[int], list[Abstract]]] = {
        SOUND: (sentence, [1], [work]),
        "swapped": (sentence, [1], [strangers[0]]),
        "out of range": (sentence, [rng.choice((0, 12, 99))], [work]),
        "stranger cited beside": (sentence, [1, 2], [work, strangers[0]]),
    }
    variants = {
        "changed number": change_number(sentence, rng),
        "replaced name": replace_name(sentence, strangers[1], work, rng),
        "negated": negate(sentence),
    }
    found.update({kind: (text, [1], [work]) for kind, text in variants.items() if text})
    return found


def run(
    works: Sequence[Abstract], count: int, seed: int, beside: int
) -> tuple[Counter[str], Counter[str]]:
    """Return how many of each kind were checked, and refused, beside so many other works."""
    rng = random.Random(seed)
    chosen = rng.sample(list(works), min(len(works), count))
    total: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for work in chosen:
        for kind, (sentence, citations, cited) in cases(work, works, rng).items():
            near = (
                [one for one in others(works, work, beside, rng) if one not in cited]
                if beside
                else []
            )
            shown = [*cited, *([work] if kind == "swapped" and beside else []), *near][:11]
            evidence = [Evidence(n, one.title, one.text) for n, one in enumerate(shown, 1)]
            total[kind] += 1
            refused[kind] += not check_sentence(sentence, citations, evidence).ok
    return total, refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--n", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    works = stream_abstracts(options.data)
    results: dict[str, object] = {}
    for name, beside in (("cited work only", 0), ("ten other works", 10)):
        total, refused = run(works, options.n, options.seed, beside)
        rows = {
            kind: {"n": total[kind], **interval(refused[kind], total[kind])}
            for kind in sorted(total)
        }
        asked = sum(refused[kind] for kind in ASKED) / sum(total[kind] for kind in ASKED)
        results[name] = {"refused": rows, "asked_corruptions_found": round(asked, 4)}
        print(name, {kind: row["rate"] for kind, row in rows.items()}, "asked", round(asked, 4))
    config = {"n": options.n, "seed": options.seed, "stream_works": len(works)}
    write_result(
        "checker_corruptions",
        config,
        {"targets": {"found": 0.95, "false_alarms": 0.05}, **results},
        PACKAGES,
    )


if __name__ == "__main__":
    main()
