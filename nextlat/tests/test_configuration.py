"""Configurations: unknown keys fail, types are checked, and every key is read and documented."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from nextlat.configuration import changed_keys, from_mapping, override, words_between
from nextlat.errors import UsageError
from nextlat.objectives import OBJECTIVES
from nextlat.recipes import RECIPES, SCALES, recipe
from nextlat.tasks import TASKS
from nextlat.training import run_config
from nextlat.training.run_config import RunConfig, from_run_mapping, to_mapping

SOURCE = Path(run_config.__file__).parents[1]
CONFIGS = [
    run_config.TrunkConfig, run_config.OptimizerConfig, run_config.ScheduleConfig, run_config.LoopConfig,
    *(kind.Config for kind in TASKS.values()), *(kind.Config for kind in OBJECTIVES.values()),
]  # fmt: skip


@pytest.mark.parametrize("task", list(RECIPES))
@pytest.mark.parametrize("scale", SCALES)
def test_every_recipe_survives_its_own_json(task: str, scale: str) -> None:
    config = RECIPES[task][scale]()
    assert isinstance(config, RunConfig)
    assert from_run_mapping(to_mapping(config)) == config


@pytest.mark.parametrize("kind", CONFIGS, ids=lambda kind: kind.__name__)
def test_every_key_is_documented_and_read(kind: type) -> None:
    code = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    for field in dataclasses.fields(kind):
        assert re.search(rf"^\s+{field.name}: ", kind.__doc__ or "", re.M), (
            f"{kind.__name__}.{field.name} undocumented"
        )
        assert re.search(rf"\.{field.name}\b", code), f"{kind.__name__}.{field.name} is never read"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("loop.stepz=5",), "unknown key 'loop.stepz'; did you mean 'steps'"),
        (("stepz=5",), "unknown key 'stepz'; did you mean 'steps'"),
        (("optimiser.learning_rate=1",), "did you mean 'optimizer'"),
        (("loop.steps=many",), "'many' is not of type int"),
        (("loop.steps=0",), "loop.steps=0: it must be at least 1"),
        (("seed=-1",), "loop.seed=-1: a seed is a whole number from 0"),
        (("loop.precision=fp8",), "'fp8' is not one of fp32, bf16"),
        (("objective.name=belief",), "objective.name='belief' is not one of"),
        (("steps",), "not of the form key=value"),
        (("name=next_token",), "ambiguous"),
        (("objective.horizon=0",), "horizon 0"),
    ],
)
def test_bad_words_are_named_with_the_remedy(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        recipe("group_words", "tiny", ("objective.name=next_latent", *words))


def test_bad_names_are_named() -> None:
    with pytest.raises(UsageError, match="did you mean 'group_words'"):
        recipe("group_word")
    with pytest.raises(UsageError, match="scale 'huge'"):
        recipe("group_words.huge")
    with pytest.raises(UsageError, match="disagree"):
        recipe("group_words.tiny", "desk")


def test_words_change_what_they_name_and_nothing_else() -> None:
    base, changed = (
        recipe("group_words", "tiny"),
        recipe("group-words.tiny", None, ("seed=7", "objective.name=multi_token")),
    )
    assert changed.loop == dataclasses.replace(base.loop, seed=7)
    assert changed.objective == OBJECTIVES["multi_token"].Config(horizon=changed.objective.horizon)
    assert (
        dataclasses.replace(
            changed, loop=base.loop, objective=base.objective, objective_name=base.objective_name
        )
        == base
    )


@dataclasses.dataclass(frozen=True)
class _Example:
    number: float = 1.0
    words: tuple[str, ...] = ()
    perhaps: int | None = None


def test_types_are_converted_where_nothing_is_lost() -> None:
    told = override(
        {"number": 1.0, "words": [], "perhaps": None}, ["number=2", 'words=["a", "b"]', "perhaps=3"]
    )
    assert from_mapping(_Example, told, "x") == _Example(2.0, ("a", "b"), 3)
    with pytest.raises(UsageError, match=r"x\.perhaps: 2\.5 is not of type int"):
        from_mapping(_Example, {"perhaps": 2.5}, "x")
    with pytest.raises(UsageError, match=r"x\.words: 'a' is not a list"):
        from_mapping(_Example, {"words": "a"}, "x")


def test_words_between_two_mappings_turn_one_into_the_other() -> None:
    before = {
        "width": 48,
        "kind": "group",
        "loop": {"steps": 3, "words": [1, 2], "rate": 1e-3},
        "same": None,
    }
    after = {
        "width": 32,
        "kind": "none",
        "loop": {"steps": 3, "words": [2], "rate": None},
        "same": None,
    }
    words = words_between(before, after)
    assert words == ["width=32", "kind=none", "loop.words=[2]", "loop.rate=null"]
    assert override(before, words) == after
    assert words_between(before, before) == []


def test_changed_keys_are_dotted_and_compared_as_json() -> None:
    before = {"a": {"b": 1, "c": [1, 2]}, "d": None, "e": 1}
    after = {"a": {"b": 2, "c": (1, 2)}, "f": None, "e": 1.0}
    # A tuple is a list and an absent key is null in JSON; 1 and 1.0 are written differently.
    assert changed_keys(before, after) == ["a.b", "e"]
    assert changed_keys(before, after, free={"a.b"}) == ["e"]
    assert changed_keys({"lora": None}, {"lora": {"r": 8}}) == ["lora"]
    assert changed_keys(before, before) == []
