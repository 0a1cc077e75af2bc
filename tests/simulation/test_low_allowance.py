"""P5, P9, P10: a low allowance makes slow and stops nothing: not long lists, not what takes more than one request."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.serving import Request

A_MINUTE = 60
OTHERS = 1_500
PAGES = OTHERS // 100
OTHER_LINE = {"description": "Something else", "quantity": 1, "unitPrice": "77.00", "account": "600100"}


@pytest.fixture(scope="module")
def small() -> Pair:
    """After a cycle in a FreshBooks with no other vendor in it, and all the requests one likes."""
    pair = a_pair()
    pair.run()
    return pair


@pytest.fixture
def large() -> Pair:
    """FreshBooks has 1,500 vendors of other business, and grants sixty requests a minute."""
    pair = a_pair()
    for number in range(OTHERS):
        pair.freshbooks.add_vendor(name=f"Other {number}", account_number=f"X{number:05}")
    allow(pair, A_MINUTE)
    return pair


def allow(pair: Pair, requests_per_minute: int) -> None:
    connections = pair.world.fakes.connections
    target = connections.get(pair.invoices.target_connection)
    connections.save(replace(target, settings={**target.settings, "requests_per_minute": requests_per_minute}))


def ours(pair: Pair) -> list[str]:
    """The names of the vendors that came from JAGGAER."""
    return sorted(vendor["vendor_name"] for vendor in pair.freshbooks.vendors if vendor["vendor_name"][:6] != "Other ")


def pages_read(pair: Pair) -> int:
    lists = f"/accounting/account/{pair.freshbooks.account_id}/bill_vendors/bill_vendors"
    return pair.freshbooks.call_counts["GET", lists]


def test_every_flow_moves_whatever_the_length_of_the_targets_lists(small: Pair, large: Pair) -> None:
    large.run()

    assert (ours(large), len(large.freshbooks.bills)) == (ours(small), len(small.freshbooks.bills))
    assert large.world.failures == []


def test_a_vendor_in_doubt_is_settled_whatever_the_length_of_the_list(small: Pair, large: Pair) -> None:
    large.freshbooks.faults = FaultPlan([Fault.LOSE_ANSWER], only=_makes_a_vendor)

    large.run()

    assert ours(large) == ours(small)
    ledger = large.world.fakes.ledger
    steps = [entry.event.step for row in ledger.rows.values() for entry in ledger.trail(row.record)]
    assert steps.count(Step.RECOVERED) == 1


def test_a_429_in_the_middle_of_a_list_does_not_begin_it_anew(large: Pair) -> None:
    large.freshbooks.faults = FaultPlan([Fault.NONE] * 3 + [Fault.REFUSE], only=_lists_vendors)

    report = large.world.poll(large.suppliers)

    assert (report.finished, pages_read(large)) == (
        True,
        PAGES + 1 + 1,
    )  # the first again at the end; the refused twice


def test_a_list_that_is_refused_at_its_beginning_waits_its_turn_outside(large: Pair) -> None:
    large.freshbooks.faults = FaultPlan([Fault.REFUSE], only=_lists_vendors)

    report = large.world.poll(large.suppliers)

    assert (report.finished, report.text[:15], pages_read(large)) == (False, "goes on in 30 s", 1)


@pytest.mark.parametrize("requests_per_minute", [60, 6])
def test_changes_which_read_before_they_write_read_once_or_little_more(requests_per_minute: int) -> None:
    pair = a_pair()
    pair.run()
    rows = pair.world.fakes.ledger.rows.values()
    posted = [row.record for row in rows if row.state is State.POSTED and row.record.flow == pair.invoices]
    for record in posted:
        pair.jaggaer.edit_invoice(int(record.external_id), lines=[OTHER_LINE])
    allow(pair, requests_per_minute)
    before = Counter(pair.freshbooks.call_counts)

    pair.run()

    calls = pair.freshbooks.call_counts - before
    reads, writes = (sum(n for call, n in calls.items() if _is_of_a_bill(call, how)) for how in ("GET", "PUT"))
    assert writes == len(posted)
    assert reads <= 1.2 * writes


def _is_of_a_bill(call: tuple[str, str], method: str) -> bool:
    return call[0] == method and "/bills/bills/" in call[1]


def _makes_a_vendor(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/bill_vendors")


def _lists_vendors(request: Request) -> bool:
    return request.method == "GET" and request.path.endswith("/bill_vendors")
