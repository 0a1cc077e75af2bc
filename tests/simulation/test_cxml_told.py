"""What partners are told of their invoices, whatever becomes of the telling; and the whole story under crashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.records.kinds import ReferenceKind
from tests.cxml import CXML, SECRET, STATUS_URL, UPDATES, Doored
from tests.fakes.hooks import Crash, CrashAt
from tests.simulators.jaggaer import cxml_documents as cxml

TELLING: dict[str, Any] = {
    "cxml": {**CXML, "status_updates": UPDATES},
    "secrets": {"cxml_secret": SECRET, "cxml_secret_to_send": "partner-secret"},
}


# what partners are told


def sent_and_posted(world: Doored) -> Any:
    world.partner.send(cxml.invoice("INV-1"), payload_id="the-invoice")
    row = world.posted("INV-1")
    world.attend()
    world.attend()
    return row


def test_nobody_is_told_anything_unless_it_is_switched_on() -> None:
    world = Doored()

    sent_and_posted(world)

    assert world.partner.deliveries == []
    assert not world.kept[0].is_open


def test_the_sender_is_told_once_that_its_invoice_was_posted() -> None:
    world = Doored(**TELLING)

    row = sent_and_posted(world)
    for _ in range(3):
        world.attend()

    assert world.partner.told == [("INV-1", "processing", "taken into the books")]
    assert b'<DocumentReference payloadID="the-invoice"/>' in world.partner.deliveries[0]
    assert [event.text for event in world.events(row, Step.TOLD)] == ["networkid:SUPPLIER-HUB was told: posted"]
    assert not world.kept[0].is_open


def test_a_hold_and_its_end_are_both_told() -> None:
    world = Doored(**TELLING)
    world.partner.send(cxml.invoice("INV-1"))
    invoice = world.add_invoice("INV-1", account="999999")
    world.pair.run()
    assert world.pair.row(invoice).state is State.HELD
    world.attend()
    world.attend()

    world.pair.map(ReferenceKind.ACCOUNT, "999999", world.pair.category("Office Supplies"))
    world.pair.run(full=True)
    world.attend()

    assert [comment for _, _, comment in world.partner.told] == ["on hold", "taken into the books"]


def test_only_what_is_configured_is_told() -> None:
    updates = {"url": STATUS_URL, "to": "NetworkID:SUPPLIER-HUB"}
    world = Doored(cxml={**CXML, "status_updates": updates}, secrets=TELLING["secrets"])
    world.partner.send(cxml.invoice("INV-1"))
    world.add_invoice("INV-1", account="999999")
    world.pair.run()

    world.attend()
    world.attend()

    assert world.partner.deliveries == []


@pytest.mark.parametrize("trouble", ["lost", "html", "empty", "refuse", "560", "500"])
def test_an_update_of_unknown_outcome_is_sent_again_as_the_same_document(trouble: str) -> None:
    world = Doored(**TELLING)
    world.partner.answers = [trouble, trouble]

    sent_and_posted(world)
    world.attend()
    world.attend()

    assert len(set(world.partner.deliveries)) == 1
    assert len(world.partner.told) == 1
    assert not world.kept[0].is_open


@pytest.mark.parametrize(("code", "why"), [("400", "refused it (cXML 400)"), ("401", "refused the secret")])
def test_a_refusal_is_noted_and_not_repeated_and_the_connection_goes_on(code: str, why: str) -> None:
    world = Doored(**TELLING)
    world.partner.answers = [code]

    row = sent_and_posted(world)
    world.attend()

    assert len(world.partner.deliveries) == 1
    assert why in world.events(row, Step.TOLD)[0].text
    assert world.fakes.connections.get(world.connection).is_running
    assert world.fakes.metrics.counts["StatusUpdatesFailed"] == 1


def test_a_partner_that_never_answers_is_given_up_and_that_is_noted() -> None:
    world = Doored(**TELLING)
    world.partner.answers = ["empty"] * 100

    row = sent_and_posted(world)
    for _ in range(20):
        world.attend()

    assert len(world.partner.deliveries) == 12
    assert "may not know" in world.events(row, Step.TOLD)[0].text


def test_a_partner_that_stands_still_keeps_no_bill_waiting() -> None:
    world = Doored(**TELLING)
    world.partner.answers = ["refuse"] * 100

    row = sent_and_posted(world)
    other = world.posted("INV-2")

    assert (row.state, other.state) == (State.POSTED, State.POSTED)


def test_nothing_is_written_to_jaggaer() -> None:
    world = Doored(**TELLING)

    sent_and_posted(world)

    assert world.jaggaer.writes == []


# crashes

STEPS: list[Callable[[Doored], object]] = [
    lambda world: world.partner.send(cxml.invoice("INV-1"), payload_id="the-invoice"),
    Doored.attend,
    Doored.attend,
]


def _lived_through(crash: CrashAt | None, *, after: bool = False) -> Doored:
    """The whole story of a document with its process killed at one call; whoever called tries again."""
    world = Doored(**TELLING)
    world.posted("INV-1")
    for step in STEPS:
        if crash is not None:
            setattr(world.fakes.hooks, "on_after" if after else "on_before", crash)
        try:
            step(world)
        except Crash:
            world.restart()
            step(world)
        world.fakes.hooks.on_before = world.fakes.hooks.on_after = lambda call: None
    return world


def _calls() -> int:
    never = CrashAt(10**9)
    _lived_through(never)
    return 10**9 - never.left


CALLS = _calls()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("n", range(1, CALLS + 1))
def test_a_crash_at_any_call_loses_nothing_and_says_nothing_twice(n: int, after: bool) -> None:
    world = _lived_through(CrashAt(n), after=after)
    world.attend()

    row = next(row for row in world.fakes.ledger.rows.values() if row.number == "INV-1")
    assert (len(world.kept), len(world.events(row)), len(world.events(row, Step.TOLD))) == (1, 1, 1)
    assert len(world.partner.told) == len(set(world.partner.deliveries)) == 1
    assert not world.kept[0].is_open
    assert world.pair.broken_links() == []


def test_the_crash_points_are_there() -> None:
    assert CALLS > 20
