"""TRL, PEFT and datasets, imported when used.

They belong to the extra `posttrain`; the engine works without them.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from nextlat.errors import MissingPackageError

REMEDY = "pip install 'nextlat[posttrain]'"


def package(name: str) -> ModuleType:
    """Return one of the extra's packages.

    TRL reports each run to its makers' host unless that is switched off, as it is here.

    Raises:
        MissingPackageError: it is not installed, or cannot be imported.
    """
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise MissingPackageError(
            f"post-training needs the package {name} ({error}); run: {REMEDY}"
        ) from error
    constants = importlib.import_module("huggingface_hub.constants")
    # Read when a trainer is built, so that setting it after the import is early enough.
    constants.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]
    return module
