"""What each clause of JQL means for an issue as search remembers it, and which clauses Jira refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from tests.simulators.jira import shown
from tests.simulators.jira.answers import Fields, Refusal
from tests.simulators.jira.comparing import allow, among, compared, day, in_text, plain
from tests.simulators.jira.fields import PRIORITIES, Field
from tests.simulators.jira.jql import Both, Clause, Either, Not, Tree
from tests.simulators.jira.people import User
from tests.simulators.jira.site import Site

RELATIVE = re.compile(r"([+-]?)(\d+)([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
PROPERTY = re.compile(r"issue\.property\[(.+)\]((?:\.\w+)*)")
NAMES = {"type": "issuetype", "key": "issuekey", "id": "issuekey", "issue": "issuekey", "component": "components"}
NAMES |= {"due": "duedate", "createddate": "created", "updateddate": "updated"}
TEXTS = ("text", "summary", "description")
DATES = ("created", "updated", "duedate")
EXACT = ("=", "!=", "IN", "NOT IN", "IS", "IS NOT")
ORDERED = (*EXACT, "<", ">", "<=", ">=")
IN_TEXT = ("~", "!~", "IS", "IS NOT")


class Matching:
    """Reads clauses for one caller, to whom `currentUser()` is a person."""

    def __init__(self, site: Site, caller: User) -> None:
        self._site = site
        self._caller = caller

    def test(self, tree: Tree | None) -> Callable[[Fields], bool]:
        """A test of an issue's id, key, fields and properties. Raises Refusal for what cannot be asked."""
        match tree:
            case None:
                return lambda kept: True
            case Clause():
                return self._clause(tree)
            case Not(part=part):
                inner = self.test(part)
                return lambda kept: not inner(kept)
            case Both(parts=parts):
                tests = [self.test(part) for part in parts]
                return lambda kept: all(test(kept) for test in tests)
            case Either(parts=parts):
                options = [self.test(part) for part in parts]
                return lambda kept: any(test(kept) for test in options)

    def key_of(self, name: str) -> Callable[[Fields], Any]:
        """How to sort by a field."""
        field = self._known(name)
        if field == "issuekey":
            return lambda kept: int(kept["id"])
        return lambda kept: (str(type(kept["fields"].get(field))), kept["fields"].get(field) or "")

    def _known(self, name: str) -> str:
        """The id of the field of a clause; custom fields by `cf[1]` or by name."""
        lower = NAMES.get(name.lower(), name.lower())
        if lower in ("issuekey", "text", "statuscategory") or lower in self._site.fields:
            return lower
        for field in self._site.fields.values():
            if field.custom and name.lower() in (field.id, field.name.lower(), *field.clauses):
                return field.id
        raise Refusal(400, f"Field '{name}' does not exist or you do not have permission to view it.")

    def _clause(self, clause: Clause) -> Callable[[Fields], bool]:
        if match := PROPERTY.fullmatch(clause.field):
            return self._property(clause, match)
        name = self._known(clause.field)
        field = self._site.fields.get(name)
        if name in TEXTS or (field is not None and field.kind in ("textfield", "textarea")):
            return self._text(clause, name)
        if name in DATES:
            allow(clause, ORDERED)
            return self._date(clause, name)
        if field is not None and field.kind == "float":
            allow(clause, ORDERED)
            return compared(clause, lambda kept: kept["fields"].get(name), float)
        allow(clause, ORDERED if name == "issuekey" else EXACT)
        if name == "issuekey":
            return self._key(clause)
        return among(clause, self._names(name, field), [self._asked(name, each) for each in clause.values])

    def _property(self, clause: Clause, match: re.Match[str]) -> Callable[[Fields], bool]:
        """Only keys that an app declared are indexed: all others are as unknown as a field that is not there."""
        key, path = match[1].strip("\"'"), match[2].split(".")[1:]
        if key not in self._site.switches.searchable_properties:
            raise Refusal(400, f"Field '{clause.field}' does not exist or you do not have permission to view it.")
        allow(clause, EXACT)

        def values(kept: Fields) -> list[str]:
            found = kept["properties"].get(key)
            for part in path:
                found = found.get(part) if isinstance(found, dict) else None
            return [] if found is None else [str(found)]

        return among(clause, values, clause.values)

    def _text(self, clause: Clause, name: str) -> Callable[[Fields], bool]:
        allow(clause, IN_TEXT)
        asked = clause.values[0]
        places = [each.id for each in self._site.fields.values() if each.type == "string"] if name == "text" else [name]

        def found(kept: Fields) -> bool:
            texts = [plain(kept["fields"].get(place)) for place in places]
            return any(texts) if asked is None else any(in_text(asked, text) for text in texts)

        return found if clause.operator == "~" or clause.operator == "IS NOT" else lambda kept: not found(kept)

    def _date(self, clause: Clause, name: str) -> Callable[[Fields], bool]:
        def moment(kept: Fields) -> float | None:
            value = kept["fields"].get(name)
            return value if value is None or isinstance(value, float) else day(value)

        return compared(clause, moment, self._moment)

    def _moment(self, text: str) -> float:
        """`2026-03-02`, `2026-03-02 15:04`, `-5m`, `now()`, or epoch milliseconds."""
        now = self._site.now()
        if text == "now()":
            return now.timestamp()
        if match := RELATIVE.fullmatch(text):
            span = timedelta(**{UNITS[match[3]]: int(match[2])})
            return (now - span if match[1] != "+" else now + span).timestamp()
        if re.fullmatch(r"\d{10,}", text):
            return int(text) / 1000
        try:
            return day(text.replace("/", "-"))
        except ValueError as error:
            message = "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd'"
            raise Refusal(400, f"Date value '{text}' for field is invalid. {message}") from error

    def _key(self, clause: Clause) -> Callable[[Fields], bool]:
        """By key, by id, or by a key of old; one that is not there is refused."""
        ids = []
        for asked in clause.values:
            issue = self._site.issue(asked or "")
            if issue is None:
                message = "does not exist or you do not have permission to view it."
                raise Refusal(400, f"An issue with key '{asked}' {message}")
            ids.append(issue.id)
        if clause.operator in EXACT:
            return among(clause, lambda kept: [kept["id"]], ids)
        same = Clause(field=clause.field, operator=clause.operator, values=tuple(ids))
        return compared(same, lambda kept: int(kept["id"]), float)

    def _names(self, name: str, field: Field | None) -> Callable[[Fields], Sequence[str]]:
        """Everything that an issue's value of this field may be called, in small letters."""

        def names(kept: Fields) -> list[str]:
            value = kept["fields"].get("status" if name == "statuscategory" else name)
            several = value if isinstance(value, list) else [] if value is None else [value]
            return [text.lower() for each in several for text in self._called(name, field, each)]

        return names

    def _called(self, name: str, field: Field | None, value: Any) -> Sequence[str]:
        site = self._site
        match name:
            case "project":
                project = site.projects[value]
                return (project.id, project.key, project.name, *project.old_keys)
            case "issuetype":
                return (value, site.types[value].name)
            case "status":
                return (value, shown.STATUSES[value][0])
            case "statuscategory":
                return (shown.STATUSES[value][1], shown.STATUSES[value][0])
            case "priority":
                return (value, PRIORITIES[value])
            case "parent":
                return (value, site.issues[value].key, *site.issues[value].old_keys)
            case "components":
                return (value, *(each.components[value] for each in site.projects.values() if value in each.components))
        return (value, dict(field.options).get(value, value)) if field and field.options else (str(value),)

    def _asked(self, name: str, value: str | None) -> str | None:
        if value == "currentUser()":
            return self._caller.account_id.lower()
        if name == "project" and value is not None:
            known = {each.lower() for row in self._site.projects.values() for each in (row.id, row.key, row.name)}
            old = {key.lower() for row in self._site.projects.values() for key in row.old_keys}
            if value.lower() not in known | old:
                raise Refusal(400, f"The value '{value}' does not exist for the field 'project'.")
        return None if value is None else value.lower()
