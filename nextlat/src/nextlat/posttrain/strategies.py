"""Strategies: which way of solving a completion shows, and how to make the model begin with one.

    def label(completion: str, problem: Problem) -> str: ...     required
    PREFIXES: dict[str, Callable[[Problem], str]] = {...}        optional, in the same module, or
    def prefixes(problem: Problem) -> dict[str, str]: ...        likewise

Routing is the share of each label. Execution is the accuracy where the completion is made to begin
with a strategy's first words, its prefix; so it does not depend on which problems the model chooses
the strategy for. Without prefixes only the accuracy among completions of a label can be measured,
which mixes both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from nextlat.errors import UsageError
from nextlat.posttrain.callables import load_callable
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.verifiers import Guarded

MAX_LABEL_CHARACTERS = 64
MAX_LABELS = 32


class Strategies:
    """The user's labeller and prefixes; an error of theirs stops the run as a verifier's does.

    Args:
        reference: `module:function` or `file.py:function`.
        folder: where an offending sample is saved.

    Raises:
        UsageError: the function cannot be loaded, or PREFIXES is of another form.
    """

    def __init__(self, reference: str, folder: Path) -> None:
        function, module = load_callable(reference, "--strategies")
        self._label = Guarded(f"the labeller {reference}", function, folder)
        self._seen: set[str] = set()
        self.prefix_function = _prefix_function(module, reference)
        self._prefixes = Guarded(f"the prefixes of {reference}", self._all_prefixes, folder)

    @property
    def forcible(self) -> bool:
        """Whether the module says how a strategy begins."""
        return self.prefix_function is not None

    def __call__(self, completion: str, problem: Problem) -> str:
        """Return a completion's strategy.

        Raises:
            VerifierError: the labeller raised, returned no short text, or ever new labels.
        """
        label = self._label.call(completion, problem)
        if not isinstance(label, str) or not label.strip() or len(label) > MAX_LABEL_CHARACTERS:
            self._label.fail(
                f"returned {label!r} of type {type(label).__name__}; it must return a label of at "
                f"most {MAX_LABEL_CHARACTERS} characters, such as 'other' where it knows none",
                completion,
                problem,
            )
        self._count(label, completion, problem)
        return label

    def _count(self, label: str, completion: str, problem: Problem) -> None:
        """Refuse a label where it is one too many to be a strategy."""
        self._seen.add(label)
        if len(self._seen) > MAX_LABELS:
            self._label.fail(
                f"returned its {len(self._seen)}th label, {label!r}; strategies are at most "
                f"{MAX_LABELS}: label the kind of solution, not the solution",
                completion,
                problem,
            )

    def prefixes(self, problem: Problem) -> dict[str, str]:
        """Return strategy -> first words of a completion; {} where the module has none.

        Raises:
            VerifierError: the function raised or returned something else.
        """
        table = self._prefixes.call("", problem)
        if not isinstance(table, Mapping) or not all(
            isinstance(word, str) and word for pair in table.items() for word in pair
        ):
            self._prefixes.fail(
                f"are {table!r}; they must map each strategy to text that is not empty", "", problem
            )
        return dict(table)

    def _all_prefixes(self, _completion: str, problem: Problem) -> object:
        return self.prefix_function(problem) if self.prefix_function is not None else {}


def _prefix_function(module: object, reference: str) -> Callable[[Problem], object] | None:
    """Return the function of a problem's prefixes: `prefixes` or `PREFIXES` of the module."""
    function, table = getattr(module, "prefixes", None), getattr(module, "PREFIXES", None)
    if function is None and table is None:
        return None
    if function is not None:
        if not callable(function):
            raise UsageError(
                f"--strategies {reference!r}: `prefixes` is not a function; write def "
                "prefixes(problem)"
            )
        users: Callable[[Problem], object] = function
        return users
    if (
        not isinstance(table, Mapping)
        or not table
        or not all(callable(prefix) for prefix in table.values())
    ):
        raise UsageError(
            f"--strategies {reference!r}: PREFIXES must map each strategy to a function of the "
            'problem, as in PREFIXES = {"forward": lambda problem: "First "}'
        )
    return lambda problem: {name: prefix(problem) for name, prefix in table.items()}
