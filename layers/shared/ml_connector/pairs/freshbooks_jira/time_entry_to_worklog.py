"""FreshBooks time entry -> Jira worklog (FI2), where its note or the tenant's table names the issue."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ml_connector.domain.decision import Decision, Hold, Post, Reason, Skip, Void, reason_of
from ml_connector.domain.matching import Match, Matched, Missing
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.domain.records.record import Record
from ml_connector.domain.records.time_entry import TimeEntry
from ml_connector.domain.records.worklog import Worklog
from ml_connector.domain.reference import Key
from ml_connector.pairs.freshbooks_jira.settings import check_day, check_keys, check_workers, on_failure
from ml_connector.pipeline.flow import Flow, Known, OnFailure, Setting, Side

TARGET = "Jira"
SHORTEST = timedelta(minutes=1)
_KEY = re.compile(r"(?<![A-Za-z0-9_-])([A-Z][A-Z0-9_]{1,19})-([1-9][0-9]{0,9})(?![A-Za-z0-9_-])")


def needs(record: Record) -> frozenset[Key]:
    """Every issue key of the note, and the entry's own place in the table, the most exact first."""
    assert isinstance(record, TimeEntry)
    return frozenset({*_in_note(record), *_in_table(record)})


def plan(record: Record, known: Known) -> Decision:
    """Time is logged on the one issue that the entry speaks of; what is not finished or not mapped is passed over."""
    assert isinstance(record, TimeEntry)
    if record.deleted:
        reason = Reason(code="deleted", text="the time entry was deleted in FreshBooks")
        return Void(reason) if known.posted else Skip(reason)
    if passed_over := _not_yet(record, known):
        return Skip(passed_over)
    issue = _issue(record, known)
    if isinstance(issue, Reason):
        return Hold((issue,))
    if issue is None:
        text = "its note names no issue, and neither its project nor its task is in the table"
        reason = Reason(code="no_issue", text=text)
        return Void(reason) if known.posted else Skip(reason)
    return Post(_worklog(record, issue, known))


def _not_yet(entry: TimeEntry, known: Known) -> Reason | None:
    if entry.running:
        return Reason(code="running", text="its timer is still running: it is logged when it stops")
    if entry.started_at is None:
        return Reason(code="no_start", text="it has no start")
    since = str(known.setting("since") or "")
    if since and not known.posted and entry.started_at.date() < date.fromisoformat(since):
        return Reason(code="before_start", text=f"it began before {since}, from which time is logged")
    if entry.duration < SHORTEST and known.setting("under_a_minute") == "skip" and not known.posted:
        return Reason(code="too_short", text="it is under a minute, the least that Jira takes")
    return None


def _issue(entry: TimeEntry, known: Known) -> str | Reason | None:
    """The note's word counts before the table's. A key that leads nowhere is not passed over in silence."""
    projects = tuple(known.setting("key_projects") or ())
    named = [key for key in _in_note(entry) if not projects or key.code.partition("-")[0] in projects]
    matches = [known.match(key) for key in named]
    found = {match.item.id for match in matches if isinstance(match, Matched)}
    if len(found) > 1:
        text = f"its note names several issues: {', '.join(key.code for key in named)}"
        return Reason(code="issue_ambiguous", text=text)
    if named and not found:
        return _unmatched(matches[0])
    return found.pop() if found else _mapped(entry, known)


def _mapped(entry: TimeEntry, known: Known) -> str | Reason | None:
    for key in _in_table(entry):
        match known.match(key):
            case Matched() as found:
                return found.item.id
            case Missing():
                continue
            case other:
                return _unmatched(other)
    return None


def _unmatched(match: Match) -> Reason:
    assert not isinstance(match, Matched)
    return reason_of(match, what="issue", target=TARGET)


def _in_note(entry: TimeEntry) -> list[Key]:
    codes = dict.fromkeys(f"{project}-{number}" for project, number in _KEY.findall(entry.note))
    return [Key(kind=ReferenceKind.ISSUE, code=code) for code in codes]


def _in_table(entry: TimeEntry) -> list[Key]:
    """`project:77/task:5`, `project:77`, `task:5`; a FreshBooks service stands in for a task."""
    task = entry.task_id or entry.service_id
    project = f"project:{entry.project_id}" if entry.project_id else ""
    named = f"task:{task}" if task else ""
    codes = [f"{project}/{named}" if project and named else "", project, named]
    return [Key(kind=ReferenceKind.ISSUE, code=code) for code in codes if code]


def _worklog(entry: TimeEntry, issue: str, known: Known) -> Worklog:
    workers = dict(known.setting("workers") or {})
    worker = workers.get(str(entry.worker_id)) or f"FreshBooks user {entry.worker_id or 'unknown'}"
    return Worklog(
        issue=issue,
        started_at=entry.started_at,
        duration=max(entry.duration, SHORTEST),
        comment="\n".join(part for part in (" ".join(entry.note.split()), f"Logged by {worker}") if part),
        source=f"freshbooks time entry {entry.external_id}",
    )


TIME_ENTRY_TO_WORKLOG = Flow(
    name="freshbooks_time_entry_to_jira_worklog",
    title="FreshBooks time entries to Jira worklogs",
    source=Side(system="freshbooks", kind=RecordKind.TIME_ENTRY),
    target=Side(system="jira", kind=RecordKind.WORKLOG),
    needs=needs,
    plan=plan,
    references=frozenset({ReferenceKind.ISSUE}),
    natural_key=lambda worklog: None,
    on_failure=OnFailure.RETRY,
    follows_target=True,
    default_cadence="rate(1 hour)",
    settings=(
        Setting(
            name="key_projects",
            default=(),
            choices=(),
            text="projects whose issue keys count in a note; none named: any",
            check=check_keys,
        ),
        Setting(
            name="workers",
            default={},
            choices=(),
            text="names of people, by their FreshBooks identity id",
            check=check_workers,
        ),
        Setting(
            name="under_a_minute",
            default="round_up",
            choices=("round_up", "skip"),
            text="an entry under a minute is logged as one, or passed over",
        ),
        Setting(name="since", default="", choices=(), text="first day of entries that are logged", check=check_day),
        Setting(
            name="on_conflict",
            default="source_wins",
            choices=("source_wins", "hold"),
            text="a worklog that a person changed in Jira is overwritten by a later change, or held",
        ),
        on_failure(OnFailure.RETRY),
    ),
)
