"""Stories of FreshBooks and Jira that go wrong on the way, and what must be true at their end whatever happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.crossreference import State
from ml_connector.domain.identity import FlowId
from ml_connector.domain.notice import NoticeCause
from ml_connector.pipeline.correcting.link import Linking
from tests.fakes.hooks import Crash
from tests.freshbooks_jira import BILLS, TIME, Customer, a_customer
from tests.simulators.serving import Request

REPLAYABLE = (State.DEAD, State.REJECTED, State.HELD)
SETTLED = (State.POSTED, State.REVERSED, State.SKIPPED)


def a_bill(customer: Customer, **fields: Any) -> int:
    vendor = customer.freshbooks.add_vendor(name="Northwind Paper")
    given = {"amount": "375.00", "bill_number": "NW-7781", **fields}
    return int(customer.freshbooks.add_bill(vendorid=vendor["id"], **given)["id"])


def is_create(request: Request) -> bool:
    return (request.method, request.path.rpartition("/rest")[2]) == ("POST", "/api/3/issue")


def is_about_issues(request: Request) -> bool:
    return request.path.endswith(("/issue", "/search/jql")) or "/issue/" in request.path


def ask_again(customer: Customer, flow: FlowId, external_id: object) -> None:
    """A person's word, as the command line gives it."""
    records = [customer.row(flow, external_id).record]
    customer.world.services.releaser.plan_again(records, cause=NoticeCause.REPLAYED, run_id="again", actor="ada")
    customer.world.run_until_settled()


def link(customer: Customer, flow: FlowId, external_id: object, key: str) -> None:
    services = customer.world.services
    Linking(services.ports, services.catalog, services.systems).link(
        customer.row(flow, external_id).record, key, actor="ada"
    )


@dataclass(kw_only=True)
class Story:
    """`acts` are what people do, each followed by a cycle; `expected` is what Jira tells of the records in the end."""

    customer: Customer
    flow: FlowId
    records: list[str]
    acts: list[Callable[[], Any]]
    expected: list[Any]
    told: Callable[[Customer], list[Any]]
    states: list[set[State]]

    def run(self) -> None:
        for act in self.acts:
            act()
            self.cycle()
        self.cycle()

    def cycle(self) -> None:
        """A poll that may be killed, and what upkeep does after it."""
        world = self.customer.world
        try:
            world.poll(self.flow)
        except Crash:
            world.restart()
        for _ in range(3):
            world.run_until_settled()
            self.customer.later(minutes=10)
            _survived(world.look_after, world.restart)
        world.run_until_settled()

    def check(self) -> None:
        """Before any person acted: nothing is told twice, and what has not got there can be asked for again."""
        rows = [self.customer.row(self.flow, record) for record in self.records]
        sources = [source for source, *_ in map(_whole, self.told(self.customer))]
        ledger = self.customer.world.fakes.ledger

        assert len(sources) == len(set(sources)), sources
        assert [row.state for row in rows if row.state not in (*SETTLED, *REPLAYABLE)] == []
        assert [ledger.untold_state(row.record) + ledger.broken_links(row.record) for row in rows] == [[]] * len(rows)

    def end(self) -> None:
        """A person asks again, for what failed and for what did not."""
        for record in self.records:
            if self.customer.row(self.flow, record).state not in (State.REVERSED, State.SKIPPED):
                ask_again(self.customer, self.flow, record)

    def check_end(self) -> None:
        assert self.told(self.customer) == self.expected
        ended = [self.customer.row(self.flow, record).state for record in self.records]
        assert [state for state, good in zip(ended, self.states, strict=True) if state not in good] == []


def _whole(one: Any) -> tuple[Any, ...]:
    return one if isinstance(one, tuple) else (one,)


def _survived(work: Callable[[], None], restart: Callable[[], None]) -> None:
    try:
        work()
    except Crash:
        restart()


def told_of(customer: Customer) -> list[str]:
    """The sources of our issues."""
    return sorted(issue["properties"]["ml-connector"]["source"] for issue in customer.jira.issues)


def three_bills(**settings: object) -> Story:
    customer = a_customer()
    flow = customer.flow(BILLS, **settings)
    vendor = customer.freshbooks.add_vendor(name="Northwind Paper")["id"]
    bills = [str(customer.freshbooks.add_bill(vendorid=vendor, bill_number=f"NW-{n}")["id"]) for n in (1, 2, 3)]
    return Story(
        customer=customer,
        flow=flow,
        records=bills,
        acts=[lambda: None],
        expected=[f"freshbooks bill {bill}" for bill in bills],
        told=told_of,
        states=[{State.POSTED}] * 3,
    )


def logged_on(customer: Customer) -> list[tuple[str, str, int]]:
    """Source, issue and seconds of each worklog."""
    return sorted(
        (str(worklog["properties"]["ml-connector"]["source"]), str(issue["key"]), int(worklog["timeSpentSeconds"]))
        for issue in customer.jira.issues
        for worklog in issue["worklogs"]
    )


def hours(**settings: object) -> Story:
    """Three entries on one issue: later one gets longer, one names another issue, one is deleted."""
    customer = a_customer()
    here, there = (str(customer.jira.desk.add_issue(summary=name)["key"]) for name in ("Here", "There"))
    flow = customer.flow(TIME, **settings)
    given: dict[str, Any] = {"is_logged": True, "duration": 600, "started_at": "2026-03-02T08:00:00Z", "note": here}
    entries = [str(customer.freshbooks.add_time_entry(**given)["id"]) for _ in range(3)]

    def change() -> None:
        customer.edit_time(entries[0], duration=7200)
        customer.edit_time(entries[1], note=there)
        customer.delete_time(entries[2])

    return Story(
        customer=customer,
        flow=flow,
        records=entries,
        acts=[lambda: None, change],
        expected=[
            (f"freshbooks time entry {entries[0]}", here, 7200),
            (f"freshbooks time entry {entries[1]}", there, 600),
        ],
        told=logged_on,
        states=[{State.POSTED}, {State.POSTED}, {State.REVERSED, State.SKIPPED}],
    )
