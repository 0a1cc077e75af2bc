"""A FreshBooks connection opened on its simulator: nothing else of the product around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from ml_connector.connectors.freshbooks import CONNECTOR
from ml_connector.domain.errors import BudgetSpentError, RateLimitedError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.money import Money
from ml_connector.domain.posting import Action, Outcome, Sighting, Sought, Write
from ml_connector.domain.records.bill import Bill, BillLine
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.vendor import Vendor, VendorRef
from ml_connector.pipeline.system import Opening, System
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.freshbooks import FreshBooksSimulator, Switches
from tests.simulators.serving import Request, Response, transport

MARKER = "0123456789ab"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: int) -> None:
        self.moment += timedelta(**by)


class OneToken:
    """The grant's access token; another one after a refusal."""

    def __init__(self, renew: Callable[[], str]) -> None:
        self._renew = renew
        self._token: str | None = None

    def token(self) -> str:
        self._token = self._token or self._renew()
        return self._token

    def refused(self, token: str) -> None:
        self._token = None


class Allowance:
    """So many requests, then our own budget is spent. None is without end."""

    def __init__(self) -> None:
        self.left: int | None = None

    def take(self) -> None:
        if self.left == 0:
            raise BudgetSpentError("the allowance is used up", retry_after=timedelta(seconds=20))
        self.left = None if self.left is None else self.left - 1

    def wait(self, error: RateLimitedError) -> bool:
        return False


class InTurn:
    def run[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item], *, width: int
    ) -> Iterator[Result]:
        return (work(item) for item in items)


class Between:
    """FreshBooks, with parameters that it is deaf to, and with answers of a test's own."""

    def __init__(self, freshbooks: FreshBooksSimulator) -> None:
        self._freshbooks = freshbooks
        self.ignored: frozenset[str] = frozenset()
        self.answer: Callable[[Request], Response | None] = lambda request: None

    def handle(self, request: Request) -> Response:
        heard = tuple((name, value) for name, value in request.query if name not in self.ignored)
        return self.answer(request) or self._freshbooks.handle(replace(request, query=heard))


class World:
    def __init__(
        self,
        *,
        faults: Iterable[Fault | str] = (),
        on: Callable[[Request], bool] | None = None,
        switches: Switches | None = None,
        **settings: Any,
    ) -> None:
        self.clock = Clock()
        plan = FaultPlan(faults, only=on or (lambda request: request.method != "GET"))
        self.freshbooks = FreshBooksSimulator(faults=plan, switches=switches, clock=self.clock.now)
        self.between = Between(self.freshbooks)
        self.allowance = Allowance()
        self.requests: list[Request] = []
        self.scopes: tuple[str, ...] | None = None
        self._settings = {
            "account_id": self.freshbooks.account_id,
            "business_id": self.freshbooks.business_id,
            "business_uuid": self.freshbooks.business_uuid,
            **settings,
        }
        self.system = self.opened()
        self.category = str(self.freshbooks.add_category(name="Timber")["id"])
        self.vendor_id = str(self.freshbooks.add_vendor(name="Northwind Timber")["vendorid"])

    def opened(self) -> System:
        settings = CONNECTOR.check_settings(self._settings)
        return CONNECTOR.open(
            Opening(
                settings=settings,
                secret={},
                tokens=OneToken(self._access_token),
                budget=self.allowance,
                parallel=InTurn(),
                http=httpx.Client(transport=transport(self.between, seen=self.requests.append)),
                now=self.clock.now,
            )
        )

    def write(self, record: Record, action: Action = Action.CREATE, *, target_id: str | None = None) -> Outcome:
        [(posting_id, outcome)] = self.system.write([a_write(record, action, target_id=target_id)])
        assert posting_id == "p1"
        return outcome

    def find(self, record: Record, *, marker: str = MARKER, target_id: str | None = None) -> Sighting:
        [sighting] = self.system.find([sought(record, marker=marker, target_id=target_id)])
        return sighting

    def a_bill(self, *amounts: str, **more: Any) -> Bill:
        lines = tuple(
            BillLine(description="Oak boards", unit_price=Decimal(text), amount=Decimal(text), account=self.category)
            for text in amounts or ("125.00",)
        )
        given: dict[str, Any] = {
            "number": "INV-7781",
            "vendor": VendorRef(internal_id=self.vendor_id),
            "issued_on": date(2026, 3, 2),
            "due_on": date(2026, 4, 1),
            "currency": "USD",
            "lines": lines,
            "total": Money(sum((line.amount for line in lines), Decimal(0)), "USD"),
            "marker": MARKER,
        }
        return Bill(**{**given, **more})

    def gets(self) -> int:
        return sum(1 for request in self.requests if request.method == "GET")

    def _access_token(self) -> str:
        grant = self.freshbooks.grant() if self.scopes is None else self.freshbooks.grant(scopes=self.scopes)
        return str(grant["access_token"])


def a_vendor(**more: Any) -> Vendor:
    given = {"number": "0000123", "name": "Alder & Sons", "currency": "USD", "marker": MARKER, **more}
    return Vendor(**given)


def a_write(
    record: Record, action: Action = Action.CREATE, *, target_id: str | None = None, posting_id: str = "p1"
) -> Write:
    return Write(
        posting_id=PostingId(posting_id),
        action=action,
        record=record,
        marker=record.marker or MARKER,
        target_id=target_id,
    )


def sought(record: Record, *, marker: str = MARKER, target_id: str | None = None) -> Sought:
    return Sought(posting_id=PostingId("p1"), marker=marker, record=record, target_id=target_id)
