# ruff: noqa: N803, N806 -- names carry shapes: D words
"""The radar in words: which words pull works up or down, by the ranking's own weights."""

from __future__ import annotations

import numpy as np

from academichub.hub import Hub, HubPart
from academichub.radar.explain import means_something
from academichub.radar.model_store import LibraryModel
from academichub.radar.profile import Profile, make_profile, named_works
from academichub.radar.radar import Radar
from academichub.radar.ranking import Taste, word_weights
from academichub.radar.text_model import Floats
from academichub.radar.today import text_model
from academichub.radar.vocabulary import written_forms

WORDS_SHOWN = 16

LEAST_SHARE = 0.08
"""A word is shown if it weighs at least this share of the heaviest."""
LOOKED_AT = 4
"""Words looked at for each one shown, since some mean nothing to a reader."""

MAX_TEXTS = 200
"""Works whose texts say how a word is written."""


Words = tuple[list[str], list[str]]
"""Words that pull works up, and words that push them down, heaviest first."""

MAX_REMEMBERED = 16
"""Lists of words to hold in memory."""


class RadarWords(HubPart):
    """The words of an open hub's radar, worked out again when radar, model or library differ."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._remembered: dict[tuple[str, str, str, int], Words] = {}

    def get(self, limit: int = WORDS_SHOWN, radar: Radar | None = None) -> Words:
        """Return a radar's words of largest weight, up and down, as the reader's works spell them.

        The radar is the first one where None.
        """
        radar, model = radar or Radar(self.hub.database), text_model(self.hub)
        if model is None:
            return [], []
        library_location = self.hub.daily.database.place
        name = (library_location, radar.fingerprint(), model.fingerprint, limit)
        if name not in self._remembered:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[name] = _weigh_words(self.hub, radar, model, limit)
        return self._remembered[name]


def _weigh_words(hub: Hub, radar: Radar, model: LibraryModel, limit: int) -> Words:
    signals = radar.signals()
    if not signals:
        return [], []
    profile = make_profile(signals, hub.works_named(named_works(signals)))
    taste = _taste(profile, model)
    if taste is None:
        return [], []
    columns = np.arange(len(model.vocabulary), dtype=np.int64)
    weights_D = word_weights(model.model, taste, columns)
    text = _text(profile)
    return _heaviest(weights_D, model, text, limit), _heaviest(
        -weights_D, model, text, limit
    ) if profile.disliked else []


def _taste(profile: Profile, model: LibraryModel) -> Taste | None:
    liked = [(work.title, work.text) for work, _, _ in profile.liked] + [
        ("", words) for words, _ in profile.topics
    ]
    if not liked:
        return None
    weights = [weight for _, _, weight in profile.liked] + [weight for _, weight in profile.topics]
    disliked = (
        model.vectors([(work.title, work.text) for work in profile.disliked])
        if profile.disliked
        else None
    )
    return Taste(model.vectors(liked), np.asarray(weights, dtype=np.float64), disliked)


def _text(profile: Profile) -> str:
    works = [work for work, _, _ in profile.liked][-MAX_TEXTS:] + list(profile.disliked)[
        -MAX_TEXTS:
    ]
    return "\n".join(
        [
            *(f"{work.title}\n{work.text[:2000]}" for work in works),
            *(words for words, _ in profile.topics),
        ]
    )[:20_000]


def _heaviest(weights_D: Floats, model: LibraryModel, text: str, limit: int) -> list[str]:
    order = np.argsort(-weights_D, kind="stable")[: LOOKED_AT * limit]
    least = LEAST_SHARE * max(float(weights_D[order[0]]), 0.0) if len(order) else 0.0
    words = [
        model.vocabulary.words[int(column)]
        for column in order
        if weights_D[column] > max(least, 1e-9)
    ]
    telling = [word for word in words if means_something(word)]
    forms = written_forms(telling, text)
    return list(dict.fromkeys(forms[word] for word in telling if word in forms))[:limit]
