"""Reading the items of one answer so that a bad item costs itself alone. Pure, but for the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from academichub.errors import InputError
from academichub.faults import ENDS_THE_GATHER, MAX_TRACEBACKS, our_fault


@dataclass
class ItemGuard:
    """Collects what went wrong with the items of one answer.

    Attributes:
        problems: Items that are not what they must be (InputError), one sentence each.
        faults: Items our own code failed on, one sentence each; the log has the tracebacks.
    """

    problems: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def item(self, name: str) -> Iterator[None]:
        """Read one item inside the `with` block; whatever it raises ends here.

        Args:
            name: Which item it is, such as `entry 3`.
        """
        try:
            yield
        except InputError as problem:
            self.problems.append(f"{name}: {problem}")
        except RecursionError:
            self.problems.append(f"{name}: it nests too deeply")
        except ENDS_THE_GATHER:
            raise
        except Exception as problem:
            if len(self.faults) < MAX_TRACEBACKS:
                self.faults.append(our_fault(problem, f"reading {name}"))
            else:
                self.faults.append(f"{type(problem).__name__} while reading {name}")
