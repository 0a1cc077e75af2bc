"""The simulator: one business on FreshBooks, reached as its API is, and touched as its people touch it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.freshbooks import trouble
from tests.simulators.freshbooks.books import Books
from tests.simulators.freshbooks.callbacks import Callbacks
from tests.simulators.freshbooks.deliveries import Deliveries, Sent
from tests.simulators.freshbooks.desk import Desk
from tests.simulators.freshbooks.oauth import OAuth
from tests.simulators.freshbooks.people import ALL_SCOPES, Business, Identity, a_business, an_application
from tests.simulators.freshbooks.router import Router
from tests.simulators.freshbooks.switches import Switches
from tests.simulators.freshbooks.table import Fields
from tests.simulators.freshbooks.throttle import Throttle
from tests.simulators.freshbooks.tokens import Tokens
from tests.simulators.serving import Request, RequestLost, Response

type Call = tuple[str, str]


def utc_now() -> datetime:
    return datetime.now(UTC)


class FreshBooksSimulator:
    """One seed, one business: ids, secrets and tokens follow from the seed, so a failing run can be played again."""

    def __init__(
        self,
        *,
        faults: FaultPlan | None = None,
        switches: Switches | None = None,
        clock: Callable[[], datetime] = utc_now,
        seed: str = "hillside",
    ) -> None:
        chance = random.Random(seed)
        self.faults = faults or FaultPlan()
        self.calls: list[Call] = []
        self.writes: list[Call] = []
        self.application = an_application(chance)
        self.business = a_business(chance)
        self.books = Books(clock=clock, switches=switches or Switches())
        self.desk = Desk(self.books, account_id=self.account_id, business_uuid=self.business_uuid)
        owner = Identity(identity_id=chance.randrange(10_000, 99_999), role=self.switches.owner_role)
        self.owner_id = owner.identity_id
        self._identities = {owner.identity_id: owner}
        self._tokens = Tokens(clock=clock, chance=chance, switches=lambda: self.switches)
        self._throttle = Throttle()
        self.callbacks = Callbacks(self.books, random.Random(f"{seed} callbacks"))
        self.deliveries = Deliveries(
            books=self.books, callbacks=self.callbacks, business=self.business, identity_id=self.owner_id
        )
        self._router = self._routed()

    def _routed(self) -> Router:
        self._oauth = OAuth(
            application=self.application,
            business=self.business,
            identities=self._identities,
            tokens=self._tokens,
            switches=lambda: self.switches,
        )
        return Router(
            books=self.books,
            business=self.business,
            identities=self._identities,
            tokens=self._tokens,
            oauth=self._oauth,
            accounting=self.desk.accounting,
            ledger=self.desk.ledger,
            time_tracking=self.desk.time_tracking,
            callbacks=self.callbacks,
        )

    # the API

    def handle(self, request: Request) -> Response:
        fault = self.faults.next(request)
        if fault is Fault.LOSE_REQUEST:
            raise RequestLost
        self.calls.append((request.method, request.path))
        refused = trouble.instead(fault) or self._too_many(request)
        return refused or trouble.after(fault, lambda: self._work(request))

    def _work(self, request: Request) -> Response:
        happened = len(self.books.events)
        response = self._router.answer(request)
        if len(self.books.events) > happened:
            self.writes.append((request.method, request.path))
        return response

    def send_events(self) -> list[Sent]:
        """Post to the callbacks what is due by now; answers what was posted."""
        return self.deliveries.send()

    def _too_many(self, request: Request) -> Response | None:
        """Signing in is not counted."""
        if request.path.startswith(("/auth/", "/oauth/", "/service/")):
            return None
        return self._throttle.refusal(self.switches.rate_limit, self.books.now())

    @property
    def call_counts(self) -> Counter[Call]:
        return Counter(self.calls)

    # the account, and consent to the application

    @property
    def account_id(self) -> str:
        return self.business.account_id

    @property
    def business_id(self) -> int:
        return self.business.business_id

    @property
    def business_uuid(self) -> str:
        return self.business.business_uuid

    def add_identity(self, *, role: str = "owner") -> int:
        """Another person in the same business."""
        identity_id = max(self._identities) + 1
        email = f"person-{identity_id}@hillside.example"
        self._identities[identity_id] = Identity(identity_id=identity_id, role=role, email=email)
        return identity_id

    def register(self, redirect_uri: str) -> None:
        """Registers another redirect URI for the application."""
        self.application = self._oauth.register(redirect_uri)

    def own_another(self, business: Business, *, identity_id: int | None = None) -> None:
        """The identity has this business too; nothing but its ids and its name is known of it."""
        self._oauth.other_businesses.setdefault(self._known(identity_id), []).append(business)

    def grant(self, *, identity_id: int | None = None, scopes: Sequence[str] = ALL_SCOPES) -> dict[str, Any]:
        """What the token endpoint answers after a consent."""
        return self._tokens.issue(identity_id=self._known(identity_id), scopes=scopes)

    def authorisation_code(self, *, identity_id: int | None = None, scopes: Sequence[str] = ALL_SCOPES) -> str:
        return self._tokens.code(identity_id=self._known(identity_id), scopes=scopes)

    def forget_access(self) -> None:
        """Access tokens are refused from now on; refresh tokens work."""
        self._tokens.forget_access()

    def disconnect(self) -> None:
        """The person takes the application out of their account: every token dies."""
        self._tokens.kill_all()

    def _known(self, identity_id: int | None) -> int:
        return self._identities[self.owner_id if identity_id is None else identity_id].identity_id

    # switches, and the whole state

    @property
    def switches(self) -> Switches:
        return self.books.switches

    def turn(self, **changes: Any) -> None:
        """Turns switches while it runs: `turn(search_lag_seconds=60)`."""
        self.books.switches = replace(self.books.switches, **changes)

    def snapshot(self) -> dict[str, Any]:
        """Everything but switches and faults, as JSON can hold it. Restore it into a simulator of the same seed."""
        people = {identity_id: identity.role for identity_id, identity in self._identities.items()}
        return {
            "books": self.books.snapshot(),
            "tokens": self._tokens.snapshot(),
            "people": people,
            "callbacks": self.callbacks.snapshot(),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        self.books.restore(kept["books"])
        self._tokens.restore(kept["tokens"])
        if "callbacks" in kept:
            self.callbacks.restore(kept["callbacks"])
        for identity_id, role in kept["people"].items():
            known = self._identities.get(int(identity_id), Identity(identity_id=int(identity_id)))
            self._identities[int(identity_id)] = replace(known, role=role)

    # what people do in FreshBooks itself: the desk, by its usual names

    @property
    def bills(self) -> list[Fields]:
        """Not the deleted ones; an archived bill is still a bill."""
        return [bill for bill in self.all_bills if bill["vis_state"] != 1]

    @property
    def all_bills(self) -> list[Fields]:
        return self.desk.all_of(self.desk.bills)

    @property
    def vendors(self) -> list[Fields]:
        return [vendor for vendor in self.desk.all_of(self.desk.vendors) if vendor["vis_state"] != 1]

    @property
    def categories(self) -> list[Fields]:
        return self.desk.all_of(self.desk.categories)

    @property
    def expenses(self) -> list[Fields]:
        return [expense for expense in self.desk.all_of(self.desk.expenses) if expense["vis_state"] != 1]

    @property
    def payments(self) -> list[Fields]:
        return [payment for payment in self.desk.all_of(self.desk.payments) if payment["vis_state"] != 1]

    @property
    def ledger_accounts(self) -> list[Fields]:
        return self.desk.ledger.all()

    def add_vendor(self, *, name: str, **fields: Any) -> Fields:
        return self.desk.add_vendor(name=name, **fields)

    def edit_vendor(self, vendor_id: int, **fields: Any) -> Fields:
        return self.desk.edit(self.desk.vendors, vendor_id, fields)

    def add_category(self, *, name: str, **fields: Any) -> Fields:
        return self.desk.add_category(name=name, **fields)

    def delete_category(self, category_id: int) -> None:
        self.desk.delete_category(category_id)

    def add_ledger_account(self, *, name: str, number: str, sub_type: str = "Operating Expense", **f: Any) -> Fields:
        return self.desk.ledger.add(name=name, number=number, sub_type=sub_type, **f)

    def add_bill(self, *, vendorid: int, amount: str = "100.00", **fields: Any) -> Fields:
        return self.desk.add_bill(vendorid=vendorid, amount=amount, **fields)

    def edit_bill(self, bill_id: int, **fields: Any) -> Fields:
        return self.desk.edit(self.desk.bills, bill_id, fields)

    def delete_bill(self, bill_id: int) -> Fields:
        return self.desk.edit(self.desk.bills, bill_id, {"vis_state": 1})

    def pay_bill(self, bill_id: int, amount: str, **fields: Any) -> Fields:
        return self.desk.pay_bill(bill_id, amount, **fields)

    def add_project(self, *, title: str, **fields: Any) -> Fields:
        return self.desk.time_tracking.add_project(title=title, **fields)

    def add_time_entry(self, **fields: Any) -> Fields:
        return self.desk.time_tracking.add_entry(identity_id=fields.pop("identity_id", self.owner_id), **fields)
