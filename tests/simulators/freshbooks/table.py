"""Rows kept by id. A row is never changed in place: a new one takes its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

ACTIVE, DELETED, ARCHIVED = 0, 1, 2
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

type Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: int
    fields: Fields
    born: datetime = LONG_AGO  # when the API made it; what people made was there before

    @property
    def deleted(self) -> bool:
        return self.fields.get("vis_state") == DELETED

    def with_fields(self, changes: Fields) -> Row:
        return replace(self, fields={**self.fields, **changes})


class Table:
    """One kind of record. Each table starts its ids elsewhere, so that no id passes for another kind's."""

    def __init__(self, *, first_id: int) -> None:
        self._next_id = first_id
        self._rows: dict[int, Row] = {}

    def add(self, fields: Fields) -> Row:
        return self.put(Row(id=self.take_id(), fields=fields))

    def put(self, row: Row) -> Row:
        self._rows[row.id] = row
        return row

    def take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def find(self, row_id: int) -> Row | None:
        return self._rows.get(row_id)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def snapshot(self) -> dict[str, Any]:
        rows = [
            {"id": row.id, "fields": copy.deepcopy(row.fields), "born": row.born.isoformat()}
            for row in self._rows.values()
        ]
        return {"next_id": self._next_id, "rows": rows}

    def restore(self, kept: dict[str, Any]) -> None:
        self._next_id = kept["next_id"]
        self._rows = {
            row["id"]: Row(id=row["id"], fields=copy.deepcopy(row["fields"]), born=datetime.fromisoformat(row["born"]))
            for row in kept["rows"]
        }
