"""The folder of a retrofit: whose it is, and what a resumed one must share with its beginning."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nextlat.configuration import Json
from nextlat.errors import UsageError
from nextlat.model.storage import write_json
from nextlat.retrofit.config import OF_THE_SAMPLES, RetrofitConfig
from nextlat.trunk.base_model import BaseReference


@dataclass(frozen=True)
class RetrofitSettings:
    """What a retrofit was started with, as `work/settings.json` has it."""

    config: RetrofitConfig
    base: BaseReference
    num_prompts: int

    def document(self) -> dict[str, Json]:
        """Return the content of the file; tuples become lists, as JSON reads them back."""
        document: dict[str, Json] = json.loads(
            json.dumps(
                {
                    "config": asdict(self.config),
                    "base": self.base.document(),
                    "num_prompts": self.num_prompts,
                }
            )
        )
        return document


def claim(work: Path, settings: RetrofitSettings, resume: bool) -> None:
    """Claim the folder for these settings.

    Raises:
        UsageError: another retrofit has it, or there is nothing to resume.
    """
    file, out = work / "settings.json", work.parent
    if not file.is_file():
        _begin(work, settings, resume)
        return
    if not resume:
        raise UsageError(
            f"{out} holds a retrofit; give --resume to go on with it, or name another folder"
        )
    _check_same_samples(json.loads(file.read_text("utf-8")), settings.document(), out)
    # Those of the fit may have changed: its checkpoints lie in a folder named after them.
    write_json(file, settings.document())


def _check_same_samples(before: dict[str, Json], now: dict[str, Json], out: Path) -> None:
    """Refuse settings that would sample other text than what is there already."""
    old, new = _of_the_samples(before), _of_the_samples(now)
    if old != new:
        other = ", ".join(sorted(key for key in new if old.get(key) != new[key]))
        raise UsageError(
            f"{out} was sampled with other settings ({other}); give the same ones, or another "
            "folder"
        )


def _begin(work: Path, settings: RetrofitSettings, resume: bool) -> None:
    """Write the settings of a retrofit into a folder that holds none."""
    out = work.parent
    if resume:
        raise UsageError(f"{out} holds no retrofit to resume; leave --resume out to begin one")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty and holds no retrofit; name another folder")
    try:
        work.mkdir(parents=True, exist_ok=True)
        write_json(work / "settings.json", settings.document())
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error}") from error


def _of_the_samples(document: dict[str, Json]) -> dict[str, Json]:
    """Return those of the settings that decide what is sampled, by name."""
    config, base = document.get("config"), document.get("base")
    if not isinstance(config, dict) or not isinstance(base, dict):
        raise UsageError(
            "settings.json of the retrofit is damaged: it has no config or base; name another "
            "folder"
        )
    deciding = {name: config.get(name) for name in OF_THE_SAMPLES}
    return {**deciding, **base, "num_prompts": document.get("num_prompts")}


def fit_folder(work: Path, config: RetrofitConfig) -> Path:
    """Return the folder of a fit's checkpoints; fits with other settings have other folders."""
    settings = json.dumps(asdict(config), sort_keys=True).encode()
    return work / f"fit-{hashlib.sha256(settings).hexdigest()[:12]}"
