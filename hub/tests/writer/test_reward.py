"""The reward of a completion: hand-worked values, and 0 for whatever would leave the extract."""

from __future__ import annotations

import pytest
from invented_evidence import WORKS

from academichub.i18n.message_text import message_text
from academichub.writer.reward import reward_of

REEF = [WORKS["reef"]]
EXTRACT = (
    "Symbiont density increased by 40% in surviving colonies, and heat shock protein HSP70 was "
    "upregulated."
)
SHORTER = "Symbiont density increased by 40% in surviving colonies, and HSP70 was upregulated."


def test_a_sentence_without_an_extract_that_passes_earns_all() -> None:
    reward = reward_of(SHORTER, [2], REEF)
    assert (reward.reward, reward.reasons) == (1.0, [])
    assert reward.checks["one_sentence"] is True
    assert "differs" not in reward.checks


def test_with_an_extract_half_is_for_passing_and_half_for_what_is_saved() -> None:
    saved = 1 - len(SHORTER) / len(EXTRACT)
    reward = reward_of(SHORTER, [2], REEF, extract=EXTRACT)
    assert reward.reward == pytest.approx(0.5 + 0.5 * saved / 0.5, abs=1e-4)
    assert reward.checks["differs"] is True


def test_no_citations_mean_all_of_the_evidence() -> None:
    assert reward_of(SHORTER, [], REEF) == reward_of(SHORTER, [2], REEF)


@pytest.mark.parametrize(
    ("completion", "check", "code"),
    [
        (EXTRACT, "differs", "wording.same"),
        ("", "wording", "wording.empty"),
        (
            SHORTER + " Mortality was lower at depths below 12 m.",
            "one_sentence",
            "wording.not_alone",
        ),
        (SHORTER.replace("40%", "60%"), "numbers", None),
        (SHORTER.replace("HSP70", "HSP90"), "names", "check.name_missing"),
        (f"<b>{SHORTER}</b>", "wording", None),
    ],
)
def test_what_would_leave_the_extract_earns_nothing_and_says_why(
    completion: str, check: str, code: str | None
) -> None:
    reward = reward_of(completion, [2], REEF, extract=EXTRACT)
    assert reward.reward == 0.0
    assert reward.checks[check] is False
    assert reward.reasons
    if code:
        assert code in [reason.code for reason in reward.reasons]


def test_the_document_says_the_same_in_words() -> None:
    reward = reward_of(EXTRACT, [2], REEF, extract=EXTRACT)
    document = reward.document()
    assert document.reward == 0.0
    assert document.reasons == [message_text(reason) for reason in reward.reasons]
