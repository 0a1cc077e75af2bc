"""Rules 7 to 11, and what waits, is stored, is polled and is signed in with: the defences around one write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ml_connector.domain.crossreference import GuardKind
from ml_connector.pipeline.connections.grants import GrantTokens
from ml_connector.pipeline.ingest import poll_pass
from ml_connector.pipeline.planning import planner, settle
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.posting import batch, desk, looking
from ml_connector.pipeline.upkeep import Upkeep
from tests.fakes.connections import FakePolls
from tests.fakes.ledger import FakeLedger
from tests.fakes.upkeep import FakeEpochs
from tests.simulation.defences import doubles, schedules, stories
from tests.simulation.defences.defence import Defence
from tests.simulation.defences.promises import Promise

AROUND_IT: Mapping[str, Defence] = {
    "reservation": Defence(
        rule="7",
        doubles=((FakeLedger, "_check_guards", doubles.unguarded(GuardKind.RESERVATION)),),
        schedule=schedules.an_invoice_comes_twice_under_one_number,
        breaks=Promise.ONCE,
    ),
    "ownership": Defence(
        rule="7",
        doubles=((FakeLedger, "_check_guards", doubles.unguarded(GuardKind.OWNERSHIP)),),
        schedule=schedules.a_person_gives_our_bill_the_number_that_another_seeks,
        breaks=Promise.OWNER,
    ),
    "name claim": Defence(
        rule="7",
        doubles=((FakeLedger, "_check_guards", doubles.unguarded(GuardKind.NAME)),),
        schedule=schedules.two_vendors_of_the_source_have_one_name,
        breaks=Promise.VENDOR,
    ),
    "look before a change": Defence(
        rule="8",
        doubles=((batch, "before_change", doubles.cleared),),
        schedule=stories.a_person_changed_our_bill,
        breaks=Promise.HANDS,
    ),
    "nothing to update": Defence(
        rule="8",
        doubles=((batch, "shows_it", doubles.no),),
        schedule=stories.a_person_changed_our_bill_and_changed_it_back,
        breaks=Promise.IDLE,
    ),
    "the answer is compared": Defence(
        rule="8",
        doubles=((batch, "confirmed", doubles.differences_overlooked),),
        schedule=stories.the_target_keeps_another_total_than_was_sent,
        breaks=Promise.TOTAL,
    ),
    "a change in doubt is looked at": Defence(
        rule="8",
        doubles=((looking, "after_change_look", doubles.change_not_looked),),
        schedule=stories.the_answer_to_an_update_is_lost,
        breaks=Promise.CALM,
    ),
    "origin": Defence(
        rule="9",
        doubles=((settle, "_is_anothers", doubles.no),),
        schedule=stories.a_bill_that_a_person_keyed_is_cancelled_at_the_source,
        breaks=Promise.HANDS,
    ),
    "reversed stays": Defence(
        rule="9",
        doubles=((planner, "settle", doubles.reversal_forgotten),),
        schedule=stories.a_voided_invoice_is_approved_again,
        breaks=Promise.REVERSED,
    ),
    "own success known again": Defence(
        rule="10",
        doubles=((FakeLedger, "commit", doubles.forgets_its_own_success),),
        schedule=schedules.a_store_repeats_what_it_had_no_answer_for,
        breaks=Promise.SPARE,
    ),
    "conditional confirm": Defence(
        rule="10",
        doubles=((desk, "is_mine", doubles.is_anybodys),),
        schedule=schedules.a_late_refusal_comes_after_another_sent,
        breaks=Promise.ONCE,
    ),
    "epoch": Defence(
        rule="11",
        doubles=((FakeEpochs, "current", doubles.never_restored),),
        schedule=schedules.tables_are_lost,
        breaks=Promise.ONCE,
    ),
    "stored before it is named": Defence(
        rule="storing",
        doubles=((Planner, "_commit", doubles.row_before_payload),),
        schedule=stories.a_worker_dies_while_it_stores_what_to_send,
        breaks=Promise.REST,
        behind="a lost plan is made again",
    ),
    "a lost plan is made again": Defence(
        rule="storing",
        doubles=((batch, "plan_lost", doubles.raised),),
        schedule=stories.a_payload_is_gone,
        breaks=Promise.REST,
    ),
    "upkeep feeds": Defence(
        rule="waiting",
        doubles=((Upkeep, "_feed", doubles.no_work),),
        schedule=stories.the_queue_loses_its_hints,
        breaks=Promise.REST,
    ),
    "overlap": Defence(
        rule="polling",
        doubles=((poll_pass, "DEFAULT_OVERLAP", timedelta()),),
        schedule=stories.a_change_is_listed_late,
        breaks=Promise.LOST,
    ),
    "poll lease": Defence(
        rule="polling",
        doubles=((FakePolls, "begin", doubles.begun_by_all), (FakePolls, "_is_held_by", doubles.yes)),
        schedule=stories.two_runners_poll_one_flow,
        breaks=Promise.SPARE,
    ),
    "tokens stored before use": Defence(
        rule="tokens",
        doubles=((GrantTokens, "_saved", doubles.kept_in_memory),),
        schedule=stories.a_process_dies_once_it_has_used_a_new_token,
        breaks=Promise.GRANT,
    ),
    "grant lease": Defence(
        rule="tokens",
        doubles=((GrantTokens, "_leased", doubles.leased_to_all),),
        schedule=stories.two_processes_refresh_one_grant,
        breaks=Promise.GRANT,
    ),
}
