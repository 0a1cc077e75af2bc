"""What a command answers: its words for a person, its data for a tool, and how it went."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from ml_connector.domain.codec import encode
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    text: str
    data: Any
    code: int = 0

    def as_json(self) -> str:
        return json.dumps(plain(self.data), indent=2, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Ids as their text; every field of a dataclass under its own name, absent ones as null: the keys never vary."""
    if isinstance(value, ConnectionId | FlowId | RecordId):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return encode(value)
