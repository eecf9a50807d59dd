"""Token ids as bytes and as names.

That is what streaming, stop strings and log probabilities need of a tokenizer.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from transformers import PreTrainedTokenizerBase

logger = logging.getLogger(__name__)


class Vocabulary:
    """A tokenizer seen as one piece of bytes for each id.

    Byte-level and byte-fallback tokenizers are read exactly, through llguidance's view of them,
    which grammars need anyway. Others are decoded token by token, each after the token before it.

    Args:
        tokenizer: of the model.
        size: rows of the model's head; ids beyond the tokenizer's own have no text.
        end_ids: ids that end a text.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, size: int, end_ids: Sequence[int]
    ) -> None:
        self.tokenizer = tokenizer
        self.size = size
        self.end_ids = tuple(end_ids)
        added: dict[int, Any] = dict(getattr(tokenizer, "added_tokens_decoder", {}))
        self.special_ids = frozenset(i for i, token in added.items() if token.special) | set(
            tokenizer.all_special_ids
        )
        self.special_texts = frozenset(
            {token.content for token in added.values() if token.special}
            | set(tokenizer.all_special_tokens)
        )
        self.grammar_view = self._grammar_view()
        # A copy where decoding needs it: one thread decodes while another encodes.
        self._decoder: Any = copy.deepcopy(tokenizer) if self.grammar_view is None else tokenizer
        self._num_tokens = len(tokenizer)
        self._name = lru_cache(maxsize=4096)(self._named)

    @property
    def start_id(self) -> int | None:
        """The id that starts a text; None where the tokenizer has none."""
        start: int | None = self.tokenizer.bos_token_id
        return start

    def _grammar_view(self) -> Any:
        """Return llguidance's view of the tokenizer, or None where it has none."""
        import llguidance.hf

        try:
            return llguidance.hf.from_tokenizer(
                # Its annotation admits fast tokenizers only; others raise the ValueError below.
                self.tokenizer,  # type: ignore[arg-type]
                n_vocab=max(self.size, len(self.tokenizer)),
                eos_token=list(self.end_ids) or None,
            )
        except (ValueError, RuntimeError, TypeError) as error:
            logger.warning("no JSON schemas with this tokenizer: %s", str(error).splitlines()[0])
            return None

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Return the ids of a text.

        Args:
            text: valid Unicode.
            special: whether to add the tokens the tokenizer puts around a text.
        """
        ids: list[int] = self.tokenizer(text, add_special_tokens=special).input_ids
        return ids

    def encode_plain(self, text: str) -> list[int]:
        """Return the ids of a text in which no special token is recognised."""
        ids: list[int] = self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=True
        ).input_ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids, special tokens left out."""
        pieces = [
            self.piece(before, token) for before, token in zip([None, *ids], ids, strict=False)
        ]
        return b"".join(pieces).decode("utf-8", "replace")

    def piece(self, before: int | None, token: int) -> bytes:
        """Return the bytes a token adds to a text; none for special ones.

        Args:
            before: the token in front of it, None at the start.
            token: its id.
        """
        if token in self.special_ids or not 0 <= token < self._num_tokens:
            return b""
        return self._raw(before, token)

    def _raw(self, before: int | None, token: int) -> bytes:
        """Return the bytes of a token, special or not."""
        if self.grammar_view is not None:
            raw: bytes = self.grammar_view.decode_bytes([token])
            return raw
        decode = self._decoder.decode
        front = decode([before]) if before is not None else ""
        whole: str = decode([token] if before is None else [before, token])
        return whole.removeprefix(front).encode("utf-8", "replace")

    def name(self, token: int) -> tuple[str, list[int]]:
        r"""Return a token's text for people and its bytes.

        Bytes that are not whole characters are named as OpenAI names them: `bytes:\xe6\x97`.
        """
        return self._name(token)

    def _named(self, token: int) -> tuple[str, list[int]]:
        if not 0 <= token < self._num_tokens:
            return f"<token {token}>", []
        raw = self._raw(None, token)
        try:
            return raw.decode("utf-8"), list(raw)
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{byte:02x}" for byte in raw), list(raw)
