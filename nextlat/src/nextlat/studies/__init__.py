"""Studies: what `nextlat reproduce` runs, one file each, registered by one line here."""

from __future__ import annotations

from nextlat.studies.group_words import GROUP_WORDS
from nextlat.studies.hidden_markov import HIDDEN_MARKOV
from nextlat.studies.path_star import PATH_STAR
from nextlat.studies.study import Study
from nextlat.studies.text import TEXT
from nextlat.studies.training_speed import TRAINING_SPEED

STUDIES: dict[str, Study] = {
    study.name: study for study in (GROUP_WORDS, HIDDEN_MARKOV, PATH_STAR, TEXT, TRAINING_SPEED)
}
"""Name -> study."""
