"""Rules 1 to 6: the defences of one write on its way, from the plan to the look-up that settles it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ml_connector.pipeline.planning import planner, settle
from ml_connector.pipeline.posting import batch, claims, looking, lookup, poster, shift
from tests.fakes import system
from tests.fakes.ledger import FakeLedger
from tests.simulation.defences import doubles, schedules, stories
from tests.simulation.defences.defence import Defence
from tests.simulation.defences.promises import Promise

OF_A_WRITE: Mapping[str, Defence] = {
    "confirmed is what was in flight": Defence(
        rule="1",
        doubles=((batch, "confirmed", doubles.newest_counts_as_sent),),
        schedule=stories.a_change_arrives_while_a_write_is_under_way,
        breaks=Promise.TOTAL,
    ),
    "an older reading gives way": Defence(
        rule="1",
        doubles=((planner, "is_stale", doubles.no),),
        schedule=stories.an_older_reading_is_handled_after_a_newer,
        breaks=Promise.TOTAL,
    ),
    "content hash": Defence(
        rule="1",
        doubles=((settle, "_holds_already", doubles.no),),
        schedule=stories.an_unchanged_invoice_is_noticed_again,
        breaks=Promise.IDLE,
        behind="nothing to update",
    ),
    "posting id counts": Defence(
        rule="2",
        doubles=((shift, "claimed", doubles.numbered_by_content),),
        schedule=stories.a_bill_changes_and_changes_back,
        breaks=Promise.TOTAL,
    ),
    "claim": Defence(
        rule="3",
        doubles=((poster, "is_due", doubles.taken_by_anybody),),
        schedule=schedules.two_workers_have_one_hint,
        breaks=Promise.ONCE,
        behind="look-up",
        found_by_chance=True,
    ),
    "conditional claim": Defence(
        rule="3",
        doubles=((FakeLedger, "commit", doubles.last_writer_wins),),
        schedule=schedules.another_claims_between_reading_and_claiming,
        breaks=Promise.ONCE,
    ),
    "lease margin": Defence(
        rule="3",
        doubles=((claims, "LEASE_MARGIN", timedelta()),),
        schedule=schedules.a_worker_with_a_fast_clock_comes_at_the_last_moment,
        breaks=Promise.ONCE,
        behind="look-up",
    ),
    "nothing begun when time is short": Defence(
        rule="3",
        doubles=((shift.Shift, "is_over", doubles.no),),
        schedule=schedules.the_time_is_nearly_up,
        breaks=Promise.SPARE,
    ),
    "unsettled before sending": Defence(
        rule="4",
        doubles=((claims, "_unsettled", doubles.nothing),),
        schedule=schedules.a_worker_dies_after_it_sent,
        breaks=Promise.ONCE,
    ),
    "unknown is doubt": Defence(
        rule="4",
        doubles=((batch, "after_write_error", doubles.sure_of_the_unknown),),
        schedule=schedules.an_answer_is_lost,
        breaks=Promise.ONCE,
        found_by_chance=True,
    ),
    "doubt outlives a replay": Defence(
        rule="4",
        doubles=((planner, "settle", doubles.settled_by_a_replay),),
        schedule=schedules.a_person_replays_what_is_in_doubt,
        breaks=Promise.ONCE,
    ),
    "look-up": Defence(
        rule="4, 5",
        doubles=((looking, "after_create_look", doubles.not_looked),),
        schedule=schedules.an_answer_is_lost,
        breaks=Promise.ONCE,
        found_by_chance=True,
    ),
    "our marker": Defence(
        rule="5",
        doubles=((looking, "_sought", doubles.unmarked),),
        schedule=schedules.a_person_mends_the_number_of_what_we_sent,
        breaks=Promise.ONCE,
        found_by_chance=True,
    ),
    "vendor and number": Defence(
        rule="5",
        doubles=((system, "_by_number", doubles.absent),),
        schedule=schedules.tables_and_our_marks_are_lost,
        breaks=Promise.ONCE,
    ),
    "half a read proves nothing": Defence(
        rule="5",
        doubles=((looking, "after_create_look", doubles.half_read_is_absent),),
        schedule=schedules.the_list_moves_while_it_is_read,
        breaks=Promise.ONCE,
    ),
    "deleted is not there": Defence(
        rule="5",
        doubles=((lookup, "is_deleted", doubles.no),),
        schedule=schedules.a_person_deletes_what_we_sent,
        breaks=Promise.LOST,
    ),
    "settle time": Defence(
        rule="6",
        doubles=((looking, "after_create_look", doubles.looked_in_no_time),),
        schedule=schedules.a_write_takes_effect_late,
        breaks=Promise.ONCE,
    ),
    "two look-ups": Defence(
        rule="6",
        doubles=((lookup, "ABSENCES_NEEDED", 1),),
        schedule=schedules.one_search_is_stale_after_the_settle_time,
        breaks=Promise.ONCE,
    ),
}
