"""Problems and demonstrations of the user's task, read from JSON lines.

    {"prompt": "Sum of the digits of 482?", "answer": "14", "type": "odd", "n_steps": 3, "split":
    "train", ...} {"prompt": [{"role": "user", "content": "..."}], "answer": "14"} {"prompt": "...",
    "completion": "4 + 8 + 2 = 14"}                      a demonstration

Only `prompt` (and `completion`) must be there. Further columns reach the verifier as
`problem.extra`. The names follow TRL's dataset columns. It knows no model: lengths in tokens are
checked in checks.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from nextlat.errors import DataError

Messages: TypeAlias = list[dict[str, str]]
Prompt: TypeAlias = str | Messages
Split = Literal["train", "held_out"]

ALL = "all"
"""Type of problems in a file without types; in results, all types together."""

MAX_FILE_BYTES = 1 << 30
MAX_LINE_BYTES = 1 << 20
MAX_ROWS = 1_000_000
ROLES = ("system", "user", "assistant")
SPLITS: dict[str, Split] = {
    "train": "train",
    "held_out": "held_out",
    "held-out": "held_out",
    "test": "held_out",
    "validation": "held_out",
}
"""Word in the column `split` -> side."""


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        id: the row's `id`, or 16 hexadecimal digits of the prompt's hash.
        prompt: text, or chat messages of `role` and `content`, the last one the user's.
        answer: what the verifier may compare with.
        type: kind of problem; routing and accuracy are reported for each.
        steps: length of the solution, where the user counts it.
        split: "train", or "held_out", which no training sees.
        extra: all other columns.
    """

    id: str
    prompt: Prompt
    answer: str | None = None
    type: str = ALL
    steps: int | None = None
    split: Split = "train"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The prompt as plain text: the messages' contents, one a line, where it is a chat."""
        if isinstance(self.prompt, str):
            return self.prompt
        return "\n".join(message["content"] for message in self.prompt)


@dataclass(frozen=True)
class Demonstration:
    """A prompt with the completion supervised fine-tuning imitates."""

    prompt: Prompt
    completion: str


@dataclass(frozen=True)
class ProblemSet:
    """The problems of a file.

    Attributes:
        train: what reinforcement learning sees.
        held_out: what is evaluated.
        duplicates: rows left out because an equal row came before.
    """

    train: tuple[Problem, ...]
    held_out: tuple[Problem, ...]
    duplicates: int = 0


def read_problems(
    path: Path, *, held_out_share: float = 0.125, max_rows: int = MAX_ROWS
) -> ProblemSet:
    """Read problems and split them.

    A row's column `split` decides its side. Where no row has one, the side is a function of the
    prompt alone: a problem is held out where the SHA-256 of its prompt, as a fraction, lies below
    `held_out_share`. So a longer file moves no problem to another side.

    Raises:
        DataError: a bad row, contradicting duplicates, one prompt on both sides, or an empty side.
    """
    first_lines: dict[str, tuple[int, Problem]] = {}  # key of the prompt -> where it came first
    duplicates, stated = 0, []
    for line, row in read_rows(path, max_rows):
        where = f"{path}, line {line}"
        problem = _problem(row, where)
        stated.append((line, "split" in row))
        if "split" not in row:
            problem = replace(problem, split=stable_split(problem.prompt, held_out_share))
        key = prompt_key(problem.prompt)
        if key not in first_lines:
            first_lines[key] = (line, problem)
            continue
        _check_duplicate(*first_lines[key], problem, where)
        duplicates += 1
    _check_stated(stated, path)
    problems = [problem for _, problem in first_lines.values()]
    _check_types(problems, path)
    train, held_out = (_of_side(problems, side, path) for side in ("train", "held_out"))
    return ProblemSet(train, held_out, duplicates)


def _of_side(problems: Sequence[Problem], side: str, path: Path) -> tuple[Problem, ...]:
    """Return the problems of one side, of which there must be some."""
    of_side = tuple(problem for problem in problems if problem.split == side)
    if not of_side:
        raise DataError(
            f"{path}: {len(problems)} problems, none of them {side}; both sides need at least "
            'one: add rows, or give every row "split": "train" or "held_out"'
        )
    return of_side


def read_demonstrations(path: Path, *, max_rows: int = MAX_ROWS) -> tuple[Demonstration, ...]:
    """Read `{"prompt": ..., "completion": ...}` rows; equal rows stay, they weigh more.

    Raises:
        DataError: a bad row, or no row.
    """
    demonstrations = []
    for line, row in read_rows(path, max_rows):
        where = f"{path}, line {line}"
        demonstrations.append(Demonstration(_prompt(row, where), _completion(row, where)))
    return tuple(demonstrations)


def _completion(row: dict[str, object], where: str) -> str:
    """Return a demonstration's completion, text or TRL's one message."""
    completion = row.get("completion")
    if isinstance(completion, list) and len(completion) == 1 and isinstance(completion[0], dict):
        completion = completion[0].get("content")
    if not isinstance(completion, str) or not completion.strip():
        raise DataError(
            f'{where}: "completion" is {_short(completion)}; it must be text that is not empty: '
            "write what the model should answer, or drop the row"
        )
    return _encodable(completion, where)


def read_rows(path: Path, max_rows: int = MAX_ROWS) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield line number and object of each line that is not blank.

    Raises:
        DataError: no file, too large, not UTF-8, not JSON, not an object, too many rows, or none.
    """
    count = 0
    try:
        _check_size(path)
        with path.open("rb") as file:
            for line, raw in enumerate(file, start=1):
                if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
                    continue
                count += 1
                if count > max_rows:
                    raise DataError(
                        f"{path}, line {line}: more than {max_rows} rows; raise data.max_rows"
                    )
                yield line, _object(raw, f"{path}, line {line}")
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}; give a file of JSON lines"
        ) from error
    if not count:
        raise DataError(
            f"{path} holds no rows; write one JSON object a line: "
            '{"prompt": "2+2=", "answer": "4"}'
        )


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise DataError(
            f"{path} has {size} bytes; at most {MAX_FILE_BYTES} are read: split the file"
        )


def prompt_key(prompt: Prompt) -> str:
    """Return the SHA-256 of a prompt's canonical JSON, in hexadecimal."""
    return hashlib.sha256(
        json.dumps(prompt, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def stable_split(prompt: Prompt, held_out_share: float) -> Split:
    """Return a prompt's side: the same on every machine, in every order, for every seed."""
    return "held_out" if int(prompt_key(prompt)[:16], 16) < held_out_share * 2**64 else "train"


def _object(raw: bytes, where: str) -> dict[str, object]:
    if len(raw) > MAX_LINE_BYTES:
        raise DataError(
            f"{where}: {len(raw)} bytes; a row has at most {MAX_LINE_BYTES}: shorten it"
        )
    try:
        row = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where}: not UTF-8 ({error.reason} at byte {error.start}); save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not JSON ({error}); write one object a line") from error
    if not isinstance(row, dict):
        raise DataError(f'{where}: {_short(row)} is not an object; write {{"prompt": ...}}')
    return row


def _problem(row: dict[str, object], where: str) -> Problem:
    prompt = _prompt(row, where)
    identifier = _identifier(row, where)
    own = {"id", "prompt", "answer", "type", "steps", "n_steps", "split"}
    return Problem(
        id=prompt_key(prompt)[:16] if identifier is None else identifier,
        prompt=prompt,
        answer=_answer(row, where),
        type=_encodable(_type(row, where).strip() or ALL, where),
        steps=_steps(row, where),
        split=_side(row, where),
        extra={key: value for key, value in row.items() if key not in own},
    )


def _prompt(row: dict[str, object], where: str) -> Prompt:
    """Return the checked prompt."""
    prompt = row.get("prompt")
    if isinstance(prompt, str) and prompt.strip():
        return _encodable(prompt, where)
    if isinstance(prompt, list) and prompt:
        return [
            *(_message(message, where) for message in prompt[:-1]),
            _last_message(prompt[-1], where),
        ]
    raise DataError(
        f'{where}: "prompt" is {_short(prompt)}; it must be text that is not empty, or a list of '
        'messages {"role": ..., "content": ...}'
    )


def _message(message: object, where: str) -> dict[str, str]:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise DataError(f"{where}: message {_short(message)} has no role of {', '.join(ROLES)}")
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        raise DataError(
            f"{where}: the {message['role']}'s message is empty or no text; write its content as a "
            "string"
        )
    return {"role": message["role"], "content": _encodable(content, where)}


def _last_message(message: object, where: str) -> dict[str, str]:
    last = _message(message, where)
    if last["role"] != "user":
        raise DataError(
            f"{where}: the last message is the {last['role']}'s; a prompt ends with the user's"
        )
    return last


def _answer(row: dict[str, object], where: str) -> str | None:
    answer = row.get("answer")
    if answer is None:
        return None
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        raise DataError(
            f'{where}: "answer" is {_short(answer)}; it must be text or a number, or be left out'
        )
    return _encodable(str(answer), where)


def _steps(row: dict[str, object], where: str) -> int | None:
    if (
        row.get("steps") is not None
        and row.get("n_steps") is not None
        and row["steps"] != row["n_steps"]
    ):
        raise DataError(
            f'{where}: "steps" {row["steps"]!r} and "n_steps" {row["n_steps"]!r} disagree; give one'
        )
    key = "steps" if row.get("steps") is not None else "n_steps"
    steps = row.get(key)
    if steps is None:
        return None
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise DataError(f'{where}: "{key}" is {_short(steps)}; it must be a whole number from 0')
    return steps


def _side(row: dict[str, object], where: str) -> Split:
    side = row.get("split", "train")
    if not isinstance(side, str) or side not in SPLITS:
        raise DataError(
            f'{where}: "split" is {_short(side)}; it must be one of {", ".join(SPLITS)}'
        )
    return SPLITS[side]


def _identifier(row: dict[str, object], where: str) -> str | None:
    """Return a row's own id; None where it has none."""
    identifier = row.get("id")
    if identifier is None:
        return None
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        raise DataError(f'{where}: "id" is {_short(identifier)}; it must be text or a whole number')
    return str(identifier)


def _type(row: dict[str, object], where: str) -> str:
    """Return a row's type of problem; the word for all types where it has none."""
    kind = row.get("type")
    if kind is None:
        return ALL
    if not isinstance(kind, str):
        raise DataError(f'{where}: "type" is {_short(kind)}; it must be text')
    return kind


def _encodable(text: str, where: str) -> str:
    """Return the text; half of a surrogate pair, which no tokenizer reads, is refused."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{where}: character {error.start} is half of a surrogate pair; remove it"
        ) from error
    return text


def _check_duplicate(line: int, first: Problem, problem: Problem, where: str) -> None:
    for name in ("split", "answer", "type", "steps"):
        old, new = getattr(first, name), getattr(problem, name)
        if old != new:
            raise DataError(
                f"{where}: the prompt of line {line} again, with {name} {new!r} instead of "
                f"{old!r}; a prompt has one answer and stands on one side: keep one of the rows"
            )


def _check_stated(stated: list[tuple[int, bool]], path: Path) -> None:
    if len({has_split for _, has_split in stated}) > 1:
        line = next(line for line, has_split in stated if not has_split)
        raise DataError(
            f'{path}, line {line}: no "split", while other rows have one; give it to every row or '
            "to none"
        )


def _check_types(problems: list[Problem], path: Path) -> None:
    types = sorted({problem.type for problem in problems} - {ALL})
    untyped = [problem for problem in problems if problem.type == ALL]
    if types and untyped:
        raise DataError(
            f"{path}: problem {untyped[0].id} has no type (or {ALL!r}, which stands for all types "
            f"together), while others have {types[0]!r}; give every row a type or none"
        )


def _short(value: object) -> str:
    text = "absent" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
