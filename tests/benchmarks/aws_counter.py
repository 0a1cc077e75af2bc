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
    """`calls` by `service.operation`, `units` by `write`, `read`, `index ...`; `kept_bytes` what is kept."""

    calls: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    kept_bytes: int = 0
    _indexed: dict[str, Item] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

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
                for table, parts in body["RequestItems"].items():
                    for part in parts:
                        self._write({"Put": {"TableName": table, **part["PutRequest"]}}, times=1)
            case "BatchGetItem":
                self.units["read"] += sum(len(table["Keys"]) for table in body["RequestItems"].values())
            case "GetItem" | "Query":
                self.units["index read" if "IndexName" in body else "read"] += 1

    def _write(self, part: dict[str, Any], *, times: int) -> None:
        (kind, what), *_ = part.items()
        item = what[_WRITES[kind]]
        size = size_of(item)
        self.units["write"] += times * max(1, ceil(size / _KB))
        if kind == "Put":
            place = json.dumps([what["TableName"], item["pk"], item["sk"]])
            self.kept_bytes += size - self._sizes.get(place, 0)
            self._sizes[place] = size
            self._index(item)

    def _index(self, item: Item) -> None:
        if "period" not in item and "open_work" not in item:
            return
        key = json.dumps([item["pk"], item["sk"]])
        before, self._indexed[key] = self._indexed.get(key, {}), item
        for index in _INDEXES:
            self.units["index write"] += _index_writes(_entry(before, index), _entry(item, index))


_INDEXES = (("open_work", "due_at"), ("period", "record", "state", "amount", "currency", "number", "flow"))
"""Their keys, then what else they show."""


def _entry(item: Item, index: tuple[str, ...]) -> list[Any] | None:
    return [item.get(name) for name in index] if index[0] in item else None


def _index_writes(before: list[Any] | None, after: list[Any] | None) -> int:
    """An entry that appears, goes or shows something else costs one unit; one whose key changes costs two."""
    if before == after:
        return 0
    has_moved = before is not None and after is not None and before[:2] != after[:2]
    return 2 if has_moved else 1


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
