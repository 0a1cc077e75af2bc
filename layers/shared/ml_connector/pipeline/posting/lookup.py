"""Look first: what a sighting of an unsettled write means. Absence is believed late and twice; presence at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeIs

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import CrossReference, Origin
from ml_connector.domain.decision import Reason
from ml_connector.domain.posting import Absent, Action, Asked, Found, FoundBy, Several, Sighting, Unclear
from ml_connector.domain.records.bill import Bill, BillStatus
from ml_connector.domain.records.record import Record, digest
from ml_connector.pipeline.planning.caution import is_meant_to_be_sent
from ml_connector.pipeline.planning.standing import FOUND_DELETED
from ml_connector.pipeline.posting.doubt import (
    DOES_NOT_SHOW,
    TOOK_NO_EFFECT,
    create_failed,
    looked_in_vain,
    shown_absent,
    still_in_doubt,
)
from ml_connector.pipeline.posting.recovery import MAX_ATTEMPTS, backoff
from ml_connector.pipeline.posting.results import (
    Ending,
    confirmed,
    held,
    numbered,
    used_up,
)

SECOND_LOOK = timedelta(seconds=10)
ABSENCES_NEEDED = 2


def after_create_look(
    row: CrossReference,
    sighting: Sighting,
    *,
    meant: Record,
    differs: Callable[[Record, Record], tuple[str, ...]],
    settle: timedelta,
    now: datetime,
    chance: random.Random,
    only_audits: bool = False,
) -> Ending:
    match sighting:
        case Found():
            return _found(row, sighting, meant=meant, differs=differs, now=now)
        case Absent():
            return _absent(row, settle=settle, now=now, only_audits=only_audits)
        case Several(why, target_ids):
            reason = Reason(code="several_in_target", text=f"{why}: {', '.join(target_ids)}")
            return held(row, reason, now=now, settled=False, detail={"target_ids": list(target_ids)})
        case Unclear():
            assert row.unsettled is not None
            wait = max(SECOND_LOOK, backoff(row.unsettled.looks, chance))
            return still_in_doubt(looked_in_vain(row), now=now, wait=wait, absences=_absences(row))
        case Asked():
            return still_in_doubt(row, now=now, wait=timedelta(hours=1), absences=_absences(row))


def after_change_look(
    row: CrossReference,
    found: Record,
    *,
    meant: Record,
    differs: Callable[[Record, Record], tuple[str, ...]],
    settle: timedelta,
    now: datetime,
    last: Record | None = None,
) -> Ending:
    """An update or a void in doubt: it took effect, or it did not, which is believed late.

    `last` is what we had meant before. An update of what is not compared, such as a description, does not show: it is
    sent again. Whether a person was there too is judged before that.
    """
    assert row.confirmed is not None
    assert row.unsettled is not None
    is_void = row.unsettled.action is Action.VOID
    shows = last is None or digest(last) == digest(meant) or bool(differs(last, found))
    is_equal = not is_void and not is_deleted(found) and not differs(meant, found)
    if (is_void and is_deleted(found)) or (is_equal and shows):
        flight_row = _as_unsettled(row)
        return confirmed(flight_row, target_id=row.confirmed.target_id, origin=row.confirmed.origin, now=now)
    if is_deleted(found):
        return held(row, Reason(code="target_gone", text="it was deleted in the target"), now=now, settled=True)
    believed_from = row.unsettled.since + settle
    if now < believed_from:
        return still_in_doubt(row, now=now, wait=believed_from - now, absences=0)
    return _free(row, now=now, text=DOES_NOT_SHOW if is_equal else TOOK_NO_EFFECT)


def is_elsewhere(sighting: Sighting) -> TypeIs[Found]:
    return isinstance(sighting, Found) and sighting.by is FoundBy.MARKER and not is_deleted(sighting.record)


def after_look_elsewhere(
    row: CrossReference,
    found: Found,
    *,
    meant: Record,
    differs: Callable[[Record, Record], tuple[str, ...]],
    now: datetime,
) -> Ending:
    """An update in doubt has made another object of it, as a worklog that goes to another issue does."""
    assert row.confirmed is not None
    ending = confirmed(
        _as_unsettled(row),
        target_id=found.target_id,
        origin=row.confirmed.origin,
        now=now,
        step=Step.RECOVERED,
        differing=differs(meant, found.record),
        detail={"found_by": found.by.value, "former": row.confirmed.target_id},
    )
    return numbered(ending, found.record, moved=True)


def is_deleted(record: Record) -> bool:
    match record:
        case Bill():
            return record.status is BillStatus.DELETED
        case _:
            return bool(getattr(record, "deleted", False))


def _found(
    row: CrossReference,
    found: Found,
    *,
    meant: Record,
    differs: Callable[[Record, Record], tuple[str, ...]],
    now: datetime,
) -> Ending:
    if is_deleted(found.record):
        text = (
            f"{found.target_id} was found deleted in the target: a person deleted it, so it is not made again by itself"
        )
        told = replace(row, given_up=(*row.given_up, found.target_id))
        return held(
            told, Reason(code=FOUND_DELETED, text=text), now=now, settled=True, detail={"target_id": found.target_id}
        )
    ours = found.by is not FoundBy.NUMBER
    ending = confirmed(
        _as_unsettled(row),
        target_id=found.target_id,
        origin=Origin.RECOVERED if ours else Origin.ADOPTED,
        now=now,
        step=Step.RECOVERED if ours else Step.LINKED,
        differing=differs(meant, found.record),
        detail={"found_by": found.by.value},
    )
    return numbered(ending, found.record)


def _absent(row: CrossReference, *, settle: timedelta, now: datetime, only_audits: bool) -> Ending:
    assert row.unsettled is not None
    believed_from = row.unsettled.since + settle
    if now < believed_from:
        return still_in_doubt(row, now=now, wait=believed_from - now, absences=0)
    if _absences(row) + 1 < ABSENCES_NEEDED:
        return still_in_doubt(row, now=now, wait=SECOND_LOOK, absences=_absences(row) + 1)
    if only_audits and not is_meant_to_be_sent(row):
        return create_failed(row, now=now)
    return _free(row, now=now)


def _free(row: CrossReference, *, now: datetime, text: str = TOOK_NO_EFFECT) -> Ending:
    """It may be sent again, but not for ever: a write that never gets an answer is given up, visibly."""
    if row.attempts >= MAX_ATTEMPTS:
        return used_up(row, now=now, why="no answer ever came, and it is not in the target")
    return shown_absent(row, now=now, text=text)


def _as_unsettled(row: CrossReference) -> CrossReference:
    """The look-up speaks of the write in doubt, so its version is the one that gets confirmed."""
    assert row.in_flight is not None
    assert row.unsettled is not None
    doubt = row.unsettled
    flight = replace(
        row.in_flight,
        n=doubt.n,
        action=doubt.action,
        digest=doubt.digest,
        source_digest=doubt.source_digest,
        run=doubt.run,
        undo=doubt.undo,
    )
    return replace(row, in_flight=flight)


def _absences(row: CrossReference) -> int:
    return row.unsettled.absences if row.unsettled else 0
