"""Jira's shapes in Jira's spelling: only what we read. Ids are text, whatever they look like."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_id), Field(min_length=1)]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class WireMade(Wire):
    """What a create answers."""

    id: Id
    key: str = ""


class WireNamed(Wire):
    id: Id = ""
    key: str = ""
    name: str = ""


class WireIssueFields(Wire):
    """Of a search, only what was asked for is there."""

    summary: str | None = None
    description: Any = None
    project: WireNamed | None = None
    issuetype: WireNamed | None = None
    status: WireNamed | None = None
    labels: tuple[str, ...] = ()
    updated: str | None = None


class WireIssue(Wire):
    id: Id
    key: str = ""
    fields: WireIssueFields = WireIssueFields()
    properties: dict[str, Any] = Field(default_factory=dict)


class WireSearch(Wire):
    """One page; the last one has no token. There is no total."""

    issues: tuple[WireIssue, ...]
    next_page_token: str | None = Field(default=None, alias="nextPageToken")


class WireProperty(Wire):
    key: str
    value: Any = None


class WireWorklog(Wire):
    id: Id
    issue_id: Annotated[str, BeforeValidator(_id)] = Field(default="", alias="issueId")
    started: str | None = None
    seconds: int = Field(default=0, alias="timeSpentSeconds")
    comment: Any = None
    updated: str | None = None
    properties: tuple[WireProperty, ...] | None = None


class WireWorklogs(Wire):
    worklogs: tuple[WireWorklog, ...]
    start_at: int = Field(default=0, alias="startAt")
    total: int


class WireIssueType(Wire):
    id: Id
    name: str
    subtask: bool = False


class WireIssueTypes(Wire):
    items: tuple[WireIssueType, ...] = Field(alias="issueTypes")
    total: int = 0


class WireSchema(Wire):
    type: str = ""
    items: str = ""
    system: str = ""
    custom: str = ""


class WireField(Wire):
    """A field of a create screen. `allowed` are the entries of a choice."""

    id: str = Field(alias="fieldId")
    name: str = ""
    required: bool = False
    has_default: bool = Field(default=False, alias="hasDefaultValue")
    form: WireSchema = Field(default=WireSchema(), alias="schema")
    allowed: tuple[dict[str, Any], ...] = Field(default=(), alias="allowedValues")


class WireFields(Wire):
    items: tuple[WireField, ...] = Field(alias="fields")
    total: int = 0


class WireUser(Wire):
    id: str = Field(alias="accountId")
    name: str = Field(default="", alias="displayName")
    email: str = Field(default="", alias="emailAddress")
    active: bool = True
    kind: str = Field(default="", alias="accountType")


class WirePermission(Wire):
    have: bool = Field(default=False, alias="havePermission")


class WirePermissions(Wire):
    permissions: dict[str, WirePermission]


class WireConfiguration(Wire):
    time_tracking: bool = Field(default=True, alias="timeTrackingEnabled")


class WireTransition(Wire):
    id: Id
    name: str = ""


class WireSite(Wire):
    """A site that a consent opens."""

    id: Id
    url: str = ""
    name: str = ""
    scopes: tuple[str, ...] = ()


class WireWebhook(Wire):
    """`expires` is ISO text in the examples and milliseconds in the published schema."""

    id: Id
    url: str = ""
    events: tuple[str, ...] = ()
    jql: str = Field(default="", alias="jqlFilter")
    expires: str | int | None = Field(default=None, alias="expirationDate")
