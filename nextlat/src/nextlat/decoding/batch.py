"""Rows decoded together: in each round every row does a cycle, and the trunk reads for many of them in one pass.

Rows propose tokens one after another, the trunk reads them, rows judge one after another. How many drafts stand differs
from row to row, so rows grow at their own pace, and each leaves when it has ended. A row shares nothing with the others
but the pass: with a trunk that computes every token alike whatever is computed beside it (`LeanTrunk`) its text is bit
for bit what it is alone; with others up to ties, as with drafts and without.

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
"""Tokens of a pass beyond which no further row joins it: the processor is then busy, and logits would take memory."""

Outcome = list[int] | Exception
"""Tokens of a row, or the fault that ends this row alone."""

_Read = tuple[int, list[int]]
"""Which row, and the ids it wants read."""


def decode(rows: Sequence[RowDecoding]) -> None:
    """Decode rows of one trunk and one policy to their ends, as many at a time as the trunk reads in a pass."""
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
        of each row, the tokens that are certain since its last cycle, or its fault.
    """
    trunk, policy = rows[0].trunk, rows[0].policy
    assert all(row.trunk is trunk and row.policy is policy for row in rows)
    told: dict[int, Outcome] = {}
    reads: list[_Read] = []
    for at, (row, lengths) in enumerate(zip(rows, policy.together(len(rows)), strict=True)):
        proposed = _outcome(partial(row.propose, lengths))
        if proposed and not isinstance(proposed, Exception):
            reads.append((at, proposed))
        else:
            told[at] = proposed or row.tokens[-1:]
    for part in _passes(reads, trunk):
        told |= _read(trunk, rows, part)
    return [told[at] for at in range(len(rows))]


def _passes(reads: Sequence[_Read], trunk: Trunk) -> Iterator[list[_Read]]:
    """Yield the reads of one pass after another."""
    part: list[_Read] = []
    size = 0
    for read in reads:
        if part and (len(part) == trunk.texts_a_pass or size + len(read[1]) > PASS_TOKENS):
            yield part
            part, size = [], 0
        part.append(read)
        size += len(read[1])
    if part:
        yield part


def _read(trunk: Trunk, rows: Sequence[RowDecoding], part: Sequence[_Read]) -> dict[int, Outcome]:
    """Run the trunk once and have rows take what it made; return what each tells."""
    try:
        latents = extend_many([(rows[at].context, token_ids) for at, token_ids in part])
        logits_RV = trunk.logits(torch.cat(latents))
    except Exception as fault:
        return dict.fromkeys([at for at, _ in part], fault)
    logits = logits_RV.split([len(h_K1D) for h_K1D in latents])
    return {
        at: _outcome(partial(rows[at].take, h_K1D, logits_K1V))
        for (at, _), h_K1D, logits_K1V in zip(part, latents, logits, strict=True)
    }


def _outcome(work: Callable[[], list[int]]) -> Outcome:
    """Return what work gives, or its fault, which is one row's own."""
    try:
        return work()
    except Exception as fault:
        return fault
