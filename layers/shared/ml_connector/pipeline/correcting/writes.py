"""What we wrote to the target for one record, run by run, read from its trail: what stands there, and what was before.

The trail is written with the state that it describes, so that it knows every write that was confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ml_connector.domain.audit import AuditEntry, AuditEvent, Step
from ml_connector.domain.posting import Action

_ACTIONS: Mapping[Step, Action] = {
    Step.POSTED: Action.CREATE,
    Step.RECOVERED: Action.CREATE,
    Step.LINKED: Action.CREATE,
    Step.UPDATED: Action.UPDATE,
    Step.VOIDED: Action.VOID,
    Step.ROLLED_BACK: Action.VOID,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """One confirmed write. `digest` and `source_digest` name the versions that it was made of.

    `over_person`: a person had changed the object since the write before it, so that what we wrote then is not what
    this one found.
    """

    action: Action
    run: str | None
    digest: str
    source_digest: str
    over_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """`standing` begins with what made the object and ends with what it holds now; empty where it was taken out.

    `runs` are all that ever wrote, `voided_by` the last that took the object out because the source said so.
    """

    standing: tuple[Wrote, ...] = ()
    runs: frozenset[str] = frozenset()
    voided_by: str | None = None


def writes_of(trail: Sequence[AuditEntry]) -> Writes:
    standing: list[Wrote] = []
    runs: set[str] = set()
    voided_by: str | None = None
    over_person = False
    for event in (entry.event for entry in trail):
        over_person = over_person or _tells_of_person(event)
        if event.step not in _ACTIONS:
            continue
        wrote = replace(_wrote(event), over_person=over_person)
        over_person = False
        runs |= {wrote.run} if wrote.run else set()
        undone = event.step is Step.ROLLED_BACK
        voided_by = wrote.run if wrote.action is Action.VOID and not undone else None
        standing = _standing_after(standing, wrote, undone=undone)
    return Writes(standing=tuple(standing), runs=frozenset(runs), voided_by=voided_by)


def _standing_after(standing: list[Wrote], wrote: Wrote, *, undone: bool) -> list[Wrote]:
    match wrote.action:
        case Action.CREATE:
            return [wrote]
        case Action.UPDATE:
            return _without_last_run(standing) if undone else [*standing, wrote]
        case Action.VOID:
            return []


def _without_last_run(standing: list[Wrote]) -> list[Wrote]:
    """All that the run wrote which wrote last is undone at once."""
    last = standing[-1].run if standing else None
    kept = [wrote for wrote in standing if wrote.run != last] if last is not None else standing[:-1]
    return kept


def _tells_of_person(event: AuditEvent) -> bool:
    """Whether the target held what a person had entered. A partner's document is a conflict of another kind."""
    return event.step is Step.CONFLICT and bool(event.detail) and "reuse" not in event.detail


def _wrote(event: AuditEvent) -> Wrote:
    """Entries of an earlier release tell neither run nor source version."""
    detail = event.detail
    return Wrote(
        action=Action(detail["action"]) if detail.get("action") else _ACTIONS[event.step],
        run=detail.get("run"),
        digest=str(detail.get("digest") or ""),
        source_digest=str(detail.get("source") or ""),
    )
