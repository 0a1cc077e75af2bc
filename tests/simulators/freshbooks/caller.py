"""A caller of the FreshBooks simulator for its tests: plain calls with a token, plain dictionaries back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.simulators.faults import FaultPlan
from tests.simulators.freshbooks import FreshBooksSimulator, Switches
from tests.simulators.serving import Request, Response

BILLS, VENDORS, PAYMENTS = "bills/bills", "bill_vendors/bill_vendors", "bill_payments/bill_payments"


class VirtualClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)


class Caller:
    """One simulator, one virtual clock, one signed-in owner, one vendor to owe money to."""

    def __init__(self, *, faults: FaultPlan | None = None, **switches: Any) -> None:
        self.clock = VirtualClock()
        self.simulator = FreshBooksSimulator(faults=faults, switches=Switches(**switches), clock=self.clock)
        self.pair = self.simulator.grant()
        self.vendor_id: int = self.simulator.add_vendor(name="Timberyard Ltd")["vendorid"]
        self.category_id: int = self.simulator.categories[0]["categoryid"]

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        signed = {"authorization": f"Bearer {self.pair['access_token']}", **(headers or {})}
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method=method, path=path, query=tuple(query), headers=signed, body=content)
        return self.simulator.handle(request)

    def account(self, method: str, resource: str, **more: Any) -> Response:
        return self.call(method, f"/accounting/account/{self.simulator.account_id}/{resource}", **more)

    def rows(self, resource: str, *query: tuple[str, str]) -> list[dict[str, Any]]:
        result = json.loads(self.account("GET", resource, query=query).body)["response"]["result"]
        rows = next(value for value in result.values() if isinstance(value, list))
        return list(rows)

    def token(self, **sent: str) -> Response:
        application = self.simulator.application
        form = {
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "redirect_uri": application.redirect_uri,
            **sent,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return self.simulator.handle(Request(method="POST", path="/auth/oauth/token", headers=headers, body=body))

    def refresh(self, token: str, **sent: str) -> Response:
        return self.token(grant_type="refresh_token", refresh_token=token, **sent)

    def a_bill(self, **changes: Any) -> dict[str, Any]:
        """The body of a bill that FreshBooks takes."""
        bill = {
            "vendorid": self.vendor_id,
            "bill_number": "INV-1",
            "issue_date": "2026-03-01",
            "due_offset_days": 14,
            "currency_code": "USD",
            "language": "en",
            "lines": [self.a_line()],
        }
        return {"bill": {**bill, **changes}}

    def a_line(self, **changes: Any) -> dict[str, Any]:
        line = {"categoryid": self.category_id, "quantity": 2, "unit_cost": {"amount": "10.50", "code": "USD"}}
        return {**line, **changes}

    def create_bill(self, **changes: Any) -> Response:
        return self.account("POST", BILLS, body=self.a_bill(**changes))

    def created(self, **changes: Any) -> dict[str, Any]:
        return bill_in(self.create_bill(**changes))

    def edit(self, bill_id: int, **changes: Any) -> Response:
        return self.account("PUT", f"{BILLS}/{bill_id}", body={"bill": changes})


def body_of(response: Response) -> Any:
    return json.loads(response.body)


def bill_in(response: Response) -> dict[str, Any]:
    return dict(body_of(response)["response"]["result"]["bill"])


def refusal_in(response: Response) -> tuple[int, int | str, str]:
    """Status, errno and field of the first error, in the old shape."""
    error = body_of(response)["response"]["errors"][0]
    return response.status, error["errno"], error["field"]
