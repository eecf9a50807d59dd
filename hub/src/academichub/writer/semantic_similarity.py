"""Does a sentence mean what its extract means? By embeddings, calibrated on the brief's own extracts.

What counts as alike differs between embedding models, so there is no constant: different extracts of a brief are seldom
more alike than the 95th percentile of all pairs of them, and a rewriting must be nearer to its extract than that, and
nearer to it than to any other. Where the model of embeddings fails, nothing is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from academichub.errors import ModelError
from academichub.messages import Message

LEAST_EXTRACTS = 4
PERCENTILE = 95.0

Meaning = Callable[[Sequence[str]], list[list[float]]]


class Likeness:
    """The extracts of a brief as vectors, and how alike different ones are.

    Attributes:
        row_of: The row of each extract in the matrix of vectors.
        floor: Likeness a rewriting must reach, a cosine.
    """

    def __init__(
        self, extracts: Sequence[str], rows: NDArray[np.float64], meaning: Meaning
    ) -> None:
        self.row_of = {text: row for row, text in enumerate(extracts)}
        self._rows, self._meaning = rows, meaning
        pairs = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
        self.floor = float(np.percentile(pairs, PERCENTILE))

    @classmethod
    def of(cls, extracts: Sequence[str], meaning: Meaning | None) -> Likeness | None:
        """Return the likeness of extracts; None without embeddings, or with too few extracts to calibrate on."""
        texts = list(dict.fromkeys(extracts))
        if meaning is None or len(texts) < LEAST_EXTRACTS:
            return None
        try:
            return cls(texts, _unit(meaning(texts)), meaning)
        except ModelError:
            return None

    def judge(self, text: str, extract: str) -> tuple[float | None, list[Message]]:
        """Return the cosine of a text and its extract, and what speaks against it; None where it could not be told."""
        try:
            likes = self._rows @ _unit(self._meaning([text]))[0]
        except ModelError:
            return None, []
        row = self.row_of[extract]
        own = round(float(likes[row]), 4)
        if own < self.floor:
            return own, [Message.of("wording.unlike", own=own, floor=self.floor)]
        if int(np.argmax(likes)) != row:
            return own, [Message.of("wording.nearer_other")]
        return own, []


def _unit(rows: list[list[float]]) -> NDArray[np.float64]:
    vectors = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = vectors / np.where(lengths > 0, lengths, 1.0)
    return unit
