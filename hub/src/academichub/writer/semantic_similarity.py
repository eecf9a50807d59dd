"""Whether a sentence means what its extract means, by embeddings.

Similarity differs in scale between embedding models, so the threshold is calibrated on the brief's
own extracts: a rewriting must be nearer to its extract than the 95th percentile of all pairs of
extracts are to each other, and nearer to it than to any other extract. Where the embedding model
fails, no sentence is judged.
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
        """Return the likeness of extracts; None without embeddings, or with too few extracts."""
        texts = list(dict.fromkeys(extracts))
        if meaning is None or len(texts) < LEAST_EXTRACTS:
            return None
        try:
            return cls(texts, _unit(meaning(texts)), meaning)
        except ModelError:
            return None

    def judge(self, text: str, extract: str) -> tuple[float | None, list[Message]]:
        """Compare a text with its extract.

        Returns:
            The cosine of the two, None where the embedding model failed, and the faults found.
        """
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
