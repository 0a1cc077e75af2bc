"""Take secrets out of what is logged or shown: by the name of the field, and by the look of the value.

Hexadecimal shorter than 40 stays: those are our own ids and content hashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_SECRET_NAMES = frozenset(
    {"cookie", "setcookie", "passwd", "pwd", "credential", "credentials", "assertion", "codeverifier"}
)
_SECRET_ENDINGS = ("secret", "password", "token", "apikey", "privatekey", "signature", "authorization")
_NAMES_IN_TEXT = (
    r"[\w-]*(?:secret|password|passwd|access_token|refresh_token|id_token|api[_-]?key|authorization|code_verifier)"
)

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b((?i:Bearer|Basic))\s+(?=\S*[A-Z0-9=])[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(https?://)[^\s/@]+@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(rf"([\"']?{_NAMES_IN_TEXT}[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&,;}}]+)", re.I), rf"\1{HIDDEN}"),
    (re.compile(r"<(SharedSecret|Password|strPassword)>[^<]*<", re.IGNORECASE), rf"<\1>{HIDDEN}<"),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w.-]+"), HIDDEN),  # JWT and JWE
    (re.compile(r"\b[\w-]{16,}\.[\w-]{16,}\.[\w-]{4,}"), HIDDEN),
    (re.compile(r"\b[0-9a-fA-F]{40,}\b"), HIDDEN),
    (re.compile(r"(?<![\w/+-])(?=[\w/+-]*\d)(?=[\w/+-]*[A-Za-z])[\w/+-]{48,}={0,2}"), HIDDEN),
)


def redact(value: Any) -> Any:
    """The same value without secrets; mappings and lists all the way down."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if _is_secret(str(key)) and item else redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return redact_text(value) if isinstance(value, str) else value


def redact_text(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def short(text: str, limit: int = 200) -> str:
    """One line of somebody else's words, fit for an error's detail."""
    line = redact_text(" ".join("".join(char if char.isprintable() else " " for char in text[:4000]).split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _is_secret(name: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDINGS)
