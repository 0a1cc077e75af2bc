"""What the Jira simulator takes on an issue: screens, required and custom fields, documents; and how it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.jira import JiraSimulator
from tests.simulators.jira.caller import Caller, body_of, errors_in

OFF_SCREEN = "Field 'labels' cannot be set. It is not on the appropriate screen, or unknown."


def crooked(*content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content), **more}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"summary": ""}, "summary", "must specify a summary"),
        ({"summary": "x" * 256}, "summary", "can't exceed 255"),
        ({"summary": "one\ntwo"}, "summary", "newline"),
        ({"description": "a text"}, "description", "Atlassian Document"),
        ({"labels": ["two words"]}, "labels", "contains spaces"),
        ({"labels": "one"}, "labels", "not an array"),
        ({"components": {"name": "Payables"}}, "components", "not an array"),
        ({"components": [{"name": "None"}]}, "components", "not valid"),
        ({"issuetype": {"name": "Nothing"}}, "issuetype", "invalid"),
        ({"project": {"key": "NONE"}}, "project", "valid project"),
        ({"assignee": {"name": "tom"}}, "assignee", "accountId"),
        ({"duedate": "31.03.2026"}, "duedate", "date"),
        ({"priority": {"name": "Urgent"}}, "priority", "invalid"),
        ({"parent": {"key": "FIN-99"}}, "parent", "Could not find"),
        ({"environment": None}, "environment", "cannot be set"),
        ({"customfield_1": 1}, "customfield_1", "cannot be set"),
    ],
)
def test_a_field_that_is_wrong_is_named(changes: dict[str, Any], field: str, words: str) -> None:
    caller = Caller()

    errors = errors_in(caller.create(**changes))

    assert list(errors) == [field]
    assert words in errors[field]
    assert caller.simulator.issues == []


def test_all_wrong_fields_are_named_at_once() -> None:
    errors = errors_in(Caller().create(summary="", labels=["a b"], description="text"))

    assert set(errors) == {"summary", "labels", "description"}


@pytest.mark.parametrize(
    "description",
    [
        crooked({"type": "paragraph", "content": [{"type": "text", "text": ""}]}),
        crooked({"type": "text", "text": "a text is no block"}),
        crooked({"type": "paragraph", "content": [{"type": "paragraph", "content": []}]}),
        crooked({"type": "heading", "attrs": {"level": 7}, "content": []}),
        crooked({"type": "marquee"}),
        crooked({"type": "bulletList", "content": []}),
        crooked({"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [{"type": "loud"}]}]}),
        crooked(version=2),
    ],
)
def test_a_crooked_document_is_invalid_input(description: dict[str, Any]) -> None:
    response = Caller().create(description=description)

    assert (response.status, body_of(response)) == (400, {"errorMessages": ["INVALID_INPUT"], "errors": {}})


def test_a_rich_document_is_taken_and_comes_back_as_it_was() -> None:
    caller = Caller()
    link = {"type": "text", "text": "Bill", "marks": [{"type": "link", "attrs": {"href": "https://x.example"}}]}
    item = {"type": "listItem", "content": [{"type": "paragraph", "content": [link]}]}
    heading = {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Lines"}]}
    rich = crooked(heading, {"type": "bulletList", "content": [item]}, {"type": "rule"})

    key = caller.created(description=rich)

    assert body_of(caller.api("GET", f"issue/{key}"))["fields"]["description"] == rich


def test_a_field_off_the_screen_is_refused_and_createmeta_does_not_list_it() -> None:
    caller = Caller()
    caller.desk.set_screen(project="FIN", field="labels", on=False, issue_type="Bill")

    refused = caller.create(issuetype={"name": "Bill"}, labels=["fb-7"])

    assert errors_in(refused) == {"labels": OFF_SCREEN}
    assert caller.create(labels=["fb-7"]).status == 201
    assert [("labels" in meta_of(caller, each)) for each in ("Task", "Bill")] == [True, False]


def meta_of(caller: Caller, issue_type: str) -> dict[str, Any]:
    types = body_of(caller.api("GET", "issue/createmeta/FIN/issuetypes"))["issueTypes"]
    asked = next(each["id"] for each in types if each["name"] == issue_type)
    rows = body_of(caller.api("GET", f"issue/createmeta/FIN/issuetypes/{asked}"))["fields"]
    return {row["fieldId"]: row for row in rows}


def test_a_required_custom_field_is_in_createmeta_and_missed_on_create() -> None:
    caller = Caller()
    field_id = caller.desk.add_field(name="Cost centre", kind="textfield")["id"]
    caller.desk.set_screen(project="FIN", field="Cost centre", required=True)

    assert meta_of(caller, "Task")[field_id]["required"]
    assert errors_in(caller.create()) == {field_id: "Cost centre is required."}
    assert caller.create(**{field_id: "C-1"}).status == 201


def test_a_missing_component_is_a_general_message() -> None:
    caller = Caller()
    caller.desk.set_screen(project="FIN", field="components", required=True)

    response = caller.create()

    assert body_of(response) == {"errorMessages": ["Please provide Component"], "errors": {}}


def test_custom_fields_have_other_ids_on_another_site() -> None:
    ids = {JiraSimulator(seed=seed).field_id("Amount") for seed in ("hillside", "riverside", "seaside")}

    assert len(ids) == 3


def test_custom_fields_are_read_by_their_kinds() -> None:
    caller = Caller()
    amount, notes, category = (caller.simulator.field_id(name) for name in ("Amount", "Notes", "Category"))

    errors = errors_in(caller.create(**{amount: "375.00", notes: "plain", category: {"value": "Nothing"}}))
    key = caller.created(**{amount: 375.25, category: {"value": "Rent"}})

    assert set(errors) == {amount, notes, category}
    fields = body_of(caller.api("GET", f"issue/{key}"))["fields"]
    assert (fields[amount], fields[category]["value"]) == (375.25, "Rent")


def test_the_old_createmeta_is_not_served() -> None:
    assert Caller().api("GET", "issue/createmeta", query=[("projectKeys", "FIN")]).status == 404
