"""What an operator can set about the server. Plain values; it reads no environment and no file."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from nextlat.errors import UsageError


@dataclass(frozen=True)
class ServeSettings:
    """Limits and addresses of one server.

    Attributes:
        host: address to listen on.
        port: 0 lets the system choose.
        api_key: what clients must send as `Authorization: Bearer KEY`; None requires nothing.
        speculation: whether to draft; the text is the same either way.
        max_active: sequences decoded together; the others wait.
        max_queued: sequences that may wait; beyond them requests get status 429.
        max_context_tokens: prompt and new tokens of all active sequences together, which bounds
            the memory of their caches.
        default_new_tokens: most new tokens of a chat answer whose request names no limit.
        prefill_chunk: prompt tokens read in one turn.
        max_body_bytes: longest request body.
        body_seconds: time a client has to send its body.
        max_choices: largest `n`.
        max_embedding_inputs: texts in one embeddings request.
    """

    host: str = "127.0.0.1"
    port: int = 8090
    api_key: str | None = None
    speculation: bool = True
    max_active: int = 4
    max_queued: int = 64
    max_context_tokens: int = 16384
    default_new_tokens: int = 1024
    prefill_chunk: int = 256
    max_body_bytes: int = 4 * 2**20
    body_seconds: float = 30.0
    max_choices: int = 16
    max_embedding_inputs: int = 2048

    def __post_init__(self) -> None:
        for name in (
            "max_active",
            "max_queued",
            "max_context_tokens",
            "default_new_tokens",
            "prefill_chunk",
        ):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} {getattr(self, name)}: it must be at least 1")
        if self.api_key is not None and not self.api_key.strip():
            raise UsageError(
                "the API key is empty; give a secret of some length, or leave the option out"
            )
        if self.api_key is None and not is_loopback(self.host):
            raise UsageError(
                f"--host {self.host!r} is reachable from other machines and no API key is set; "
                "add --api-key KEY, or listen on 127.0.0.1"
            )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        addresses = socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    return all(
        ipaddress.ip_address(str(address[4][0]).partition("%")[0]).is_loopback
        for address in addresses
    )
