"""Rows decoded together: each does a cycle a round, and the trunk reads for many in one pass.

Rows propose tokens one after another, the trunk reads them, rows judge one after another. How many
drafts stand differs from row to row, so rows grow at their own pace, and each leaves when it has
ended. A row shares nothing with the others but the pass: with a trunk that computes every token
alike whatever is computed beside it (`LeanTrunk`) its text is bit for bit what it is alone; with
others up to ties, as with drafts and without.

Shape suffixes: D width, K drafts, K1 = K + 1, R tokens of all rows of a pass, V vocabulary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch

from nextlat.decoding.context import evaluating, extend_many
from nextlat.decoding.row import RowDecoding
from nextlat.trunk.trunk import Trunk

PASS_TOKENS = 64
"""Tokens of a pass beyond which no further row joins it.

The processor is then busy, and the logits of more rows would only take memory.
"""

Outcome = list[int] | Exception
"""Tokens of a row, or the error that ends this row alone."""

_Read = tuple[int, list[int]]
"""The number of a row, and the ids that the trunk is to read for it."""


def decode(rows: Sequence[RowDecoding]) -> None:
    """Decode rows of one trunk and one policy to their ends.

    As many are active at a time as the trunk reads in a pass.
    """
    if not rows:
        return
    trunk, waiting, active = rows[0].trunk, deque(rows), list[RowDecoding]()
    with evaluating(trunk.model):
        while waiting or active:
            while waiting and len(active) < trunk.texts_a_pass:
                active.append(waiting.popleft())
                active[-1].begin()
            for outcome in advance(active):
                if isinstance(outcome, Exception):
                    raise outcome
            for row in [row for row in active if row.ended]:
                active.remove(row)
                row.context.close()  # many rows may wait for the memory


@torch.no_grad()
def advance(rows: Sequence[RowDecoding]) -> list[Outcome]:
    """Do one cycle of every row.

    Args:
        rows: begun and not ended, of one trunk and one policy.

    Returns:
        of each row, the tokens that are certain since its last cycle, or its error.
    """
    trunk, policy = rows[0].trunk, rows[0].policy
    assert all(row.trunk is trunk and row.policy is policy for row in rows)
    outcomes: dict[int, Outcome] = {}
    reads: list[_Read] = []
    for number, (row, lengths) in enumerate(zip(rows, policy.together(len(rows)), strict=True)):
        proposed = _outcome(partial(row.propose, lengths))
        if proposed and not isinstance(proposed, Exception):
            reads.append((number, proposed))
        else:  # the row failed, or ended with the token that was chosen in its last cycle
            outcomes[number] = proposed or row.tokens[-1:]
    for reads_of_pass in _passes(reads, trunk):
        outcomes |= _read(trunk, rows, reads_of_pass)
    return [outcomes[number] for number in range(len(rows))]


def _passes(reads: Sequence[_Read], trunk: Trunk) -> Iterator[list[_Read]]:
    """Yield the reads of one pass after another."""
    reads_of_pass: list[_Read] = []
    size = 0
    for read in reads:
        is_full = len(reads_of_pass) == trunk.texts_a_pass or size + len(read[1]) > PASS_TOKENS
        if reads_of_pass and is_full:
            yield reads_of_pass
            reads_of_pass, size = [], 0
        reads_of_pass.append(read)
        size += len(read[1])
    if reads_of_pass:
        yield reads_of_pass


def _read(
    trunk: Trunk, rows: Sequence[RowDecoding], reads_of_pass: Sequence[_Read]
) -> dict[int, Outcome]:
    """Run the trunk once and let each row verify its drafts; return the outcomes."""
    numbers = [number for number, _ in reads_of_pass]
    try:
        latents = extend_many([(rows[number].context, ids) for number, ids in reads_of_pass])
        logits_RV = trunk.logits(torch.cat(latents))
    except Exception as error:  # whatever it is, it is an error of all rows of this pass
        return dict.fromkeys(numbers, error)
    logits = logits_RV.split([len(h_K1D) for h_K1D in latents])
    outcomes: dict[int, Outcome] = {}
    for number, h_K1D, logits_K1V in zip(numbers, latents, logits, strict=True):
        outcomes[number] = _outcome(partial(rows[number].take, h_K1D, logits_K1V))
    return outcomes


def _outcome(step: Callable[[], list[int]]) -> Outcome:
    """Return what a step of a row returns, or the error it raises, which is that row's alone."""
    try:
        return step()
    except Exception as error:
        return error
