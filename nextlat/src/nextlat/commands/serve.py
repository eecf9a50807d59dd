"""`nextlat serve [MODEL]`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import torch
from transformers.utils import logging as progress

from nextlat.commands.device_option import device_for, device_option
from nextlat.decoding.lean import weights_named
from nextlat.errors import UsageError
from nextlat.serving.loading import DraftLength, load_state, require_libraries
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import ServerState


@click.command()
@click.argument("model", required=False)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Other than loopback needs --api-key."
)
@click.option(
    "--port",
    default=8090,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0: any free one.",
)
@click.option(
    "--api-key", envvar="NEXTLAT_API_KEY", help="What clients must send; or set NEXTLAT_API_KEY."
)
@click.option("--no-speculation", is_flag=True, help="Decode plainly; the text is the same.")
@click.option(
    "--draft-length",
    default="adaptive",
    show_default=True,
    help="Drafts a cycle: a number, or adaptive.",
)
@click.option(
    "--embedding-model", type=click.Path(path_type=Path), help="A sentence-transformers folder."
)
@click.option(
    "--max-active",
    default=4,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Sequences decoded together.",
)
@click.option(
    "--max-queued",
    default=64,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Then: status 429.",
)
@click.option(
    "--max-context-tokens",
    default=16384,
    show_default=True,
    type=click.IntRange(1),
    help="Of all active sequences.",
)
@click.option(
    "--threads", type=click.IntRange(1, 1024), help="CPU threads; torch's choice by default."
)
@click.option(
    "--weights",
    default="float32",
    show_default=True,
    help="float32, int8 (quicker, rounded once) or auto.",
)
@device_option
def serve(
    model: str | None,
    host: str,
    port: int,
    api_key: str | None,
    no_speculation: bool,
    draft_length: str,
    embedding_model: Path | None,
    max_active: int,
    max_queued: int,
    max_context_tokens: int,
    threads: int | None,
    weights: str,
    device: str,
) -> None:
    """Serve a model to OpenAI's clients: chat, completions, embeddings.

    MODEL is a NextLat folder, any transformers folder, a Hugging Face id or a .gguf file; by
    default the shipped SmolLM2-135M-Instruct.
    """
    require_libraries()
    settings = ServeSettings(
        host=host,
        port=port,
        api_key=api_key,
        speculation=not no_speculation,
        max_active=max_active,
        max_queued=max_queued,
        max_context_tokens=max_context_tokens,
    )
    length, weight_format = _length(draft_length), weights_named(weights)
    torch_device = device_for(device, weight_format)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if threads:
        torch.set_num_threads(threads)
    _serve(
        model,
        settings,
        lambda: load_state(model, settings, embedding_model, length, weight_format, torch_device),
    )


def _serve(model: str | None, settings: ServeSettings, load: Callable[[], ServerState]) -> NoReturn:
    """Take the address, load, serve until a signal."""
    from nextlat.serving.server import Server, bind, url_of

    with bind(settings) as listener:
        is_gguf = model is None or model.endswith(".gguf")
        once = "; a GGUF file is converted once, which takes half a minute" if is_gguf else ""
        click.echo(f"nextlat: loading {model or 'the shipped model'}{once}", err=True)
        progress.disable_progress_bar()
        state = load()
        server = Server(state)
        ready = f"nextlat: serving {state.text.id} on {url_of(listener)}/v1 (stop with Ctrl-C)"
        server.run_on(listener, lambda: click.echo(ready, err=True))
    click.echo("nextlat: stopped", err=True)
    sys.stderr.flush()
    # The interpreter would wait for a model that is still loading, and unload torch for seconds.
    os._exit(0)


def _length(option: str) -> DraftLength:
    """Return the draft length that the option's text means."""
    if option == "adaptive":
        return "adaptive"
    if not option.isascii() or not option.isdecimal():
        raise UsageError(f"--draft-length {option!r}: give a number of tokens, or adaptive")
    return int(option)
