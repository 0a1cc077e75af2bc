"""Signatures of what others send us."""

from __future__ import annotations

from ml_connector.transport.signatures import hmac_sha256_base64, hmac_sha256_hex, same

BODY = b"what do ya want for nothing?"


def test_a_signature_is_that_of_rfc_4231() -> None:
    assert hmac_sha256_hex("Jefe", BODY) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_sha256_base64("Jefe", BODY) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="


def test_signatures_are_compared_whole() -> None:
    assert same("abc", "abc")
    assert not same("abc", "abd")
    assert not same("ä", "a")
    assert not same("a\ud800", "a")
