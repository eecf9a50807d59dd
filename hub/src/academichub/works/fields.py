"""Fields of science: what "cross-field" means. Plain data and look-ups, no IO.

A work's field follows from its primary arXiv category (archive), else from the journal catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A field of science: id, names in both languages, and the arXiv archives that belong to it."""

    id: str
    en: str
    zh: str
    archives: tuple[str, ...] = ()


FIELDS: dict[str, Field] = {
    one.id: one
    for one in (
        Field("computer-science", "Computer science", "计算机科学", ("cs",)),
        Field("mathematics", "Mathematics", "数学", ("math", "math-ph")),
        Field("statistics", "Statistics", "统计学", ("stat",)),
        Field(
            "physics",
            "Physics",
            "物理学",
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
        Field("quantum", "Quantum physics", "量子物理", ("quant-ph",)),
        Field("condensed-matter", "Condensed matter and materials", "凝聚态与材料", ("cond-mat",)),
        Field("astronomy", "Astronomy", "天文学", ("astro-ph",)),
        Field("biology", "Biology", "生物学", ("q-bio",)),
        Field("medicine", "Medicine", "医学"),
        Field("chemistry", "Chemistry", "化学"),
        Field("earth", "Earth and environment", "地球与环境科学"),
        Field("engineering", "Engineering and signals", "工程与信号处理", ("eess",)),
        Field("economics", "Economics and finance", "经济与金融", ("econ", "q-fin")),
        Field("neuroscience", "Neuroscience and psychology", "神经科学与心理学"),
        Field("social-science", "Social science", "社会科学"),
        Field("multidisciplinary", "Multidisciplinary", "综合"),
    )
}
"""Every field by id."""

_BY_ARCHIVE = {archive: one.id for one in FIELDS.values() for archive in one.archives}
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
    """Return the field id of an arXiv category (or archive), or an empty string where it is not one."""
    return _BY_CATEGORY.get(category) or _BY_ARCHIVE.get(category.partition(".")[0], "")


def field_name(field_id: str, lang: str = "en") -> str:
    """Return the name of a field in `en` or `zh`; the id itself where it is unknown."""
    found = FIELDS.get(field_id)
    if found is None:
        return field_id
    return found.zh if lang.startswith("zh") else found.en
