"""Stand-ins that do what the product does, but for one thing each: a defence is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ml_connector.domain.crossreference import CrossReference, GuardKind, State
from ml_connector.domain.errors import OutcomeUnknownError
from ml_connector.domain.identity import FlowId, PostingId, fingerprint
from ml_connector.domain.posting import Absent, Unclear
from ml_connector.domain.records.record import digest, dump
from ml_connector.domain.watermark import PollProgress
from ml_connector.pipeline.connections.grants import GrantTokens
from ml_connector.pipeline.planning import settle
from ml_connector.pipeline.planning.planner import Planner, target_payload_key
from ml_connector.pipeline.ports import Change, Epoch, GuardTakenError, MovedError
from ml_connector.pipeline.posting import claims, looking, lookup
from ml_connector.pipeline.posting.before_change import Cleared
from ml_connector.pipeline.posting.doubt import shown_absent
from ml_connector.pipeline.posting.recovery import after_write_error
from ml_connector.pipeline.posting.results import Ending, confirmed, tried_in_vain
from tests.fakes.connections import FakePolls
from tests.fakes.ledger import FakeLedger

_COMMIT, _CLAIMED, _SETTLED, _LOOKED, _SOUGHT = (
    FakeLedger.commit,
    claims.claimed,
    settle.settle,
    lookup.after_create_look,
    looking._sought,
)
_CHECKED = FakeLedger._check_guards


def taken_by_anybody(row: CrossReference, now: datetime) -> bool:
    return row.planned is not None and row.state in (State.PLANNED, State.IN_DOUBT, State.POSTING)


def last_writer_wins(ledger: FakeLedger, change: Change) -> CrossReference:
    return _COMMIT(ledger, replace(change, before=ledger.get(change.after.record)))


def forgets_its_own_success(ledger: FakeLedger, change: Change) -> CrossReference:
    stored = ledger.get(change.after.record)
    if (stored.version if stored else None) != (change.before.version if change.before else None):
        raise MovedError(str(change.after.record))
    return _COMMIT(ledger, change)


def unguarded(kind: GuardKind) -> Callable[[FakeLedger, Change], None]:
    def checked(ledger: FakeLedger, change: Change) -> None:
        try:
            _CHECKED(ledger, change)
        except GuardTakenError as taken:
            if taken.guard.kind is not kind:
                raise

    return checked


def looked_in_no_time(row: CrossReference, sighting: Any, **given: Any) -> Ending:
    return _LOOKED(row, sighting, **{**given, "settle": timedelta()})


def half_read_is_absent(row: CrossReference, sighting: Any, **given: Any) -> Ending:
    return _LOOKED(row, Absent() if isinstance(sighting, Unclear) else sighting, **given)


def not_looked(row: CrossReference, sighting: Any, *, now: datetime, **given: Any) -> Ending:
    return shown_absent(row, now=now)


def sure_of_the_unknown(row: CrossReference, error: Any, *, now: datetime, chance: Any) -> Ending:
    if isinstance(error, OutcomeUnknownError):
        return tried_in_vain(row, now=now, wait=timedelta(seconds=5), why=error.detail, counted=True)
    return after_write_error(row, error, now=now, chance=chance)


def numbered_by_content(row: CrossReference, **given: Any) -> CrossReference:
    mine = _CLAIMED(row, **given)
    assert mine.in_flight is not None
    content = PostingId(fingerprint(str(row.record), mine.in_flight.digest))
    return replace(mine, in_flight=replace(mine.in_flight, posting_id=content))


def newest_counts_as_sent(row: CrossReference, **given: Any) -> Ending:
    assert row.in_flight is not None
    assert row.wanted is not None
    return confirmed(replace(row, in_flight=replace(row.in_flight, source_digest=row.wanted.digest)), **given)


def differences_overlooked(row: CrossReference, **given: Any) -> Ending:
    return confirmed(row, **{**given, "differing": ()})


def settled_by_a_replay(flow: Any, row: CrossReference, decision: Any, received: Any, **given: Any) -> Any:
    return _SETTLED(flow, replace(row, unsettled=None) if received.by_person else row, decision, received, **given)


def reversal_forgotten(flow: Any, row: CrossReference, decision: Any, received: Any, **given: Any) -> Any:
    if row.state is State.REVERSED:
        row = replace(row, state=State.SKIPPED, confirmed=None)
    return _SETTLED(flow, row, decision, received, **given)


def row_before_payload(plan: Planner, before: Any, settled: Any, events: Any) -> Any:
    kept = {"take": settled.take, "release": settled.release, "made": settled.made}
    change = Change(before=before, after=settled.row, events=events, **kept)
    row = plan._ports.ledger.commit(change)
    if settled.target is not None:
        key = target_payload_key(settled.row, digest(settled.target))
        plan._ports.payloads.put_many({key: dump(settled.target)})
    return replace(settled, row=row)


def kept_in_memory(tokens: GrantTokens, row: Any, kept: Any, pair: Any) -> Any:
    return replace(kept, pair=pair, generation=kept.generation + 1)


def leased_to_all(tokens: GrantTokens, row: Any) -> Any:
    return replace(row, lease_holder="me", lease_until=tokens._ports.clock.now() + tokens._lease)


def begun_by_all(polls: FakePolls, flow: FlowId, **_: Any) -> PollProgress:
    return polls.load(flow)


def change_not_looked(row: CrossReference, found: Any, *, now: datetime, **given: Any) -> Ending:
    return shown_absent(row, now=now)


def no_work(*_: Any, **__: Any) -> Counter[str]:
    return Counter()


def yes(*_: Any, **__: Any) -> bool:
    return True


def no(*_: Any, **__: Any) -> bool:
    return False


def nothing(*_: Any, **__: Any) -> None:
    return None


def absent(*_: Any, **__: Any) -> Absent:
    return Absent()


def cleared(*_: Any, **__: Any) -> Cleared:
    return Cleared()


def never_restored(*_: Any, **__: Any) -> Epoch:
    return Epoch(number=1, restored=False)


def is_anybodys(row: CrossReference | None, claim: str) -> bool:
    return row is not None and row.in_flight is not None


def unmarked(hand: Any) -> Any:
    return replace(_SOUGHT(hand), marker="nobody's")


def raised(*_: Any, **__: Any) -> Any:
    raise KeyError("its payload")
