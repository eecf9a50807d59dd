"""Fields of science: what "cross-field" means. Plain data and look-ups, no IO.

A work's field follows from its primary arXiv category (archive), else from the journal catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

from academichub.i18n.message_text import message_text
from academichub.messages import Message


@dataclass(frozen=True, slots=True)
class Field:
    """A field of science: its id and the arXiv archives in it; its name is in the catalogue."""

    id: str
    archives: tuple[str, ...] = ()


FIELDS: dict[str, Field] = {
    field.id: field
    for field in (
        Field("computer-science", ("cs",)),
        Field("mathematics", ("math", "math-ph")),
        Field("statistics", ("stat",)),
        Field(
            "physics",
            (
                "physics",
                "hep-ex",
                "hep-lat",
                "hep-ph",
                "hep-th",
                "nucl-ex",
                "nucl-th",
                "gr-qc",
                "nlin",
            ),
        ),
        Field("quantum", ("quant-ph",)),
        Field("condensed-matter", ("cond-mat",)),
        Field("astronomy", ("astro-ph",)),
        Field("biology", ("q-bio",)),
        Field("medicine"),
        Field("chemistry"),
        Field("earth"),
        Field("engineering", ("eess",)),
        Field("economics", ("econ", "q-fin")),
        Field("neuroscience"),
        Field("social-science"),
        Field("multidisciplinary"),
    )
}
"""Every field by id."""

_BY_ARCHIVE = {archive: field.id for field in FIELDS.values() for archive in field.archives}
_BY_CATEGORY = {
    "physics.ao-ph": "earth",
    "physics.geo-ph": "earth",
    "physics.chem-ph": "chemistry",
    "physics.bio-ph": "biology",
    "physics.med-ph": "medicine",
    "physics.soc-ph": "social-science",
    "q-bio.NC": "neuroscience",
}


def field_of_category(category: str) -> str:
    """Return the field id of an arXiv category or archive; empty where it is neither."""
    return _BY_CATEGORY.get(category) or _BY_ARCHIVE.get(category.partition(".")[0], "")


def field_name(field_id: str, lang: str = "en") -> str:
    """Return the name of a field in a language; the id itself where it is unknown."""
    if field_id not in FIELDS:
        return field_id
    return message_text(Message.of(f"field.{field_id}"), lang)
