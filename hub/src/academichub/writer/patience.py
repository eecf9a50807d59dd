"""Whether a model that failed is asked again: some failures end all requests, others one."""

from __future__ import annotations

import threading

from academichub.errors import ModelAnswerError, ModelError, ModelUnavailableError

PATIENCE = 2
"""Sentences in a row without an answer after which the model is not asked any more."""


class Patience:
    """The failures of a model while several threads ask it.

    Attributes:
        trouble: The failure that counts; None while there was none.
        is_exhausted: Whether the model is not asked any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent = 0
        self.trouble: ModelError | None = None
        self.is_exhausted = False

    def answered(self) -> None:
        """Note an answer."""
        with self._lock:
            self._silent = 0

    def failed(self, problem: ModelError) -> None:
        """Note a failure.

        A bad answer counts for itself alone; PATIENCE sentences in a row without an answer, or any
        other failure at once, end the requests.
        """
        with self._lock:
            if isinstance(problem, ModelAnswerError):
                self.trouble = self.trouble or problem
                return
            self.trouble = problem
            self._silent += 1
            if not isinstance(problem, ModelUnavailableError) or self._silent >= PATIENCE:
                self.is_exhausted = True
