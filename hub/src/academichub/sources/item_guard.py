"""Reading the items of one answer so that a bad item costs itself alone. Pure, but for the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from academichub.errors import EntryError, InputError
from academichub.faults import ENDS_THE_GATHER, MAX_TRACEBACKS, our_fault
from academichub.messages import Message


@dataclass
class ItemGuard:
    """Collects what went wrong with the items of one answer.

    Attributes:
        problems: Entries that are not what they must be (EntryError, InputError), one message each.
        faults: Entries our own code failed on, one message each; the log has the tracebacks.
    """

    problems: list[Message] = field(default_factory=list)
    faults: list[Message] = field(default_factory=list)

    @contextmanager
    def entry(self, number: int = 0, *, name: str = "") -> Iterator[None]:
        """Read one entry inside the `with` block; whatever it raises ends here.

        Args:
            number: Its place in the answer, from 1.
            name: The source's own name for it, in place of a number; empty where it has none.
        """
        try:
            yield
        except (EntryError, InputError) as problem:
            self.problems.append(_unreadable(number, name, problem.message))
        except RecursionError:
            self.problems.append(_unreadable(number, name, Message.of("entry.too_deep")))
        except ENDS_THE_GATHER:
            raise
        except Exception as problem:
            reading = Message.of("fault.reading", entry=name or number)
            if len(self.faults) < MAX_TRACEBACKS:
                self.faults.append(our_fault(problem, reading))
            else:
                self.faults.append(
                    Message.of("fault.unlogged", exception=type(problem).__name__, activity=reading)
                )


def _unreadable(number: int, name: str, why: Message) -> Message:
    if number:
        return Message.of("entry.of_list", number=number, why=why)
    if name:
        return Message.of("entry.named", name=name, why=why)
    return Message.of("entry.unnamed", why=why)
