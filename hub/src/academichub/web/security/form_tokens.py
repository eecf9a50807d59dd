"""The cookies of a browser and the token that its forms carry."""

from __future__ import annotations

import hashlib
import hmac
import secrets

SESSION_COOKIE = "academichub_session"

CSRF_COOKIE = "academichub_csrf"


def csrf_token(secret: bytes, nonce: str, session: str) -> str:
    """Return the form token that belongs to a browser's nonce cookie and its session."""
    return hmac.new(secret, f"csrf\x1f{nonce}\x1f{session}".encode(), hashlib.sha256).hexdigest()


def new_nonce() -> str:
    """Return the value of a new CSRF cookie."""
    return secrets.token_urlsafe(24)
