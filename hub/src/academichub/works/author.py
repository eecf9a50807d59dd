"""Authors and editors, and names in the parts a bibliography sorts by. Plain types, no IO."""

from __future__ import annotations

from dataclasses import dataclass

from academichub.works.author_names import is_cjk_word


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name in the parts a bibliography sorts and abbreviates by, or an organisation's as a whole.

    Attributes:
        family: Family name without its particle (`Beethoven`).
        given: Given names or initials (`Ludwig`).
        particle: What stands before the family name and is not sorted by (`van`).
        suffix: What follows the name (`Jr.`, `III`).
        literal: The whole name of an organisation; the other parts are then empty.
    """

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def full(self) -> str:
        """The name in reading order.

        Examples: `Ludwig van Beethoven, Jr.`, or a Chinese name with the family name first.
        """
        if self.literal:
            return self.literal
        if self.family and is_cjk_word(self.family + self.given):
            name = self.family + self.given
        else:
            name = " ".join(part for part in (self.given, self.particle, self.family) if part)
        return f"{name}, {self.suffix}" if self.suffix else name


@dataclass(frozen=True, slots=True)
class Author:
    """An author or editor.

    Attributes:
        name: The name as the source writes it, in reading order.
        orcid: ORCID iD (no address) where the source gives one.
        parts: The name in parts where the source gives them; None is not a guess.
    """

    name: str
    orcid: str | None = None
    parts: NameParts | None = None
