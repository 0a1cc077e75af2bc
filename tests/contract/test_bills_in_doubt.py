"""P10 with the real connectors: a doubt about a bill is settled by what FreshBooks holds, and by nothing less."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import httpx
import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from tests.fakes.ledger import FakeLedger
from tests.jaggaer_freshbooks import Pair, a_pair
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jaggaer.invented_cases import SUPPLIES, line
from tests.simulators.serving import Simulator, transport

LAMP = 2_700_003


@pytest.mark.parametrize("lost", [None, Fault.LOSE_ANSWER], ids=["not known yet", "in doubt"])
def test_a_forgotten_bill_that_a_person_moved_to_another_vendor_is_not_made_again(lost: Fault | None) -> None:
    pair, backup = posted_since_the_backup(lost)
    bill = pair.bill(LAMP)
    pair.freshbooks.edit_bill(bill["id"], vendorid=another_vendor(pair, bill["vendorid"]))

    restore(pair, backup)

    assert marked(pair) == [bill["id"]]
    assert (pair.row(LAMP).state, pair.row(LAMP).reasons[0].code) == (State.HELD, "target_differs")


def test_nor_is_one_whose_supplier_was_mapped_to_another_vendor_since() -> None:
    pair, backup = posted_since_the_backup()
    bill = pair.bill(LAMP)
    supplier = str(pair.header(LAMP)["supplier"]["supplierNumber"])
    pair.map(ReferenceKind.VENDOR, supplier, another_vendor(pair, bill["vendorid"]))

    restore(pair, backup)

    assert marked(pair) == [bill["id"]]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_gateways_404_is_no_void(method: str) -> None:
    gateway = Gateway("freshbooks", "/bills/bills/", method=method)
    pair = a_lamp_posted(gateway)
    bill = pair.bill(LAMP)

    pair.jaggaer.cancel_invoice(LAMP)
    gateway.left = 1
    pair.later(hours=1)
    pair.run()

    assert (pair.row(LAMP).state, gateway.left) == (State.REVERSED, 0)
    assert bill["id"] not in [each["id"] for each in pair.freshbooks.bills]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_nor_is_it_a_bill_that_a_person_deleted(method: str) -> None:
    gateway = Gateway("freshbooks", "/bills/bills/", method=method)
    pair = a_lamp_posted(gateway)

    pair.jaggaer.edit_invoice(LAMP, lines=[line("A lamp", 1, "78.00", SUPPLIES)])
    gateway.left = 1
    pair.later(hours=1)
    pair.run()

    assert (pair.row(LAMP).state, gateway.left) == (State.POSTED, 0)
    assert pair.off_by([LAMP]) == {}


def test_nor_is_it_an_invoice_that_the_source_shows_no_more() -> None:
    gateway = Gateway("jaggaer", f"/{LAMP}")
    pair = a_lamp_posted(gateway)

    pair.jaggaer.edit_invoice(LAMP, lines=[line("A lamp", 1, "78.00", SUPPLIES)])
    gateway.left = 1
    pair.later(hours=1)
    pair.run()

    told = [entry.event.detail.get("code") for entry in pair.world.fakes.ledger.trail(pair.row(LAMP).record)]
    assert (pair.row(LAMP).state, gateway.left) == (State.POSTED, 0)
    assert "source_gone" not in told


@pytest.mark.parametrize("lost", [Fault.BREAK, Fault.BREAK_AFTER, Fault.LOSE_ANSWER])
def test_a_change_of_words_alone_is_sent_again_until_its_answer_comes(lost: Fault) -> None:
    pair = a_lamp_posted()
    for words, faults in (("A lamp", []), ("Other words for it", [lost])):
        pair.jaggaer.edit_invoice(LAMP, lines=[line(words, 1, "77.00", SUPPLIES)])
        pair.freshbooks.faults = FaultPlan(faults, only=lambda request: request.method == "PUT")
        pair.later(hours=1)
        pair.run()

    assert (pair.row(LAMP).state, pair.row(LAMP).reasons) == (State.POSTED, ())
    assert pair.bill(LAMP)["lines"][0]["description"].startswith("Other words for it")


@dataclass
class Gateway:
    """Before one system: the next `left` calls of such a path are answered by its own page, and reach nobody."""

    system: str
    path: str
    method: str = "GET"
    left: int = 0

    def line(self, name: str, simulator: Simulator) -> httpx.MockTransport:
        inner = transport(simulator)

        def answer(request: httpx.Request) -> httpx.Response:
            meant = (name, request.method) == (self.system, self.method) and self.path in request.url.path
            if not meant or self.left == 0:
                return inner.handle_request(request)
            self.left -= 1
            return httpx.Response(404, headers={"content-type": "text/html"}, text="<h1>404 Not Found</h1>")

        return httpx.MockTransport(answer)


def a_lamp_posted(gateway: Gateway | None = None) -> Pair:
    pair = a_pair() if gateway is None else a_pair(line=gateway.line)
    pair.run()
    assert pair.row(LAMP).state is State.POSTED
    return pair


def posted_since_the_backup(lost: Fault | None = None) -> tuple[Pair, FakeLedger]:
    """With a copy of the tables from before: the invoice was not known then, or was sent and not answered."""
    pair = a_pair()
    pair.world.poll(pair.suppliers)
    pair.world.run_until_settled()
    backup = deepcopy(pair.world.fakes.ledger)
    if lost is not None:
        pair.freshbooks.faults = FaultPlan([lost] * 100, only=lambda request: request.path.endswith("/bills/bills"))
        pair.world.poll(pair.invoices)
        while pair.world.step():
            pass
        backup = deepcopy(pair.world.fakes.ledger)
        assert pair.row(LAMP).state is State.IN_DOUBT
    pair.freshbooks.faults = FaultPlan()
    pair.run()
    assert pair.row(LAMP).state is State.POSTED
    return pair, backup


def restore(pair: Pair, backup: FakeLedger) -> None:
    """A day later; `ml-connector restored` is said, and everything is read again."""
    pair.later(days=1)
    pair.world.fakes.ledger = backup
    pair.world.fakes.polls.progress.clear()
    pair.world.fakes.epochs.raise_epoch()
    pair.world.restart()
    pair.run(full=True)


def another_vendor(pair: Pair, vendor_id: object) -> str:
    return next(str(each["vendorid"]) for each in pair.freshbooks.vendors if str(each["vendorid"]) != str(vendor_id))


def marked(pair: Pair) -> list[int]:
    """The bills that stand and carry the invoice's marker."""
    marker = pair.row(LAMP).record.marker
    return [bill["id"] for bill in pair.freshbooks.bills if marker in str(bill["lines"][-1]["description"])]
