"""Every call that reaches botocore, by operation, and what DynamoDB would charge for the ones that go to it.

Sizes are those of the items as sent. Reads are counted by key, at one item of at most 4 KB each.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from tests.contract.ports.emulated import Emulated

type Item = dict[str, Any]

_KB = 1024
_WRITES = {"Put": "Item", "Update": "Key", "Delete": "Key", "ConditionCheck": "Key"}


@dataclass(slots=True)
class AwsCounter:
    """`calls` by `service.operation`; `units` by `write`, `read`, `index write`; `kept_bytes` is what was put."""

    calls: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    kept_bytes: int = 0
    _indexed: dict[str, Item] = field(default_factory=dict)

    def watch(self, aws: Emulated) -> None:
        for client in (aws.dynamodb, aws.kms, aws.s3, aws.sqs, aws.secretsmanager, aws.scheduler):
            client.meta.events.register("before-call.*.*", self._before_call)

    def clear(self) -> None:
        self.calls.clear()
        self.units.clear()
        self.kept_bytes = 0

    def _before_call(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        service = model.service_model.service_name
        self.calls[f"{service}.{model.name}"] += 1
        if service == "dynamodb":
            self._charge(model.name, json.loads(params["body"]))

    def _charge(self, operation: str, body: dict[str, Any]) -> None:
        match operation:
            case "TransactWriteItems":
                for part in body["TransactItems"]:
                    self._write(part, times=2)
            case "PutItem":
                self._write({"Put": body}, times=1)
            case "UpdateItem" | "DeleteItem":
                self.units["write"] += 1
            case "BatchWriteItem":
                for part in (part for parts in body["RequestItems"].values() for part in parts):
                    self._write({"Put": part.get("PutRequest", {"Item": {}})}, times=1)
            case "BatchGetItem":
                self.units["read"] += sum(len(table["Keys"]) for table in body["RequestItems"].values())
            case "GetItem" | "Query":
                self.units["read"] += 1

    def _write(self, part: dict[str, Any], *, times: int) -> None:
        (kind, what), *_ = part.items()
        item = what[_WRITES[kind]]
        size = size_of(item)
        self.units["write"] += times * max(1, ceil(size / _KB))
        if kind == "Put":
            self.kept_bytes += size
            self._index(item)

    def _index(self, item: Item) -> None:
        """An entry that appears, goes or changes costs one unit; one that moves costs two."""
        if "period" not in item and "open_work" not in item:
            return
        key = json.dumps([item["pk"], item["sk"]])
        before, self._indexed[key] = self._indexed.get(key, {}), {name: item.get(name) for name in _PROJECTED}
        for place in (("open_work", "due_at"), ("period", "record")):
            old, new = ([found.get(name) for name in place] if found.get(place[0]) else None for found in (before, item))
            changed = old != new or (place[0] == "period" and before != self._indexed[key])
            self.units["index write"] += changed * ((old is not None) + (new is not None) if old != new else 1)


_PROJECTED = ("open_work", "due_at", "period", "record", "state", "amount", "currency", "number", "flow")


def size_of(item: Item) -> int:
    """Attribute names and values in bytes, as DynamoDB counts them but for numbers' packing and a few bytes a list."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Any) -> int:
    (kind, inner), *_ = value.items()
    match kind:
        case "S" | "N":
            return len(inner.encode())
        case "B":
            return len(inner) * 3 // 4  # base64 on the wire
        case "M":
            return 3 + sum(len(name) + _value_size(item) for name, item in inner.items())
        case "L":
            return 3 + sum(1 + _value_size(item) for item in inner)
    return 1
