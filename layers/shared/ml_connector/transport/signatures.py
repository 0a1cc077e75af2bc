"""Signatures of what others send us, compared in constant time."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256


def hmac_sha256(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, sha256).digest()


def hmac_sha256_base64(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac_sha256(secret, body)).decode()


def hmac_sha256_hex(secret: str, body: bytes) -> str:
    return hmac_sha256(secret, body).hex()


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, taking as long for a near miss as for a far one."""
    return hmac.compare_digest(given.encode(), expected.encode())
