"""One Jira site: its people, fields, projects and issues, its clock and switches, and what happened there."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.simulators.jira.answers import Fields
from tests.simulators.jira.fields import READ_ONLY, SYSTEM, Field, a_custom_field
from tests.simulators.jira.people import Place, User, first_people
from tests.simulators.jira.switches import Switches


@dataclass(slots=True, kw_only=True)
class IssueType:
    id: str
    name: str
    subtask: bool = False
    level: int = 0


@dataclass(slots=True, kw_only=True)
class Project:
    """`screens`: issue type id -> field id -> whether it is required, for the create and the edit screen alike."""

    id: str
    key: str
    name: str
    lead: str
    types: list[str]
    screens: dict[str, dict[str, bool]]
    components: dict[str, str] = field(default_factory=dict)
    old_keys: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)  # permissions that the scheme does not give
    last_number: int = 0


@dataclass(slots=True, kw_only=True)
class Issue:
    """`versions` is what search may still know: (when, key and contents, or None once it was deleted)."""

    id: str
    key: str
    fields: Fields
    properties: Fields = field(default_factory=dict)
    comments: list[Fields] = field(default_factory=list)
    worklogs: list[Fields] = field(default_factory=list)
    links: list[Fields] = field(default_factory=list)
    old_keys: list[str] = field(default_factory=list)
    versions: list[tuple[float, Fields | None]] = field(default_factory=list)

    @property
    def deleted(self) -> bool:
        return bool(self.versions) and self.versions[-1][1] is None

    def as_of(self, moment: float) -> Fields | None:
        known: Fields | None = None
        for at, version in self.versions:
            if at <= moment:
                known = version
        return known


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that webhooks tell of: the issue as it was then, and what else the body carries."""

    name: str
    at: float
    actor: str
    issue: Fields
    more: Fields = field(default_factory=dict)


class Site:
    def __init__(
        self, *, place: Place, clock: Callable[[], datetime], switches: Switches, chance: random.Random
    ) -> None:
        self.place = place
        self.switches = switches
        self._clock = clock
        self._chance = chance
        self.users = first_people(chance)
        self.withheld: list[str] = []  # global permissions that nobody but administrators has
        self.fields: dict[str, Field] = {each.id: each for each in (*SYSTEM, *READ_ONLY)}
        self.types: dict[str, IssueType] = {}
        self.projects: dict[str, Project] = {}
        self.issues: dict[str, Issue] = {}
        self._keys: dict[str, str] = {}  # every key that an issue has or had -> its id
        self.gone_worklogs: list[tuple[int, str]] = []
        self.events: list[Event] = []
        self._next = {"issue": 10_000, "worklog": 30_000, "comment": 50_000, "link": 70_000, "webhook": 1_000}
        self._next |= {kind: chance.randrange(10_000, 10_900) for kind in ("project", "type", "component", "field")}

    # ids and time

    def take(self, kind: str) -> int:
        self._next[kind] += 1
        return self._next[kind]

    def now(self) -> datetime:
        return self._clock()

    def moment(self) -> float:
        return self.now().timestamp()

    # looking up

    @property
    def base_url(self) -> str:
        return self.place.url

    @property
    def integration(self) -> User:
        return next(iter(self.users.values()))

    def live_issues(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if not issue.deleted]

    def issue(self, id_or_key: str) -> Issue | None:
        """By id, by key whatever the case of its letters, or by a key that it had before."""
        found = self.issues.get(self._keys.get(id_or_key.upper(), id_or_key))
        return None if found is None or found.deleted else found

    def project(self, id_or_key: str) -> Project | None:
        asked = id_or_key.upper()
        found = (each for each in self.projects.values() if asked in (each.id, each.key, *each.old_keys))
        return next(found, None)

    def project_of(self, issue: Issue) -> Project:
        return self.projects[issue.fields["project"]]

    def may(self, user: User, permission: str, project: Project | None = None) -> bool:
        if permission == "ADMINISTER":
            return user.administrator
        if project is not None and permission in project.withheld:
            return False
        return user.administrator or permission not in self.withheld

    # what happens

    def add_field(self, name: str, kind: str, options: tuple[str, ...] = ()) -> Field:
        number = self.take("field") + self._chance.randrange(1, 9)
        self._next["field"] = number
        made = a_custom_field(number, name, kind, options)
        self.fields[made.id] = made
        return made

    def put(self, issue: Issue) -> None:
        self.issues[issue.id] = issue
        self._keys[issue.key] = issue.id

    def rekey(self, issue: Issue, key: str) -> None:
        """Another key from now on; the one before still leads here."""
        issue.old_keys.append(issue.key)
        issue.key = key
        self._keys[key] = issue.id

    def touch(self, issue: Issue, *, actor: str) -> None:
        """The issue has changed: its time of change moves, and search will know in its time."""
        issue.fields["updated"] = self.moment()
        issue.fields["last_actor"] = actor
        known = {"key": issue.key, "fields": issue.fields, "properties": issue.properties}
        issue.versions.append((self.moment(), copy.deepcopy(known)))

    def record(self, name: str, issue: Issue, *, actor: str, **more: Any) -> None:
        seen = {"id": issue.id, "key": issue.key, "fields": issue.fields, "properties": issue.properties}
        self.events.append(
            Event(name=name, at=self.moment(), actor=actor, issue=copy.deepcopy(seen), more=copy.deepcopy(more))
        )

    # the whole state

    def snapshot(self) -> Fields:
        return {
            "next": dict(self._next),
            "withheld": list(self.withheld),
            "gone_worklogs": [list(each) for each in self.gone_worklogs],
            "events": [asdict(each) for each in self.events],
            **{name: [asdict(each) for each in getattr(self, name).values()] for name in KEPT},
        }

    def restore(self, kept: Fields) -> None:
        self._next = dict(kept["next"])
        self.withheld = list(kept["withheld"])
        self.gone_worklogs = [(at, row) for at, row in kept["gone_worklogs"]]
        self.events = [Event(**each) for each in kept["events"]]
        for name, (kind, key) in KEPT.items():
            setattr(self, name, {row[key]: kind(**_tupled(row)) for row in copy.deepcopy(kept[name])})
        self._keys = {key: issue.id for issue in self.issues.values() for key in (*issue.old_keys, issue.key)}


KEPT: dict[str, tuple[Callable[..., Any], str]] = {
    "users": (User, "account_id"),
    "fields": (Field, "id"),
    "types": (IssueType, "id"),
    "projects": (Project, "id"),
    "issues": (Issue, "id"),
}


def _tupled(row: Fields) -> Fields:
    """JSON knows no tuples; these were."""
    if "clauses" in row:
        row["clauses"] = tuple(row["clauses"])
        row["options"] = tuple((key, value) for key, value in row["options"])
    if "versions" in row:
        row["versions"] = [(at, version) for at, version in row["versions"]]
    return row


def stamp(moment: float) -> str:
    """Jira's timestamp: three digits of milliseconds, the offset without a colon."""
    at = datetime.fromtimestamp(moment, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
