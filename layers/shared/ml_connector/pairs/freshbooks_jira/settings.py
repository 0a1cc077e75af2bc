"""What a tenant chooses for each kind of event: where its issues go, what they look like, and what follows later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ml_connector.pipeline.flow import OnFailure, Setting

VALUES = (
    "kind", "id", "number", "amount", "currency", "total", "party", "category", "date", "due_date", "status", "link",
    "order_number", "method", "note",
)  # fmt: skip
"""What a field of Jira's can be filled with, by name. A text that begins with = stands for itself."""

_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,19}")
_ISSUE = re.compile(r"[A-Z][A-Z0-9_]{1,19}-[1-9][0-9]{0,9}")


def issue_settings(*, link: str) -> tuple[Setting, ...]:
    """One event's. `link` is where FreshBooks shows such a document."""
    return (
        Setting(name="project", default="", choices=(), text="key of the project that gets the issues", check=_project),
        Setting(name="issue_type", default="Task", choices=(), text="the issue type, by name", check=_one_line),
        Setting(name="labels", default=("freshbooks",), choices=(), text="labels of each issue", check=_labels),
        Setting(name="epic", default="", choices=(), text="key of the epic that the issues hang on", check=_epic),
        Setting(name="fields", default={}, choices=(), text="fields by name, and what fills them", check=_fields),
        Setting(name="link", default=link, choices=(), text="address in FreshBooks, with {id}", check=_link),
        Setting(
            name="party",
            default="none",
            choices=("none", "reporter", "assignee", "component"),
            text="what the mapped client or vendor becomes on the issue",
        ),
        Setting(name="since", default="", choices=(), text="first day of documents that get an issue", check=check_day),
        Setting(
            name="on_changed",
            default="update",
            choices=("update", "leave"),
            text="a document that changes later updates its issue, or leaves it",
        ),
        Setting(
            name="on_deleted",
            default="tell",
            choices=("tell", "void", "leave"),
            text="a document deleted later is told on its issue, takes it back, or leaves it",
        ),
        Setting(
            name="on_conflict",
            default="hold",
            choices=("source_wins", "hold"),
            text="summary or description that a person changed in Jira is overwritten by a later change, or held",
        ),
        on_failure(OnFailure.AUDIT_ONLY),
    )


def on_failure(default: OnFailure) -> Setting:
    return Setting(
        name="on_failure",
        default=default.value,
        choices=(OnFailure.AUDIT_ONLY.value, OnFailure.RETRY.value),
        text="a create that failed waits for a person's word, or is looked for and tried again",
    )


def check_day(value: Any) -> str | None:
    if value == "":
        return None
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return "write a day as 2026-03-01, or leave it out"
    return None


def _project(value: Any) -> str | None:
    ok = isinstance(value, str) and _PROJECT.fullmatch(value)
    return None if ok else "name the key of the Jira project that gets the issues, such as FIN"


def _one_line(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() and "\n" not in value else "write a name on one line"


def _labels(value: Any) -> str | None:
    ok = isinstance(value, list | tuple) and all(isinstance(one, str) and one and " " not in one for one in value)
    return None if ok else "write a list of labels, each without blanks"


def _epic(value: Any) -> str | None:
    ok = value == "" or (isinstance(value, str) and _ISSUE.fullmatch(value))
    return None if ok else "write the key of an issue, such as FIN-1, or leave it out"


def _fields(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return "write names of Jira's fields, each with what fills it"
    wrong = [
        f"{name}: {given!r}"
        for name, given in value.items()
        if not (isinstance(given, str) and (given in VALUES or given.startswith("=")))
    ]
    if wrong:
        return f"{', '.join(wrong)} is nothing that can fill it; there are: {', '.join(VALUES)}, or =text for a text"
    return None


def _link(value: Any) -> str | None:
    ok = value == "" or (isinstance(value, str) and value.startswith("https://") and " " not in value)
    return None if ok else "write an address that begins with https://, with {id} in it"


def check_keys(value: Any) -> str | None:
    ok = isinstance(value, list | tuple) and all(isinstance(one, str) and _PROJECT.fullmatch(one) for one in value)
    return None if ok else 'write a list of Jira project keys, such as ["CONS"], or leave it out'


def check_workers(value: Any) -> str | None:
    ok = isinstance(value, Mapping) and all(isinstance(one, str) and one.strip() for one in value.values())
    return None if ok else "write FreshBooks identity ids, each with the person's name"
