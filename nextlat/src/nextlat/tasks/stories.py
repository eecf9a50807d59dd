"""Plain text in blocks, with a small byte-level BPE of its own.

Without a corpus the task writes one: tiny invented stories from a seeded grammar, enough to try
everything.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from nextlat.batch import Batch
from nextlat.errors import DataError, UsageError
from nextlat.tasks.protocol import Metrics, Problems, Solver, Task, generator
from nextlat.tasks.stable_hash import hash_rows

Blocks = NDArray[np.int32]
Stamp = tuple[int, int] | None
"""Time and size of a file, or None where it is absent."""

END_OF_TEXT = "<|endoftext|>"
MAX_BYTES = 512 * 1024 * 1024
"""Most bytes of a text file, unpacked."""
PIECE = 1 << 16
"""Characters encoded at once, or a little more."""
MADE_UP_STORIES = 2000
CHUNK = 64
"""Most blocks given to a solver at once."""


@dataclass(frozen=True)
class StoriesConfig:
    """Configuration of plain text.

    Attributes:
        corpus: text files (.txt, or .jsonl with a "text" key; also .gz); made-up stories where
            empty.
        vocab_size: most tokens of the BPE, at least 257 (every byte, end of text); a small corpus
            may fill fewer.
        length: tokens of a block.
        validation_share: share of each file's characters, its tail, that is held out; it may begin
            inside a document.
    """

    corpus: tuple[str, ...] = ()
    vocab_size: int = 1024
    length: int = 128
    validation_share: float = 0.05

    def __post_init__(self) -> None:
        if not 257 <= self.vocab_size <= 1_000_000:
            raise UsageError(
                f"task.vocab_size={self.vocab_size}: a byte-level BPE has 257 to 1000000 tokens; "
                "give as many"
            )
        if not 2 <= self.length <= 1_000_000:
            raise UsageError(
                f"task.length={self.length}: a block has 2 to 1000000 tokens; give as many"
            )
        if not 0 < self.validation_share < 0.5:
            raise UsageError(
                f"task.validation_share={self.validation_share}: give a share above 0 and under 0.5"
            )


class Stories(Task):
    """Next-token prediction on text blocks; a block carries the ids of the documents it holds.

    Every file is cut in two by position before anything else: the tokenizer and the training blocks
    come from the head, held-out blocks from the tail, less those that also stand in the head.
    Within a side documents follow one another, each ended by `END_OF_TEXT`.
    """

    name: ClassVar[str] = "stories"
    Config: ClassVar[type] = StoriesConfig

    def __init__(self, config: StoriesConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.tokenizer, self.train_blocks, self.held_out_blocks = _prepared(
            config, tuple(map(_stamp, config.corpus))
        )
        self._end = token_ids(self.tokenizer, "")[-1]

    @property
    def vocab_size(self) -> int:
        """Tokens of the BPE."""
        return int(self.tokenizer.get_vocab_size())

    @property
    def max_length(self) -> int:
        """Tokens of a block."""
        return self.config.length

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return blocks, epoch by epoch in a new order for each epoch."""
        count = len(self.train_blocks)
        # The blocks of an epoch are numbered in a shuffled order; a batch takes the next ones.
        draws = range(step * batch_size, (step + 1) * batch_size)
        epochs = [divmod(draw, count) for draw in draws]
        indices = [int(_order(self.seed, epoch, count)[number]) for epoch, number in epochs]
        return self.batch(self.train_blocks[indices])

    def batch(self, blocks: Blocks | Sequence[Blocks]) -> Batch:
        """Return blocks as a batch; a document ends with its end-of-text token."""
        ids = torch.from_numpy(np.asarray(blocks, dtype=np.int64))
        ends = torch.eq(ids, self._end)
        documents = torch.zeros_like(ids)
        documents[:, 1:] = ends[:, :-1].long().cumsum(dim=1)
        return Batch(ids, document_ids_BT=documents)

    def held_out(self, count: int) -> Problems:
        """Return blocks of the held-out tail, at most as many as there are."""
        return list(self.held_out_blocks[:count])

    def read(self, path: Path) -> Problems:
        """Read a text file as blocks of tokens; those after the last whole block are left out.

        Raises:
            DataError: it cannot be read, or is shorter than one block.
        """
        return list(
            _blocks(_encoded(self.tokenizer, documents(path)), self.config.length, str(path))
        )

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return nats a token, bits a byte and top-1 accuracy, targets across documents left out.

        Bytes are those of the predicted tokens; the end of a text is predicted and has none.
        """
        sizes = torch.tensor(
            [len(self.tokenizer.id_to_token(token) or "") for token in range(self.vocab_size)]
        )
        sizes[self._end] = 0  # every other token is spelt with one character a byte
        nats, right, count, size = 0.0, 0, 0, 0
        for start in range(0, len(problems), CHUNK):
            batch = self.batch(problems[start : start + CHUNK])
            ids, documents = batch.input_ids_BT, batch.document_ids_BT
            assert documents is not None
            inside = documents[:, 1:] == documents[:, :-1]
            logs = torch.log_softmax(solver.logits(ids)[:, :-1].float(), dim=-1)
            nats -= float(logs.gather(-1, ids[:, 1:, None])[..., 0][inside].double().sum())
            right += int((logs.argmax(dim=-1) == ids[:, 1:])[inside].sum())
            count += int(inside.sum())
            size += int(sizes[ids[:, 1:]][inside].sum())
        return {
            "loss": nats / max(1, count),
            "bits_per_byte": nats / math.log(2) / max(1, size),
            "accuracy": right / max(1, count),
        }

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer so that transformers' AutoTokenizer loads it."""
        PreTrainedTokenizerFast(
            tokenizer_object=self.tokenizer, eos_token=END_OF_TEXT
        ).save_pretrained(folder)


def _text(path: Path) -> str:
    """Return a file's text, unpacked where it is a .gz, with line ends as Unix has them."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise DataError(
                f"{path} is larger than {MAX_BYTES >> 20} MB unpacked; split it, or give a part"
            )
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as UTF-8 text: {error}; give a .txt or .jsonl file, or .gz"
        ) from error
    if not text.strip():
        raise DataError(f"{path} is empty; give a file with text")
    return text


def documents(path: Path) -> Iterator[str]:
    """Yield the documents of a text file.

    One a row of .jsonl, or the whole of a .txt; `END_OF_TEXT` within it ends one too.

    Raises:
        DataError: it cannot be read, is too large, has no text, or a row has none.
    """
    text = _text(path)
    for whole in _rows(path, text) if ".jsonl" in path.suffixes else [text]:
        for part in whole.split(END_OF_TEXT):
            if part.strip():
                yield part if part == whole else part.strip("\n")


def _rows(path: Path, text: str) -> Iterator[str]:
    """Yield the texts of JSON rows."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f'{path}, line {number}: each row must be a JSON object with a "text" key; row '
                f"{line[:60]!r}"
            ) from error
        if not isinstance(text, str):
            raise DataError(f'{path}, line {number}: "text" must be a string; row {line[:60]!r}')
        yield text


def _stamp(name: str) -> Stamp:
    path = Path(name)
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else None


@lru_cache(maxsize=2)
def _prepared(config: StoriesConfig, stamps: tuple[Stamp, ...]) -> tuple[Tokenizer, Blocks, Blocks]:
    """Return tokenizer, training blocks and held-out blocks; a changed file is read again."""
    sources = [list(documents(Path(name))) for name in config.corpus] or [
        list(made_up_stories(MADE_UP_STORIES))
    ]
    train: list[str] = []
    held_out: list[str] = []
    for texts in sources:
        left = int(sum(map(len, texts)) * (1 - config.validation_share))
        for text in texts:
            train += [text[:left]] if left > 0 else []
            held_out += [text[max(left, 0) :]] if left < len(text) else []
            left -= len(text)
    tokenizer = trained_tokenizer(train, config.vocab_size)
    where = ", ".join(config.corpus) or "the made-up stories"
    train_blocks = _blocks(_encoded(tokenizer, train), config.length, where)
    tail_blocks = _blocks(
        _encoded(tokenizer, held_out), config.length, f"the held-out part of {where}"
    )
    seen = np.isin(hash_rows(tail_blocks), hash_rows(train_blocks))
    if seen.all():
        raise DataError(
            f"the held-out part of {where} only repeats the rest; give text that does not repeat "
            "itself"
        )
    return tokenizer, train_blocks, tail_blocks[~seen]


def trained_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Return a byte-level BPE trained on texts; the same for the same texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((piece for text in texts for piece in pieces(text)), trainer)
    return tokenizer


def pieces(text: str) -> Iterator[str]:
    """Yield a text in parts of about `PIECE` characters, cut only where the BPE's words end anyway.

    A line feed before a visible character is a safe place to cut: encoding the parts gives the
    tokens of the whole.
    """
    start = 0
    while start + PIECE < len(text):
        newline = re.compile(r"\n(?=\S)").search(text, start + PIECE)
        if newline is None:
            break
        yield text[start : newline.end()]
        start = newline.end()
    yield text[start:]


def token_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return a document's tokens, end of text included."""
    return [*tokenizer.encode(text).ids, *tokenizer.encode(END_OF_TEXT).ids]


def _encoded(tokenizer: Tokenizer, texts: Iterable[str]) -> NDArray[np.int32]:
    """Return the tokens of documents, one after another."""
    end = np.array(token_ids(tokenizer, ""), dtype=np.int32)
    parts: list[NDArray[np.int32]] = []
    for text in texts:
        parts += [
            np.array(piece.ids, dtype=np.int32) for piece in map(tokenizer.encode, pieces(text))
        ]
        parts.append(end)
    return np.concatenate(parts)


def _blocks(ids: NDArray[np.int32], length: int, where: str) -> Blocks:
    count = len(ids) // length
    if not count:
        raise DataError(
            f"{where} has {len(ids)} tokens, less than one block of {length}; give more text or a "
            "smaller task.length"
        )
    return ids[: count * length].reshape(count, length)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """Return the order of an epoch's blocks."""
    return generator(seed, "order", epoch).permutation(count)


def made_up_stories(count: int) -> Iterator[str]:
    """Yield different tiny stories of a grammar; a smaller count gives the first of a larger."""
    random = generator(0, "made-up stories")

    def pick(*options: str) -> str:
        return options[int(random.integers(len(options)))]

    stories: set[str] = set()
    while len(stories) < count:
        who = pick(
            "Mira", "Otto", "the old baker", "a small fox", "Captain Ade", "the miller's cat"
        )
        thing = pick("kettle", "lantern", "red boat", "brass key", "paper kite", "blue stone")
        scene = pick("harbour", "orchard", "attic", "market", "river bank", "windmill")
        weather = pick("cold", "early", "raining", "nearly dark", "quiet")
        witness = (
            f"{pick('nobody', 'a neighbour', 'one gull')} "
            f"{pick('saw it', 'came by', 'made a sound')}"
        )
        words = pick("This is mine", "Whose is it", "Look here", "Not today")
        then = pick("went home", "walked on", "laughed", "sat down to think")
        last = pick("shone", "stayed where it was", "sang a little", "felt heavy")
        story = (
            f"{who[0].upper()}{who[1:]} {pick('found', 'lost', 'hid', 'mended')} a {thing} near "
            f'the {scene}. It was {weather}, and {witness}. "{words}," said {who}, and {then}. The '
            f"{thing} {last} until {pick('morning', 'the bell rang', 'spring')}."
        )
        if story not in stories:
            stories.add(story)
            yield story
