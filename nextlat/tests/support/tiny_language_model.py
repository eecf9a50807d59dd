"""A tiny Qwen2 with random weights and a character tokenizer, saved as an ordinary folder."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models
from tokenizers.pre_tokenizers import Split
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

CHAT_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'][0] }}>{{ message['content'] }}{% if "
    "message['role'] == 'assistant' %}<end>{% endif %}{% endfor %}{% if add_generation_prompt "
    "%}<a>{% endif %}"
)


def tiny_tokenizer(
    *, chat: bool = False, pad: bool = True, eos: bool = True
) -> PreTrainedTokenizerFast:
    tokens = ["<pad>", "<end>", "<unk>", *string.printable]
    inner = Tokenizer(
        models.WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="<unk>")
    )
    inner.pre_tokenizer = Split("", "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>" if pad else None,
        eos_token="<end>" if eos else None,
        unk_token="<unk>",
        chat_template=CHAT_TEMPLATE if chat else None,
    )


def save_tiny_model(
    folder: Path,
    *,
    seed: int = 0,
    chat: bool = False,
    pad: bool = True,
    eos: bool = True,
    positions: int = 256,
) -> Path:
    """Write model and tokenizer; return the folder."""
    tokenizer = tiny_tokenizer(chat=chat, pad=pad, eos=eos)
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=positions,
        initializer_range=0.2,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
