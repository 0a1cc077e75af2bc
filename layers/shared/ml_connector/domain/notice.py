"""A Notice says that something may have changed. It carries ids, never content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.identity import FlowId


class NoticeCause(StrEnum):
    """CHECKED: its object in the target may bear another hand. MENTIONED: a record that it names has changed."""

    POLLED = "polled"
    PUSHED = "pushed"
    RELEASED = "released"
    REPLAYED = "replayed"
    REDRIVEN = "redriven"
    ANSWERED = "answered"
    CONTINUED = "continued"
    CHECKED = "checked"
    MENTIONED = "mentioned"
    WATCHED = "watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticedRecord:
    """One record of a notice. `stored` names a payload version the poll already stored; None means: fetch it."""

    external_id: str
    stamp: str | None = None
    stored: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Records of one flow that may have changed, with the run that noticed them and the person who asked, if one did.

    CONTINUED carries no records: it asks for the rest of an unfinished pass. WATCHED is about the records' counterparts
    in the target, which are looked at; nothing is planned. `read_at` is when the poll began to read
    the versions that it stored itself.
    """

    flow: FlowId
    cause: NoticeCause
    records: tuple[NoticedRecord, ...]
    run_id: str
    actor: str = "ml-connector"
    attempt: int = 0
    read_at: datetime | None = None
