"""The second pair, beside the first: what accounting does in FreshBooks is told to a project in Jira, and only told.

Everything goes through the deployed functions; the consents, the accountant, the worker and the project's people are
played from here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from local.lab import ISSUES, WORKLOGS, Lab
from local.second_act import verify_registrations, wait_for_upkeep_to_register
from local.telling import Story, wait

NUMBER = "HJ-2044"
WORK, HOURS = "Restore the reading room", "Oiled the desks"
_SIGNING_IN, _CALLBACKS = ("/auth/", "/oauth/"), "/events/callbacks"
_DAY_TO_DAY = ("GET", "signing in", "where to push")


def tell_third_act(story: Story, at: Lab) -> None:
    seen = len(at.ask("freshbooks", "calls"))
    work = at.tell("jira", "add_issue", project="OPS", summary=WORK)["key"]
    _onboard(story, at)
    _consent(story, at)
    _pushes(story, at)
    invoice = _invoice(story, at)
    _time(story, at, work)
    _moved(story, at)
    _change(story, at, invoice)
    _only_read(story, at, seen)


def _onboard(story: Story, at: Lab) -> None:
    story.step("The same books, another reader: a file with Jira and two flows more is onboarded to the same tenant")
    story.ran(at, "onboard", str(at.jira_onboarding()))
    story.ran(at, "connections")


def _consent(story: Story, at: Lab) -> None:
    story.step("Somebody of the project lets us into Jira; the books' owner lets us read invoices and hours too")
    for connection in ("jira", "freshbooks"):
        at.consent(connection)
    story.say(
        "ml-connector authorise gives a link for each; both open theirs and say yes. They are asked for what the flows"
        " need and no more. Which site it is, Atlassian tells: nobody looks up an id."
    )


def _pushes(story: Story, at: Lab) -> None:
    story.step("FreshBooks and Jira are told where to push")
    wait_for_upkeep_to_register(at, "jira")
    story.say("Jira's registration is verified as upkeep makes it, by itself; FreshBooks' by their handshakes.")
    verify_registrations(at, "freshbooks")
    story.ran(at, "registrations")
    story.pings(at, "jira")
    story.say("The first runs find no invoices and no hours, and learn which issues, people and components Jira has.")
    for flow in (ISSUES, WORKLOGS):
        at.cli("run", flow, "--wait")


def _invoice(story: Story, at: Lab) -> int:
    story.step("The accountant writes an invoice in FreshBooks; nobody runs anything")
    client = at.tell("freshbooks", "add_client", organization="Marlow & Sons Libraries")
    made = at.tell(
        "freshbooks", "add_invoice", customerid=client["id"], amount="1250.00", invoice_number=NUMBER, status=2
    )
    found, seconds = _pushed(at, lambda: issue_of(at), otherwise=f"no issue tells of {NUMBER}")
    story.say(f"FreshBooks pushed it, and {seconds:.1f} s later there is {found['key']}:")
    story.show("\n".join(told(found)))
    return int(made["id"])


def _time(story: Story, at: Lab, work: str) -> None:
    story.step(f"A worker logs an hour and a half in FreshBooks; the note names {work}, which the project made itself")
    at.tell("freshbooks", "add_time_entry", note=f"{work} {HOURS}", duration=5400)
    worklogs, seconds = _pushed(at, lambda: issue(at, work)["worklogs"], otherwise=f"no time was logged on {work}")
    story.say(f"{seconds:.1f} s after the push {work} has its worklog:")
    story.show(f"{worklogs[0]['timeSpentSeconds'] / 3600} h  " + " / ".join(_lines(worklogs[0]["comment"])))


def _moved(story: Story, at: Lab) -> None:
    before = issue_of(at)["key"]
    story.step(f"The project moves {before} elsewhere: Jira pushes with its token, and the record is found there")
    key = at.tell("jira", "move_issue", issue=before, project="OPS")["key"]
    at.tell("jira", "switches", forged="wrong key")
    refused = at.tell("jira", "send_events")
    at.tell("jira", "switches", forged="no")
    at.tell("jira", "edit_issue", issue=key, labels=[*issue_of(at)["fields"]["labels"], "libraries"])
    sent = at.tell("jira", "send_events")
    statuses = [sorted({one["status"] for one in each}) for each in (refused, sent)]
    if statuses != [[401], [200]]:
        raise SystemExit(f"Jira's pushes were answered {statuses}, not 401 with a wrong token and 200 with its own")
    story.say("A push whose token is signed with another key is refused (401), Jira's own is taken.")
    wait(lambda: number_of(at) == key, otherwise=f"the record was not found under {key}")
    story.ran(at, "record", key)


def _change(story: Story, at: Lab, invoice: int) -> None:
    story.step("The accountant raises the invoice: its issue follows where it is now, it is not made anew")
    cost = {"amount": "1400.00", "code": "USD"}
    at.tell("freshbooks", "edit_invoice", invoice_id=invoice, lines=[{"name": "Work", "qty": "1", "unit_cost": cost}])
    summary = f"Invoice {NUMBER} to Marlow & Sons Libraries: 1,400.00 USD"
    _, seconds = _pushed(
        at, lambda: issue_of(at)["fields"]["summary"] == summary, otherwise="the issue was not changed"
    )
    story.say(f"{seconds:.1f} s after the push: {issue_of(at)['key']}  {summary}")


def _only_read(story: Story, at: Lab, seen: int) -> None:
    story.step("What FreshBooks saw of it")
    counted = Counter(_kind_of(method, path) for method, path in at.ask("freshbooks", "calls")[seen:])
    if written := [kind for kind in counted if kind not in _DAY_TO_DAY]:
        raise SystemExit(f"FreshBooks was written to: {', '.join(written)}")
    reads, signing, callbacks = (counted[kind] for kind in _DAY_TO_DAY)
    story.say(
        f"{reads} reads, {signing} calls to sign in, {callbacks} to say where to push. None that writes to the books."
    )


def _kind_of(method: str, path: str) -> str:
    if path.startswith(_SIGNING_IN):
        return "signing in"
    if method == "GET":
        return "GET"
    return "where to push" if _CALLBACKS in path else f"{method} {path}"


def _pushed[Got](at: Lab, what: Callable[[], Got], *, otherwise: str) -> tuple[Got, float]:
    """Sends what FreshBooks has to push; what comes of it, and after how many seconds."""
    began = time.monotonic()
    sent = at.tell("freshbooks", "send_events")
    if {one["status"] for one in sent} != {200}:
        raise SystemExit(f"FreshBooks' pushes were not taken: {sent}")
    found = wait(what, otherwise=otherwise)
    return found, time.monotonic() - began


def issue(at: Lab, key: str) -> dict[str, Any]:
    return next(each for each in at.ask("jira", "issues") if each["key"] == key)


def issue_of(at: Lab) -> dict[str, Any]:
    """The one that tells of the invoice; empty where there is none."""
    found = [each for each in at.ask("jira", "issues") if f"Invoice {NUMBER} " in each["fields"]["summary"]]
    if len(found) > 1:
        raise SystemExit(f"{NUMBER} has {len(found)} issues: {', '.join(each['key'] for each in found)}")
    return found[0] if found else {}


def number_of(at: Lab) -> str:
    """The key under which our own record knows its issue."""
    [record] = at.shown("record", NUMBER)["records"]
    return str(record["other_number"])


def told(found: dict[str, Any]) -> Iterator[str]:
    """An issue as a person reads it: key and summary, then its description, a link with its address."""
    yield f"{found['key']}  {found['fields']['summary']}"
    yield from _lines(found["fields"]["description"])


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for paragraph in document["content"]:
        yield "".join(f"{node['text']}{_address(node)}" for node in paragraph["content"])


def _address(node: dict[str, Any]) -> str:
    return "".join(f" <{mark['attrs']['href']}>" for mark in node.get("marks", ()) if mark["type"] == "link")
