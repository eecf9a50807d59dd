"""Plain text in blocks, with a small byte-level BPE of its own.

Without a corpus the task writes one: tiny invented stories from a seeded grammar, enough to try everything.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from nextlat.batch import Batch
from nextlat.errors import DataError, UsageError
from nextlat.tasks.protocol import Metrics, Problems, Solver, generator

END_OF_TEXT = "<|endoftext|>"
MAX_BYTES = 512 * 1024 * 1024
MADE_UP_STORIES = 2000


@dataclass(frozen=True)
class StoriesConfig:
    """Configuration of plain text.

    Attributes:
        corpus: text files (.txt, or .jsonl with a "text" key; also .gz); made-up stories where empty.
        vocab_size: tokens of the BPE, at least 257 (every byte, end of text).
        length: tokens of a block.
        validation_share: share of each document set's tail that is held out.
    """

    corpus: tuple[str, ...] = ()
    vocab_size: int = 1024
    length: int = 128
    validation_share: float = 0.05

    def __post_init__(self) -> None:
        if not 257 <= self.vocab_size <= 1_000_000:
            raise UsageError(f"task.vocab_size={self.vocab_size}: a byte-level BPE has 257 tokens or more")
        if self.length < 2 or not 0 < self.validation_share < 0.5:
            raise UsageError(
                f"task.length={self.length}, validation_share={self.validation_share}: give 2 or more tokens, a share under .5"
            )


class Stories:
    """Next-token prediction on text blocks; a block carries the ids of the documents it holds."""

    name = "stories"
    Config = StoriesConfig

    def __init__(self, config: StoriesConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.tokenizer, self.train_blocks, self.held_out_blocks = _prepared(config)

    @property
    def vocab_size(self) -> int:
        """Tokens of the BPE."""
        return int(self.tokenizer.get_vocab_size())

    @property
    def max_length(self) -> int:
        """Tokens of a block."""
        return self.config.length

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return blocks, epoch by epoch in an order drawn anew for each epoch."""
        count = len(self.train_blocks)
        places = [divmod(place, count) for place in range(step * batch_size, (step + 1) * batch_size)]
        chosen = [int(_order(self.seed, epoch, count)[at]) for epoch, at in places]
        return self.batch(self.train_blocks[chosen])

    def batch(self, blocks: NDArray[np.int64]) -> Batch:
        """Return blocks as a batch; a document ends with its end-of-text token."""
        ids = torch.from_numpy(blocks)
        ends = ids == self.tokenizer.token_to_id(END_OF_TEXT)
        documents = torch.zeros_like(ids)
        documents[:, 1:] = ends[:, :-1].long().cumsum(dim=1)
        return Batch(ids, document_ids_BT=documents)

    def held_out(self, count: int) -> Problems:
        """Return blocks of the held-out tail, at most as many as there are."""
        return self.held_out_blocks[:count]

    def read(self, path: Path) -> Problems:
        """Read a text file as blocks of this tokenizer.

        Raises:
            DataError: it cannot be read, or is shorter than one block.
        """
        ids = [token for text in documents(path) for token in _encoded(self.tokenizer, text)]
        return _blocks(ids, self.config.length, str(path))

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return nats a token, bits a byte and top-1 accuracy, targets across documents left out."""
        nats, right, count, size = 0.0, 0, 0, 0
        blocks = np.asarray(problems)
        for start in range(0, len(blocks), 64):
            batch = self.batch(blocks[start : start + 64])
            ids = batch.input_ids_BT
            assert batch.document_ids_BT is not None
            inside = batch.document_ids_BT[:, 1:] == batch.document_ids_BT[:, :-1]
            log_probs = torch.log_softmax(solver.logits(ids)[:, :-1].float(), dim=-1)
            nats -= float(log_probs.gather(-1, ids[:, 1:, None])[..., 0][inside].double().sum())
            right += int((log_probs.argmax(dim=-1) == ids[:, 1:])[inside].sum())
            count += int(inside.sum())
            size += sum(len(self.tokenizer.decode(row).encode()) for row in ids[:, 1:].tolist())
        return {"loss": nats / count, "bits_per_byte": nats / math.log(2) / max(1, size), "accuracy": right / count}

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer so that transformers' AutoTokenizer loads it."""
        from transformers import PreTrainedTokenizerFast

        fast = PreTrainedTokenizerFast(tokenizer_object=self.tokenizer, eos_token=END_OF_TEXT)
        fast.save_pretrained(folder)


def documents(path: Path) -> Iterator[str]:
    """Yield the documents of a text file: one a row of .jsonl, the whole of a .txt.

    Raises:
        DataError: it cannot be read, is too large, or a row has no text.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES >> 20} MB unpacked; split it, or give a part")
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text: {error}") from error
    if not text.strip():
        raise DataError(f"{path} is empty; give a file with text")
    if ".jsonl" not in path.suffixes:
        yield text
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
                yield str(row["text"])
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f'{path}, line {number}: each row is a JSON object with a "text" key; row {line[:60]!r}') from error


@lru_cache(maxsize=2)
def _prepared(config: StoriesConfig) -> tuple[Tokenizer, NDArray[np.int64], NDArray[np.int64]]:
    """Return (tokenizer, training blocks, held-out blocks); the BPE sees the training part only."""
    sources = [list(documents(Path(name))) for name in config.corpus] or [list(made_up_stories(MADE_UP_STORIES))]
    train: list[str] = []
    held_out: list[str] = []
    for texts in sources:
        if len(texts) == 1:
            cut = int(len(texts[0]) * (1 - config.validation_share))
            train.append(texts[0][:cut])
            held_out.append(texts[0][cut:])
        else:
            cut = max(1, int(len(texts) * (1 - config.validation_share)))
            train += texts[:cut]
            held_out += texts[cut:]
    tokenizer = trained_tokenizer(train, config.vocab_size)
    parts = [[token for text in texts for token in _encoded(tokenizer, text)] for texts in (train, held_out)]
    where = ", ".join(config.corpus) or "the made-up stories"
    return tokenizer, _blocks(parts[0], config.length, where), _blocks(parts[1], config.length, f"held-out part of {where}")


def trained_tokenizer(texts: list[str], vocab_size: int) -> Tokenizer:
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
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _encoded(tokenizer: Tokenizer, text: str) -> list[int]:
    return [*tokenizer.encode(text).ids, tokenizer.token_to_id(END_OF_TEXT)]


def _blocks(ids: list[int], length: int, where: str) -> NDArray[np.int64]:
    count = len(ids) // length
    if not count:
        raise DataError(f"{where} has {len(ids)} tokens, less than one block of {length}; give more text or a smaller task.length")
    return np.array(ids[: count * length], dtype=np.int64).reshape(count, length)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """Return the order of an epoch's blocks."""
    return generator(seed, "order", epoch).permutation(count)


def made_up_stories(count: int) -> Iterator[str]:
    """Yield tiny stories of our own grammar, the same each time; no two runs of words are copied from anywhere."""
    random = generator(0, "made-up stories")

    def pick(*options: str) -> str:
        return options[int(random.integers(len(options)))]

    for _ in range(count):
        who = pick("Mira", "Otto", "the old baker", "a small fox", "Captain Ade", "the miller's cat")
        thing = pick("kettle", "lantern", "red boat", "brass key", "paper kite", "blue stone")
        place = pick("harbour", "orchard", "attic", "market", "river bank", "windmill")
        yield (
            f"{who[0].upper()}{who[1:]} {pick('found', 'lost', 'hid', 'mended')} a {thing} near the {place}. "
            f"It was {pick('cold', 'early', 'raining', 'nearly dark', 'quiet')}, and {pick('nobody', 'a neighbour', 'one gull')} "
            f"{pick('saw it', 'came by', 'made a sound')}. "
            f'"{pick("This is mine", "Whose is it", "Look here", "Not today")}," said {who}, and '
            f"{pick('went home', 'walked on', 'laughed', 'sat down to think')}. "
            f"The {thing} {pick('shone', 'stayed where it was', 'sang a little', 'felt heavy')} until {pick('morning', 'the bell rang', 'spring')}."
        )
