"""More named schedules: a document that changes, a person who was there too, and payloads, hints, marks and tokens."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import State
from ml_connector.domain.errors import AuthError, ConnectorError
from ml_connector.domain.identity import PostingId
from ml_connector.domain.money import Money
from ml_connector.domain.notice import NoticeCause
from ml_connector.domain.posting import Outcome, Write
from ml_connector.domain.records.bill import BillStatus
from ml_connector.domain.records.kinds import ReferenceKind
from tests.builders import a_bill, an_account, an_invoice_world
from tests.fakes.hooks import CrashAt
from tests.fakes.system import Act, FakeSystem
from tests.invoices import InvoiceWorld
from tests.simulation.defences.promises import Broken, Promise, at_rest, planned, posted
from tests.simulation.moments import change_and_ingest, once_on, run, six_invoices
from tests.unit.pipeline.granting import authorised

# what changes


def a_change_arrives_while_a_write_is_under_way() -> Broken:
    world = planned()
    world.target.hooks.on_before = once_on("system.send", lambda: change_and_ingest(world, a_bill(total="120.00")))
    world.run()
    world.poll()
    return at_rest(world)


def a_bill_changes_and_changes_back() -> Broken:
    """In a target that does nothing for a request whose id it has answered before."""
    world = InvoiceWorld.made(seed=0, settings={}, target=lambda clock: _AnswersOnce(clock=clock, prefix="F"))
    world.target.references[ReferenceKind.ACCOUNT] = [an_account()]
    world.know_vendor("0007", "Acme Paper Inc")
    for total in ("100.00", "120.00", "100.00"):
        world.source_has(a_bill(total=total))
        world.poll()
    return at_rest(world)


def an_unchanged_invoice_is_noticed_again() -> Broken:
    world = posted()
    world.notice("1")
    world.run()
    return at_rest(world, IDLE=world.actions != ["create"])


def an_older_reading_is_handled_after_a_newer() -> Broken:
    world = an_invoice_world()
    world.source.lists_whole_records = True
    world.source_has(a_bill(total="100.00"))
    world.world.poll(world.invoices)
    world.source_has(a_bill(total="120.00"))
    world.notice("1")
    world.fakes.notices.pick = lambda messages: [*reversed(messages)]
    world.run()
    return at_rest(world)


def a_change_is_listed_late() -> Broken:
    world = posted()
    world.later(hours=1)
    world.poll()
    world.source.shelf.put(a_bill("2"), at=world.fakes.clock.now() - timedelta(minutes=10))
    world.later(hours=1)
    world.poll()
    return at_rest(world)


def the_target_keeps_another_total_than_was_sent() -> Broken:
    world = planned()
    world.target.alters = lambda bill: replace(bill, total=Money(Decimal("99.00"), "USD"))
    world.run()
    return at_rest(world)


def the_answer_to_an_update_is_lost() -> Broken:
    world = posted()
    world.target.will(Act.LOSE_ANSWER)
    world.source_has(a_bill(total="120.00"))
    world.poll()
    return at_rest(world, CALM=world.state() is State.HELD)


def two_runners_poll_one_flow() -> Broken:
    world = six_invoices()
    other = world.world.another_process()
    world.fakes.hooks.on_after = once_on("notices.send", lambda: _ignored(run(world, other)))
    world.poll()
    return at_rest(world, SPARE=len(world.source.fetched) > 6)


# what a person did


def a_person_changed_our_bill() -> Broken:
    world = posted()
    world.target_has(replace(world.standing[0], total=Money(Decimal("111.00"), "USD")))
    world.source_has(a_bill(total="120.00"))
    world.poll()
    kept = str(world.standing[0].total) == "111.00 USD" or Step.CONFLICT in world.steps()
    return at_rest(world, HANDS=not kept)


def a_person_changed_our_bill_and_changed_it_back() -> Broken:
    """The first was noticed and is to be put right; by the time of the write there is nothing to put right."""
    world = posted(on_conflict="source_wins")
    bill = world.standing[0]
    world.target_has(replace(bill, total=Money(Decimal("111.00"), "USD")))
    world.notice("1", cause=NoticeCause.CHECKED)
    world.ingest_beside()
    world.target_has(bill)
    world.run()
    return at_rest(world, IDLE=world.actions != ["create"])


def a_bill_that_a_person_keyed_is_cancelled_at_the_source() -> Broken:
    world = planned()
    world.target.will(Act.UNKNOWN)
    world.post_beside()
    world.target_has(replace(world.target.sent[0].record, external_id="x", marker=None))
    world.settle()
    world.source_has(a_bill(status=BillStatus.CANCELLED))
    world.poll()
    return at_rest(world, HANDS=len(world.standing) != 1) - {Promise.LOST}


def a_voided_invoice_is_approved_again() -> Broken:
    world = posted()
    for status in (BillStatus.CANCELLED, BillStatus.APPROVED):
        world.source_has(a_bill(status=status))
        world.poll()
    return at_rest(world, REVERSED=bool(world.standing))


# what lies behind a record


def a_worker_dies_while_it_stores_what_to_send() -> Broken:
    """Its notice is given up as well; the next poll lists the invoice again."""
    world = an_invoice_world()
    world.source_has(a_bill())
    world.world.poll(world.invoices)
    world.fakes.hooks.on_before = CrashAt(2, "payloads.put_many")
    world.world.step()
    world.fakes.notices.messages.clear()
    world.later(hours=1)
    world.poll()
    return at_rest(world)


def a_payload_is_gone() -> Broken:
    world = planned()
    target = [key for key in world.fakes.payloads.stored if key.connection == world.freshbooks]
    for key in target:
        del world.fakes.payloads.stored[key]
    world.run()
    return at_rest(world)


def the_queue_loses_its_hints() -> Broken:
    world = planned()
    world.fakes.postings.messages.clear()
    return at_rest(world)


def a_process_dies_once_it_has_used_a_new_token() -> Broken:
    granting = authorised()
    granting.expire()
    granting.process().token()
    granting.pass_time(hours=1)
    with suppress(ConnectorError):
        granting.process().token()
    granting.pass_time(hours=1)
    try:
        granting.process().token()
    except AuthError:
        return {Promise.GRANT}
    return set()


def two_processes_refresh_one_grant() -> Broken:
    granting = authorised()
    granting.expire()

    def another() -> None:
        granting.endpoint.during = lambda: None
        with suppress(ConnectorError):
            granting.process().token()

    granting.endpoint.during = another
    with suppress(ConnectorError):
        granting.process().token()
    calls = granting.endpoint.calls
    return {Promise.GRANT} if len(calls) > len(set(calls)) else set()


def _ignored(report: object) -> None:
    """Nobody reads it."""


@dataclass(slots=True, kw_only=True)
class _AnswersOnce(FakeSystem):
    answers: dict[PostingId, Outcome] = field(default_factory=dict)

    def _send(self, write: Write) -> Outcome:
        if write.posting_id not in self.answers:
            self.answers[write.posting_id] = FakeSystem._send(self, write)
        return self.answers[write.posting_id]
