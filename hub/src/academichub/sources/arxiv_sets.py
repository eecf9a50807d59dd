"""arXiv's categories as facts: archives, their classes, their OAI-PMH sets, and categories that have two names.

Pure data and look-ups. Source: https://arxiv.org/category_taxonomy and the `ListSets` answer of oaipmh.arxiv.org.
"""

from __future__ import annotations

import difflib

from academichub.errors import SettingsError

_PHYSICS = "physics"
_TAXONOMY: dict[str, tuple[str, str]] = {  # archive: (OAI group, classes)
    "astro-ph": (_PHYSICS, "CO EP GA HE IM SR"),
    "cond-mat": (_PHYSICS, "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con"),
    "cs": (
        "cs",
        "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC "
        "SD SE SI SY",
    ),
    "econ": ("econ", "EM GN TH"),
    "eess": ("eess", "AS IV SP SY"),
    "gr-qc": (_PHYSICS, ""),
    "hep-ex": (_PHYSICS, ""),
    "hep-lat": (_PHYSICS, ""),
    "hep-ph": (_PHYSICS, ""),
    "hep-th": (_PHYSICS, ""),
    "math": (
        "math",
        "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    ),
    "math-ph": (_PHYSICS, ""),
    "nlin": (_PHYSICS, "AO CD CG PS SI"),
    "nucl-ex": (_PHYSICS, ""),
    "nucl-th": (_PHYSICS, ""),
    "physics": (
        _PHYSICS,
        "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph geo-ph "
        "hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    ),
    "q-bio": ("q-bio", "BM CB GN MN NC OT PE QM SC TO"),
    "q-fin": ("q-fin", "CP EC GN MF PM PR RM ST TR"),
    "quant-ph": (_PHYSICS, ""),
    "stat": ("stat", "AP CO ME ML OT TH"),
}

ARCHIVES: dict[str, tuple[str, ...]] = {
    archive: tuple(f"{archive}.{part}" for part in classes.split()) for archive, (_, classes) in _TAXONOMY.items()
}
"""Archive -> its categories; empty for an archive that is a category itself (`hep-th`)."""

CATEGORIES: tuple[str, ...] = tuple(name for archive, classes in ARCHIVES.items() for name in (archive, *classes))
"""Everything that may be asked for: archives and categories."""

_PAIRS = {
    "math.MP": "math-ph",
    "stat.TH": "math.ST",
    "math.IT": "cs.IT",
    "q-fin.EC": "econ.GN",
    "cs.SY": "eess.SY",
    "cs.NA": "math.NA",
}
ALIASES: dict[str, str] = {**_PAIRS, **{canonical: alias for alias, canonical in _PAIRS.items()}}
"""Category -> its other name; a work in one is listed in both."""

_SPELLINGS = {name.lower(): name for name in CATEGORIES}


def check_category(name: str) -> str:
    """Return a category or archive in arXiv's own spelling.

    Raises:
        SettingsError: If arXiv has no such category; the message names the nearest.
    """
    known = _SPELLINGS.get(name.strip().lower())
    if known is None:
        near = difflib.get_close_matches(name.strip().lower(), _SPELLINGS, n=1, cutoff=0.4)
        advice = f"did you mean {_SPELLINGS[near[0]]!r}?" if near else "write e.g. cs.LG, or an archive such as math"
        raise SettingsError(f"{name!r} is not an arXiv category; {advice} (setting sources.arxiv.categories)")
    return known


def oai_set(category: str) -> str:
    """Return a category's OAI-PMH set: `cs.AI` -> `cs:cs:AI`, `hep-th` -> `physics:hep-th`, `math` -> `math:math`."""
    archive, _, part = category.partition(".")
    group = _TAXONOMY[archive][0]
    return f"{group}:{archive}" + (f":{part}" if part else "")


def query_term(category: str) -> str:
    """Return the query API's term for a category, its other name and, for an archive, all its classes."""
    names = [category, *([ALIASES[category]] if category in ALIASES else [])]
    if ARCHIVES.get(category):
        names.append(f"{category}.*")
    terms = " OR ".join(f"cat:{name}" for name in names)
    return f"({terms})" if len(names) > 1 else terms
