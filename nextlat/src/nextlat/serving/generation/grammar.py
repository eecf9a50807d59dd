"""JSON by construction: a rule that allows only tokens that continue a JSON schema's text.

llguidance compiles the schemas.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.vocabulary import Vocabulary

WHITESPACE = r"(\x20|\x0A\x20{0,8})?"
"""Between JSON tokens: nothing, a blank, or a new line and its indentation.

Where any number of blanks is allowed, small models fill the answer with them.
"""


def compile_schema(schema: Mapping[str, object], vocabulary: Vocabulary, param: str) -> str:
    """Return llguidance's grammar of a JSON schema.

    Raises:
        BadRequestError: the schema is invalid or uses a keyword that is not supported, or the
            tokenizer cannot be constrained.
    """
    from llguidance import LLMatcher

    if vocabulary.grammar_view is None:
        raise BadRequestError(
            "this model's tokenizer cannot be constrained to a schema; ask in the prompt instead",
            param,
        )
    try:
        grammar = LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_pattern": WHITESPACE}
        )
    except ValueError as error:
        raise BadRequestError(f"the JSON schema cannot be read: {error}", param) from error
    # A schema may be read and still hold what cannot be enforced; that is found here alone.
    is_error, messages = LLMatcher.validate_grammar_with_warnings(grammar, vocabulary.grammar_view)
    if is_error:
        reasons = "; ".join(message.splitlines()[0] for message in messages)
        raise BadRequestError(
            f"the JSON schema cannot be used: {reasons}; change or leave out that part", param
        )
    return grammar


class GrammarRule:
    """Allows only what continues a grammar.

    The matcher is moved to the tokens in front of each position, forwards and back, so that
    positions may come in any order: rejected drafts are taken back.

    Args:
        grammar: of `compile_schema`.
        vocabulary: it was compiled for.
    """

    def __init__(self, grammar: str, vocabulary: Vocabulary) -> None:
        from llguidance import LLMatcher

        self._matcher = LLMatcher(vocabulary.grammar_view, grammar, log_level=0)
        self._read: list[int] = []

    def apply(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        """See `LogitRule`."""
        if not self._move_to(list(before)):
            # Behind a draft that the grammar forbids: it will be rejected, whatever comes here.
            return logits_V
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.unpackbits(bits, bitorder="little", count=logits_V.shape[-1]).astype(bool)
        if not allowed.any():
            raise RuntimeError(
                f"the grammar allows no token: {self._matcher.get_error() or 'dead end'}"
            )
        return logits_V.masked_fill(torch.from_numpy(~allowed).to(logits_V.device), -math.inf)

    def _move_to(self, before: list[int]) -> bool:
        """Bring the matcher behind these tokens; return whether the grammar allows them."""
        common = len(self._read)
        if before[:common] != self._read:
            common = next(
                (i for i, (a, b) in enumerate(zip(self._read, before, strict=False)) if a != b),
                len(before),
            )
        if common < len(self._read):
            self._matcher.rollback(len(self._read) - common)
            del self._read[common:]
        for token in before[common:]:
            if self._matcher.is_stopped() or self._matcher.validate_tokens([token]) != 1:
                return False
            self._matcher.consume_token(token)
            self._read.append(token)
        return True
