"""The ledger family: the chart of accounts, under the business' uuid. Own envelope, own error shape, no pages."""

from __future__ import annotations

import uuid
from typing import Any

from tests.simulators.freshbooks.answers import answer, nowhere
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.errors import INVALID, not_found
from tests.simulators.freshbooks.reading import Reader
from tests.simulators.freshbooks.table import Fields, Row
from tests.simulators.serving import Request, Response

SUB_TYPES = {
    "Cash & Bank": "asset",
    "Current Asset": "asset",
    "Fixed Asset": "asset",
    "Accounts Payable": "liability",
    "Current Liability": "liability",
    "Long-Term Liability": "liability",
    "Equity": "equity",
    "Income": "income",
    "Cost of Goods Sold": "expense",
    "Operating Expense": "expense",
}
TYPES = tuple(dict.fromkeys(SUB_TYPES.values()))
NAMESPACE = uuid.UUID("6f0b1b52-6f5e-4f0e-9c1f-0f1d6a5c7a11")


class Ledger:
    def __init__(self, books: Books, *, business_uuid: str) -> None:
        self._books = books
        self._namespace = uuid.uuid5(NAMESPACE, business_uuid)
        self._read = Reader(object="account")

    def answer(self, account_uuid: str | None, request: Request) -> Response:
        if request.method == "GET":
            found = self.all() if account_uuid is None else self._shown(self._row(account_uuid))
            return answer(200, {"data": found})
        if request.method == "POST" and account_uuid is None:
            return self._created(request)
        if request.method == "PUT" and account_uuid is not None:
            return self._updated(self._row(account_uuid), request)
        return nowhere()

    def taxonomy(self, kind: str, row_id: str | None) -> Response:
        if kind == "types":
            return answer(200, {"data": [{"name": name} for name in TYPES]})
        rows = [{"id": str(n), "name": name, "type": SUB_TYPES[name]} for n, name in enumerate(SUB_TYPES, start=1)]
        if row_id is None:
            return answer(200, {"data": rows})
        found = [row for row in rows if row["id"] == row_id]
        return answer(200, {"data": found[0]}) if found else nowhere()

    def all(self) -> list[Fields]:
        return [self._shown(row) for row in self._books.ledger]

    def add(self, *, name: str, number: str, sub_type: str, category_id: int | None = None, **more: Any) -> Fields:
        type_ = SUB_TYPES.get(str(sub_type))
        if type_ is None:
            raise self._read.refusal(INVALID, "sub_type", "This sub_type does not exist.", sub_type)
        row_id = self._books.ledger.take_id()
        fields: Fields = {
            "uuid": str(uuid.uuid5(self._namespace, str(row_id))),
            "name": name,
            "number": number,
            "description": None,
            "type": type_,
            "sub_type": sub_type,
            "system_account_name": None,
            "parent_account": None,
            "auto_created": False,
            "state": "active",
            "category_id": category_id,
            "jea_id": 340_000 + row_id,
            "jesa_id": 560_000 + row_id,
            **more,
            "updated_at": self._now(),
        }
        row = self._books.ledger.put(Row(id=row_id, fields=fields))
        return self._shown(row)

    def _created(self, request: Request) -> Response:
        sent = self._sent(request)
        self._read.require(sent, ("name", "sub_type", "parent_account"))
        parent = self._parent(sent["parent_account"])
        siblings = [row for row in self._books.ledger if row.fields["parent_account"] == parent.fields["uuid"]]
        shown = self.add(
            name=self._read.filled("name", sent["name"]),
            number=sent.get("number") or f"{parent.fields['number']}-{len(siblings) + 1}",
            sub_type=sent["sub_type"],
            parent_account=parent.fields["uuid"],
            description=self._read.text("description", sent.get("description")),
        )
        self._books.record("ledger_account.create", shown["uuid"])
        return answer(201, {"data": shown})

    def _updated(self, row: Row, request: Request) -> Response:
        sent = self._sent(request)
        changes: Fields = {name: sent[name] for name in ("name", "number", "description", "state") if name in sent}
        row = self._books.ledger.put(row.with_fields({**changes, "updated_at": self._now()}))
        self._books.record("ledger_account.update", row.fields["uuid"])
        return answer(200, {"data": self._shown(row)})

    def _shown(self, row: Row) -> Fields:
        children = [
            other.fields["uuid"] for other in self._books.ledger if other.fields["parent_account"] == row.fields["uuid"]
        ]
        return {**row.fields, "sub_accounts": children}

    def _row(self, account_uuid: Any) -> Row:
        for row in self._books.ledger:
            if row.fields["uuid"] == account_uuid:
                return row
        raise not_found("account", field="", value=account_uuid)

    def _parent(self, account_uuid: Any) -> Row:
        for row in self._books.ledger:
            if row.fields["uuid"] == account_uuid:
                return row
        raise self._read.refusal(INVALID, "parent_account", "This parent account does not exist.", account_uuid)

    def _sent(self, request: Request) -> Fields:
        try:
            sent = request.json()
        except ValueError:
            sent = None
        if not isinstance(sent, dict):
            raise self._read.refusal(INVALID, "", "The body must be a JSON object.")
        return sent

    def _now(self) -> str:
        return self._books.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
