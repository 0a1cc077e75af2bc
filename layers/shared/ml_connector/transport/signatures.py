"""Signatures of what others send us, compared in constant time."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256


def hmac_sha256(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, sha256).digest()


def hmac_sha256_base64(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac_sha256(secret, body)).decode()


def hmac_sha256_hex(secret: str, body: bytes) -> str:
    return hmac_sha256(secret, body).hex()


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, taking as long for a near miss as for a far one. A sender may give any text."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def ecdsa_check(public_key: str) -> Callable[[bytes, bytes], bool]:
    """Whether a message bears an ECDSA signature (SHA-256, DER) of this PEM key. Raises ValueError for no such key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(public_key.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not a public key of an elliptic curve")

    def is_signed(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    return is_signed
