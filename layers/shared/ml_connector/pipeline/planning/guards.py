"""Keys of a target that only one owner may hold, as the steps of a record take them."""

from __future__ import annotations

from ml_connector.domain.crossreference import CrossReference, Guard, GuardKind
from ml_connector.domain.decision import NameClaim
from ml_connector.domain.matching import normalised
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.domain.records.record import Record
from ml_connector.pipeline.flow import Flow
from ml_connector.pipeline.ports import Made

NOTHING = ""
"""The target id of a code whose object was taken out of the target: nobody answers to it any more."""


def made_by(flow: Flow, row: CrossReference, record: Record, target_id: str) -> tuple[Made, ...]:
    """A record of a flow that makes reference data answers to its code from now on."""
    code = flow.made_code(record)
    if flow.makes is None or not code:
        return ()
    return (Made(connection=row.record.flow.target_connection, kind=flow.makes, code=code, target_id=target_id),)


def ownership(row: CrossReference, target_id: str) -> Guard:
    return Guard(
        connection=row.record.flow.target_connection,
        kind=GuardKind.OWNERSHIP,
        record_kind=row.kind,
        key=target_id,
        owner=str(row.record),
    )


def reservation(row: CrossReference, natural_key: str) -> Guard:
    return Guard(
        connection=row.record.flow.target_connection,
        kind=GuardKind.RESERVATION,
        record_kind=row.kind,
        key=natural_key,
        owner=str(row.record),
    )


def reserved_by(row: CrossReference) -> tuple[Guard, ...]:
    """The natural key that the record has, to be given back."""
    return () if row.reservation is None else (reservation(row, row.reservation),)


def name_guards(row: CrossReference, claims: tuple[NameClaim, ...]) -> tuple[Guard, ...]:
    return tuple(
        Guard(
            connection=row.record.flow.target_connection,
            kind=GuardKind.NAME,
            record_kind=RecordKind.VENDOR,
            key=f"{claim.key.kind}:{normalised(claim.key.name or '')}",
            owner=claim.key.code,
        )
        for claim in claims
    )
