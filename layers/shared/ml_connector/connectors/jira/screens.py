"""What a project's create screen takes, found out from the site: issue types and fields by name, whatever their ids.

Read at the first use and kept as long as the connection is open, which is minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from ml_connector.connectors.jira.client import SYSTEM, JiraClient
from ml_connector.connectors.jira.models import WireField, WireIssueType
from ml_connector.domain.errors import NeedsReviewError, RejectedError

EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
TEXT_FIELD = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One issue type of one project."""

    project: str
    type: WireIssueType
    fields: tuple[WireField, ...]

    def by_id(self, field_id: str) -> WireField | None:
        return self._by_id.get(field_id)

    def named(self, name: str) -> WireField:
        """A field by what people call it, or by its id. Raises: NeedsReviewError."""
        found = self._by_id.get(name)
        same = [found] if found else [field for field in self.fields if field.name.casefold() == name.casefold()]
        if len(same) == 1:
            return same[0]
        if same:
            ids = ", ".join(field.id for field in same)
            raise lacking(self, f"several fields are named {name!r} ({ids}): name one by its id")
        known = ", ".join(sorted(field.name for field in self.fields))
        raise lacking(
            self, f"there is no field {name!r} on it (it has: {known}): add it to the screen, or change `fields`"
        )

    @property
    def takes_labels(self) -> bool:
        return "labels" in self._by_id

    @property
    def epic_field(self) -> WireField | None:
        """`parent` where the project has it, else the older link of company-managed projects."""
        return self.by_id("parent") or next((field for field in self.fields if field.form.custom == EPIC_LINK), None)

    @cached_property
    def _by_id(self) -> Mapping[str, WireField]:
        return {field.id: field for field in self.fields}


def lacking(screen: Screen, what: str, *, code: str = "screen") -> NeedsReviewError:
    text = f"not sent: on the create screen of {screen.type.name} in {screen.project}, {what}"
    return NeedsReviewError(text, system=SYSTEM, operation="create issue", code=code)


class Screens:
    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._lock = Lock()
        self._types: dict[str, tuple[WireIssueType, ...]] = {}
        self._screens: dict[tuple[str, str], Screen] = {}

    def of(self, project: str, type_name: str) -> Screen:
        """Raises: NeedsReviewError where there is no such type; the errors of reads."""
        with self._lock:
            found = self._type(project, type_name)
            key = (project, found.id)
            if key not in self._screens:
                fields = self._client.create_fields(project, found.id)
                self._screens[key] = Screen(project=project, type=found, fields=fields)
            return self._screens[key]

    def types(self, project: str) -> tuple[WireIssueType, ...]:
        """Those that this user may create there."""
        if project not in self._types:
            try:
                self._types[project] = self._client.issue_types(project)
            except RejectedError as error:
                raise _missing(f"there is no project {project}, or this user may not see it", code="project") from error
        return self._types[project]

    def forget(self) -> None:
        """Jira refused what the screens let through: somebody changed them."""
        with self._lock:
            self._types.clear()
            self._screens.clear()

    def _type(self, project: str, name: str) -> WireIssueType:
        types = self.types(project)
        same = [found for found in types if name in (found.id, found.name)]
        same = same or [found for found in types if found.name.casefold() == name.casefold()]
        if len(same) == 1:
            return same[0]
        known = ", ".join(found.name for found in types) or "none that this user may create"
        raise _missing(
            f"{project} has no issue type {name!r} (it has: {known}): change `issue_type`", code="issue_type"
        )


def _missing(what: str, *, code: str) -> NeedsReviewError:
    return NeedsReviewError(f"not sent: {what}", system=SYSTEM, operation="create issue", code=code)
