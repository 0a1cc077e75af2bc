"""The Jira simulator's issues: made, changed, moved, deleted, and what hangs on them."""

from __future__ import annotations

from tests.simulators.jira.caller import Caller, body_of, document, errors_in

OFF_SCREEN = "Field 'labels' cannot be set. It is not on the appropriate screen, or unknown."


def test_an_issue_is_made_with_its_property_and_is_there_at_once() -> None:
    caller = Caller(search_lag_seconds=300)
    body = {**caller.an_issue(labels=["fb-7"]), "properties": [{"key": "source", "value": {"id": "7"}}]}

    made = body_of(caller.api("POST", "issue", body=body))

    found = body_of(caller.api("GET", f"issue/{made['key']}", query=[("properties", "source")]))
    assert (found["id"], found["fields"]["labels"]) == (made["id"], ["fb-7"])
    assert found["properties"] == {"source": {"id": "7"}}
    assert found["fields"]["description"] == document("375.00 USD")


def test_two_equal_creates_are_two_issues() -> None:
    caller = Caller()

    assert [caller.created(), caller.created()] == ["FIN-1", "FIN-2"]


def test_an_edit_changes_what_it_names() -> None:
    caller = Caller()
    key = caller.created(labels=["one"])

    response = caller.api(
        "PUT", f"issue/{key}", body={"fields": {"summary": "Two"}, "update": {"labels": [{"add": "two"}]}}
    )

    fields = body_of(caller.api("GET", f"issue/{key}"))["fields"]
    assert (response.status, fields["summary"], fields["labels"]) == (204, "Two", ["one", "two"])


def test_a_deleted_issue_is_gone_and_its_key_is_not_given_again() -> None:
    caller = Caller()
    key = caller.created()

    assert caller.api("DELETE", f"issue/{key}").status == 204

    assert [caller.api(verb, f"issue/{key}").status for verb in ("GET", "DELETE")] == [404, 404]
    assert caller.created() == "FIN-2"


def test_an_issue_with_subtasks_is_deleted_only_with_them() -> None:
    caller = Caller()
    key = caller.created()
    caller.created(issuetype={"name": "Sub-task"}, parent={"key": key})

    refused = caller.api("DELETE", f"issue/{key}")
    done = caller.api("DELETE", f"issue/{key}", query=[("deleteSubtasks", "true")])

    assert (refused.status, done.status, caller.simulator.issues) == (400, 204, [])


def test_a_moved_issue_answers_to_its_old_key_under_its_new_one() -> None:
    caller = Caller()
    key = caller.created()

    moved = caller.desk.move_issue(key, "OPS")

    found = body_of(caller.api("GET", f"issue/{key}"))
    assert (found["key"], found["id"]) == ("OPS-1", moved["id"])
    assert found["fields"]["project"]["key"] == "OPS"


def test_after_a_project_is_rekeyed_old_keys_still_lead_to_its_issues() -> None:
    caller = Caller()
    key = caller.created()

    caller.desk.rekey_project("FIN", "ACC")

    assert body_of(caller.api("GET", f"issue/{key}"))["key"] == "ACC-1"
    assert body_of(caller.api("GET", "project/FIN"))["key"] == "ACC"
    assert caller.created() == "ACC-2"


def test_a_transition_changes_the_status_and_is_then_no_longer_offered() -> None:
    caller = Caller()
    key = caller.created()

    response = caller.api("POST", f"issue/{key}/transitions", body={"transition": {"id": "31"}})

    offered = body_of(caller.api("GET", f"issue/{key}/transitions"))["transitions"]
    assert response.status == 204
    assert body_of(caller.api("GET", f"issue/{key}"))["fields"]["status"]["name"] == "Done"
    assert [each["name"] for each in offered] == ["To Do", "Start"]


def test_a_property_may_be_set_twice() -> None:
    caller = Caller()
    path = f"issue/{caller.created()}/properties/source"

    statuses = [caller.api("PUT", path, body={"id": "7"}).status for _ in range(2)]

    assert statuses == [201, 200]
    assert body_of(caller.api("GET", path)) == {"key": "source", "value": {"id": "7"}}
    assert caller.api("PUT", path, body="x" * 32_767).status == 400


def test_a_remote_link_of_the_same_global_id_is_changed_not_added() -> None:
    caller = Caller()
    path = f"issue/{caller.created()}/remotelink"

    def link(title: str) -> int:
        target = {"url": "https://x.example", "title": title}
        return caller.api("POST", path, body={"globalId": "fb=7", "object": target}).status

    assert [link("One"), link("Two")] == [201, 200]
    assert [row["object"]["title"] for row in body_of(caller.api("GET", path))] == ["Two"]


def test_a_comment_is_a_document_by_whoever_calls() -> None:
    caller = Caller()
    path = f"issue/{caller.created()}/comment"

    refused = caller.api("POST", path, body={"body": "a text"})
    made = body_of(caller.api("POST", path, body={"body": document("voided")}))

    assert "comment" in errors_in(refused)
    assert made["author"]["accountId"] == caller.simulator.site.integration.account_id


def test_of_several_issues_the_good_ones_are_made() -> None:
    caller = Caller()
    updates = [caller.an_issue(), {"fields": {}}, caller.an_issue()]

    response = caller.api("POST", "issue/bulk", body={"issueUpdates": updates})

    body = body_of(response)
    assert (response.status, [each["key"] for each in body["issues"]]) == (201, ["FIN-1", "FIN-2"])
    assert [each["failedElementNumber"] for each in body["errors"]] == [1]
