"""Reasons of the checks (checker/check.py, writer/wording_check.py) in the reader's language.

They are stored in English, with the words and numbers they are about. What is not known stays as it was said.
"""

from __future__ import annotations

import re

from academichub.web.patterns import Translate, translated
from academichub.web.rendering import Visit


def reason_in(visit: Visit, reason: str) -> str:
    """Return a reason in the reader's language."""
    if visit.lang == "en":
        return reason
    back = re.fullmatch(r"translated back \((?P<text>.*)\): (?P<why>.*)", reason, re.DOTALL)
    if back:
        why = reason_in(visit, back["why"])
        return visit.gettext("translated back as %(text)s: %(why)s") % {
            "text": back["text"],
            "why": why,
        }
    known = translated(reason, _patterns(visit.gettext), re.DOTALL)
    return reason if known is None else known


def _patterns(_: Translate) -> list[tuple[str, str]]:
    """Pattern of a reason -> its translation, with the pattern's named parts."""
    return [
        (
            r"number (?P<what>.+) does not occur in the cited works",
            _("number %(what)s does not occur in the cited works"),
        ),
        (
            r"number (?P<what>.+) occurs in the cited works with another unit \((?P<unit>.+)\)",
            _("number %(what)s occurs in the cited works with another unit (%(unit)s)"),
        ),
        (
            r"number (?P<what>.+) stands where the cited work has (?P<other>.+)",
            _("number %(what)s stands where the cited work has %(other)s"),
        ),
        (
            r"name (?P<what>.+) does not occur in the cited works",
            _("the name %(what)s does not occur in the cited works"),
        ),
        (
            r"name (?P<what>.+) does not occur in the cited works: taken for another name of something they name",
            _(
                "the name %(what)s does not occur in the cited works, but may be another name of something they name"
            ),
        ),
        (
            r"support (?P<score>[\d.]+) by the cited works is below (?P<least>[\d.]+)",
            _("support by the cited works is %(score)s, below %(least)s"),
        ),
        (
            r"cited work (?P<place>\d+) of (?P<count>\d+) brings nothing to the sentence",
            _("cited work %(place)s of %(count)s brings nothing to the sentence"),
        ),
        (
            r"another work has (?P<theirs>\d+)% of the sentence's words, the cited ones (?P<ours>\d+)%",
            _("another work has %(theirs)s%% of the sentence's words, the cited ones %(ours)s%%"),
        ),
        (
            r"support was not checked: the sentence and the cited works are in different scripts",
            _(
                "support by words was not checked: the sentence and the cited works are in different scripts"
            ),
        ),
        *_of_wording(_),
    ]


def _of_wording(_: Translate) -> list[tuple[str, str]]:
    """The same for the rules on wording (writer/wording_check.py)."""
    return [
        (
            r"it is (?P<own>[\d.-]+) like the extract in meaning; different extracts reach (?P<floor>[\d.-]+)",
            _("it is %(own)s like the extract in meaning; different extracts reach %(floor)s"),
        ),
        (
            r"it is nearer in meaning to another extract",
            _("it is nearer in meaning to another extract"),
        ),
        (r"it is the extract itself", _("it is the extract itself")),
        (r"it is empty", _("it is empty")),
        (r"it holds control characters", _("it holds control characters")),
        (
            r"it holds markup; a sentence is plain text",
            _("it holds markup; a sentence is plain text"),
        ),
        (
            r"it holds an address; a sentence is plain text",
            _("it holds an address; a sentence is plain text"),
        ),
        (
            r"it reads as an instruction or a refusal, not as a finding",
            _("it reads as an instruction or a refusal, not as a finding"),
        ),
        (r"it does not end as a sentence does", _("it does not end as a sentence does")),
        (
            r"it speaks of the task instead of the work",
            _("it speaks of the task instead of the work"),
        ),
        (r"it repeats itself", _("it repeats itself")),
        (r"it is too short", _("it is too short")),
        (r"it is hardly shorter than the extract", _("it is hardly shorter than the extract")),
        (
            r"it does more than leave words of the extract out",
            _("it does more than leave words of the extract out"),
        ),
        (r"it lost its verb", _("it lost its verb")),
        (r"it lost every number of the extract", _("it lost every number of the extract")),
        (
            r"it keeps one end of the range (?P<low>\S+) to (?P<high>\S+)",
            _("it keeps one end of the range %(low)s to %(high)s"),
        ),
        (
            r"it left out (?P<what>.+), which may turn what is said",
            _("it left out %(what)s, which may turn what is said"),
        ),
        (r"it is not written in Chinese", _("it is not written in Chinese")),
        (r"it lost the extract's negation", _("it lost the extract's negation")),
        (
            r"it turns the direction of a change round",
            _("it turns the direction of a change round"),
        ),
        (
            r"it lost numbers of the extract: (?P<what>.+)",
            _("it lost numbers of the extract: %(what)s"),
        ),
        (r"it lost the names (?P<what>.+)", _("it lost the names %(what)s")),
        (
            r"it has (?P<ours>\d+) characters, the extract (?P<theirs>\d+): it must not be longer",
            _("it has %(ours)s characters, the extract %(theirs)s: it must not be longer"),
        ),
        (
            r"it has (?P<ours>\d+) characters, too many for an extract of (?P<theirs>\d+)",
            _("it has %(ours)s characters, too many for an extract of %(theirs)s"),
        ),
        (
            r"it keeps (?P<share>\d+)% of what the extract says; at least (?P<least>\d+)% is asked",
            _("it keeps %(share)s%% of what the extract says; at least %(least)s%% is asked"),
        ),
    ]
