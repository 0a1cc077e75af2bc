"""Reading the fields of an issue as a caller sends them: each reader answers what is kept, or raises a `Wrong`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tests.simulators.jira import adf
from tests.simulators.jira.answers import Fields, Refusal
from tests.simulators.jira.fields import PRIORITIES, Field
from tests.simulators.jira.people import User
from tests.simulators.jira.site import Project, Site

SUMMARY_LENGTH, LABEL_LENGTH, LINE_LENGTH, TEXT_LENGTH = 255, 255, 255, 32_767
DURATION = re.compile(r"(?:\d+w)?\s*(?:\d+d)?\s*(?:\d+h)?\s*(?:\d+m)?")


class Wrong(Exception):
    """What is wrong with one field, in Jira's words."""


class Values:
    """Reads for one project: components and assignees are its own."""

    def __init__(self, site: Site, project: Project, caller: User) -> None:
        self._site = site
        self._project = project
        self._caller = caller
        self._readers: dict[str, Callable[[Any], Any]] = {
            "summary": _summary,
            "labels": _labels,
            "components": self._components,
            "priority": _priority,
            "assignee": self._assignee,
            "reporter": self._reporter,
            "parent": self._parent,
            "duedate": _day,
            "timetracking": _estimate,
            "textfield": _line,
            "url": _url,
            "float": _number,
            "datepicker": _day,
            "datetime": _instant,
        }

    def read(self, field: Field, value: Any) -> Any:
        """Null empties a field, but for the summary."""
        if value is None and field.kind != "summary":
            return None
        if field.rich:
            return _document(value)
        if field.kind == "select":
            return _option(field, value)
        if field.kind == "multiselect":
            return [_option(field, each) for each in _list(value)]
        return self._readers[field.kind](value)

    def _components(self, value: Any) -> list[str]:
        known = self._project.components
        return [_named(each, known, f"Component name '{_name(each)}' is not valid") for each in _list(value)]

    def _assignee(self, value: Any) -> str:
        if not self._site.may(self._caller, "ASSIGN_ISSUES", self._project):
            raise Wrong("You do not have permission to assign issues.")
        user = self._user(value)
        if not (user.assignable and user.active and self._site.may(user, "ASSIGNABLE_USER", self._project)):
            raise Wrong(f"User '{user.account_id}' cannot be assigned issues.")
        return user.account_id

    def _reporter(self, value: Any) -> str:
        if not self._site.may(self._caller, "MODIFY_REPORTER", self._project):
            raise Wrong("Field 'reporter' cannot be set. It is not on the appropriate screen, or unknown.")
        return self._user(value).account_id

    def _user(self, value: Any) -> User:
        """By account id: names and e-mail addresses have not been enough since 2019."""
        asked = value.get("accountId", value.get("id")) if isinstance(value, dict) else None
        if asked not in self._site.users:
            raise Wrong("Specify a valid value for the user: an accountId that exists.")
        return self._site.users[asked]

    def _parent(self, value: Any) -> str:
        asked = value.get("key", value.get("id")) if isinstance(value, dict) else None
        parent = self._site.issue(str(asked)) if asked else None
        if parent is None:
            raise Wrong("Could not find issue by id or key.")
        return parent.id


def _summary(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise Wrong("The summary is invalid because it contains newline characters.")
    return _short(value, SUMMARY_LENGTH, "Summary can't exceed 255 characters.")


def _labels(value: Any) -> list[str]:
    for label in _list(value):
        if not isinstance(label, str) or not label:
            raise Wrong("Operation value must be a string")
        if re.search(r"\s", label):
            raise Wrong(f"The label '{label}' contains spaces which is invalid.")
        _short(label, LABEL_LENGTH, f"The label '{label}' exceeds 255 characters.")
    return list(dict.fromkeys(value))


def _document(value: Any) -> Fields:
    if not adf.is_document(value):
        raise Wrong("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    if not adf.sound(value):
        raise Refusal(400, "INVALID_INPUT")
    too_long = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    _short(adf.text_of(value), TEXT_LENGTH, too_long)
    return dict(value)


def _line(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("Operation value must be a string")
    too_long = "The entered text is too long. It exceeds the allowed limit of 255 characters."
    return _short(value, LINE_LENGTH, too_long)


def _url(value: Any) -> str:
    if not isinstance(value, str) or not re.match(r"https?://[^\s/]+", value):
        raise Wrong("Not a valid URL. Make sure the URL is valid.")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong("Operation value must be a number")
    return value


def _day(value: Any) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise Wrong("Error parsing date string: " + str(value)) from error


def _instant(value: Any) -> str:
    try:
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
    except (TypeError, ValueError) as error:
        raise Wrong("Error parsing time: " + str(value)) from error
    return str(value)


def _priority(value: Any) -> str:
    return _named(value, PRIORITIES, "The priority selected is invalid.")


def _estimate(value: Any) -> Fields:
    kept = {key: value[key] for key in ("originalEstimate", "remainingEstimate") if key in value}
    if not kept or not all(isinstance(each, str) and DURATION.fullmatch(each.strip()) for each in kept.values()):
        raise Wrong("The original estimate specified is not valid.")
    return kept


def _option(field: Field, value: Any) -> str:
    return _named(value, dict(field.options), "Specify a valid 'id' or 'name' for " + field.name, by="value")


def _named(value: Any, known: dict[str, str], wrong: str, *, by: str = "name") -> str:
    """The id of a thing that is named by its id or its name."""
    if isinstance(value, dict):
        if str(value.get("id")) in known:
            return str(value["id"])
        found = next((key for key, name in known.items() if name == value.get(by)), None)
        if found is not None:
            return found
    raise Wrong(wrong)


def _name(value: Any) -> str:
    return str(value.get("name", value.get("id"))) if isinstance(value, dict) else str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Wrong("data was not an array")
    return value


def _short(value: str, limit: int, wrong: str) -> str:
    if len(value) > limit:
        raise Wrong(wrong)
    return value
