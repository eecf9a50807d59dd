"""Values of parsed JSON, read one by one: each has the type that is asked for, or is refused.

    document = JsonValue(json.loads(text), "results.json", remedy="run `nextlat report` again")
    accuracies = [row["accuracy"].share() for row in document["rows"].items()]

An error names the place, the value and the rule. It knows no format.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from nextlat.errors import DataError

JsonObject: TypeAlias = Mapping[str, object]
"""An object of parsed JSON, or one to be written."""

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class JsonValue:
    """A value and where it stands.

    Attributes:
        value: what `json.loads` returned; None also where a key is absent.
        where: names the place in errors.
        remedy: what to do about an absent key.
    """

    value: object
    where: str
    remedy: str = "write the file again"

    @property
    def present(self) -> bool:
        """Whether there is a value other than null."""
        return self.value is not None

    def refused(self, rule: str) -> DataError:
        """Return the error that this value breaks a rule."""
        return DataError(f"{self.where} is {str(self.value)[:60]!r}; it must be {rule}")

    def mapping(self) -> dict[str, JsonValue]:
        """Return the members of an object.

        Raises:
            DataError: this is not an object.
        """
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return {str(key): self._member(str(key), value) for key, value in self.value.items()}

    def optional_mapping(self) -> dict[str, JsonValue]:
        """Return the members of an object; none where the value is null, absent or empty."""
        return self.mapping() if self.value else {}

    def __getitem__(self, key: str) -> JsonValue:
        """Return a member that must be there, be it null.

        Raises:
            DataError: this is not an object, or has no such key.
        """
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        if key not in self.value:
            raise DataError(f"{self.where} has no {key!r}; {self.remedy}")
        return self._member(key, self.value[key])

    def get(self, key: str, default: object = None) -> JsonValue:
        """Return a member; its value is the default where it is absent.

        Raises:
            DataError: this is not an object.
        """
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return self._member(key, self.value.get(key, default))

    def items(self) -> list[JsonValue]:
        """Return the items of a list.

        Raises:
            DataError: this is not a list.
        """
        if not isinstance(self.value, list):
            raise self.refused("a list")
        return [
            JsonValue(value, f"{self.where}[{number}]", self.remedy)
            for number, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """Return text; a number is written out.

        Raises:
            DataError: this is neither.
        """
        if not isinstance(self.value, str | int | float):
            raise self.refused("a name")
        return str(self.value)

    def flag(self) -> bool:
        """Return true or false.

        Raises:
            DataError: this is neither.
        """
        if not isinstance(self.value, bool):
            raise self.refused("true, false or null")
        return self.value

    def number(self) -> float:
        """Return a finite number; a whole one stays whole.

        Raises:
            DataError: this is not one.
        """
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused("a finite number")
        if not math.isfinite(value):
            raise self.refused("a finite number")
        return value

    def real(self) -> float:
        """Return a number, which may be infinite or not a number: a loss that was lost.

        Raises:
            DataError: this is not one.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.refused("a number")
        return self.value

    def share(self) -> float:
        """Return a number from 0 to 1.

        Raises:
            DataError: this is not one.
        """
        value = self.number()
        if not 0 <= value <= 1:
            raise self.refused("a share from 0 to 1")
        return value

    def whole(self) -> int:
        """Return a whole number, 0 or more.

        Raises:
            DataError: this is not one.
        """
        value = self.number()
        if value != int(value) or value < 0:
            raise self.refused("a whole number, 0 or more")
        return int(value)

    def plain(self) -> JsonObject:
        """Return an object as it was parsed; an empty one where it is null, absent or empty.

        Raises:
            DataError: this is not an object.
        """
        if not self.value:
            return {}
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return self.value

    def _member(self, key: str, value: object) -> JsonValue:
        return JsonValue(value, f"{self.where}: {key}", self.remedy)


def read_json(file: Path, remedy: str) -> JsonValue:
    """Return what a JSON file holds.

    Args:
        file: the file.
        remedy: what to do where it cannot be read or lacks a key.

    Raises:
        DataError: it is absent, cannot be read, or is not JSON.
    """
    try:
        parsed: object = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read: {error}; {remedy}") from error
    return JsonValue(parsed, str(file), remedy)


def printable(text: str) -> str:
    """Return text with a space for every control character and half of a surrogate pair."""
    return CONTROL_CHARACTERS.sub(" ", text)
