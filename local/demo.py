"""`make demo`: the whole path once, on the real template, told step by step. It ends by itself and keeps nothing."""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from local import engine
from local.lab import INVOICES, SUPPLIERS, TENANT, Lab, demo_data, lab
from local.second_act import tell_second_act
from local.telling import Story, wait
from local.third_act import tell_third_act


def main() -> int:
    story = Story()
    data = demo_data()
    print("ml-connector: approved JAGGAER invoices become FreshBooks bills, once; a Jira project hears of FreshBooks.")
    print("Everything runs on this machine: no AWS account, no Docker, no network beyond loopback.")
    story.step("An AWS of our own, and the three vendors")
    folder = engine.new_folder("demo")
    try:
        with lab(folder, data=data, say=story.say) as at:
            story.act("First act: from approved invoices to bills")
            _tell(story, at, data)
            if data == "invented":
                story.act("Second act: the whole pair, as its people live with it")
                tell_second_act(story, at, lambda flow: _run(story, at, flow))
            story.act("Third act: the second pair, and what accounting does is told to a project")
            tell_third_act(story, at)
    finally:
        engine.discard(folder)
    story.step("That was all. Nothing is left running")
    print("   To keep such an installation: make up (and make down). To read on: README.md\n", flush=True)
    return 0


def _tell(story: Story, at: Lab, data: str) -> None:
    story.step(f"Onboard tenant {TENANT}: two connections, two flows, five accounts")
    story.ran(at, "onboard", str(at.onboarding()))
    story.step("Ping: does each connection give what the flows need?")
    story.pings(at)
    story.step("Suppliers first, then the approved invoices")
    story.say(
        "POST /api/<tenant>/runs, signed, through API Gateway; the poller, both workers and the queues do the rest."
    )
    for flow in (SUPPLIERS, INVOICES):
        _run(story, at, flow)
    story.ran(at, "states")
    story.say("What waits, and why:")
    story.ran(at, "holds")
    _compare(story, at)
    story.step("A second run posts nothing twice")
    before = _writes(at)
    _run(story, at, INVOICES, full=True)
    story.say(f"{_writes(at) - before} writes reached FreshBooks.")
    if data == "invented":
        _cure(story, at)
    _scheduled(story, at)
    _where_next(story, at)


def _run(story: Story, at: Lab, flow: str, *, full: bool = False) -> None:
    status, answer = at.stack.call("POST", f"/api/{TENANT}/runs", {"flow": flow, "full": full})
    if status != 202:
        raise SystemExit(f"the run was not accepted: {status} {answer}")
    last = ""
    for line in _progress(at, flow):
        if line != last:
            print(f"   {flow}: {line}", flush=True)
        last = line


def _progress(at: Lab, flow: str) -> Any:
    """A line a second until the flow has finished its pass and nothing of it is under way."""
    quiet = 0
    until = time.monotonic() + 120
    asked = datetime.now(UTC) - timedelta(seconds=1)
    while quiet < 2:
        if time.monotonic() > until:
            raise SystemExit(f"{flow} was still busy after two minutes; see `make up` for a stack to look into")
        time.sleep(0.7)
        totals, finished = _totals(at, flow), _finished(at, flow)
        busy = sum(totals.get(state, 0) for state in ("planned", "posting", "in_doubt"))
        quiet = quiet + 1 if finished and finished >= asked and not busy and not _queued(at) else 0
        yield ", ".join(f"{count} {state}" for state, count in sorted(totals.items())) or "reading ..."


def _totals(at: Lab, flow: str) -> dict[str, int]:
    _, flows = at.stack.call("GET", f"/api/{TENANT}/states")
    states = [state for each in flows if each["flow"]["flow"] == flow for state in each.get("states", [])]
    return {state["state"]: state["records"] for state in states}


def _finished(at: Lab, flow: str) -> datetime | None:
    _, overview = at.stack.call("GET", f"/api/{TENANT}/overview")
    for each in overview["flows"]:
        if each["id"]["flow"] == flow and each.get("last_finished"):
            return datetime.fromisoformat(each["last_finished"])
    return None


def _queued(at: Lab) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    urls = (at.stack.outputs["NoticeQueueUrl"], at.stack.outputs["PostingQueueUrl"])
    answers = [at.stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names) for url in urls]
    return sum(int(answer["Attributes"].get(name, 0)) for answer in answers for name in names)


def _writes(at: Lab) -> int:
    return len(at.ask("freshbooks", "writes"))


def _compare(story: Story, at: Lab) -> None:
    """FreshBooks' own word for it: its bills, added up."""
    bills = at.ask("freshbooks", "bills")
    sums: Counter[str] = Counter()
    for bill in bills:
        sums[bill["amount"]["code"]] += Decimal(bill["amount"]["amount"])  # type: ignore[assignment]
    told = ", ".join(f"{amount:,.2f} {code}" for code, amount in sorted(sums.items()))
    story.say(f"FreshBooks now lists {len(bills)} bills: {told}.")


def _cure(story: Story, at: Lab) -> None:
    story.step("Cure a hold: account 299999 gets its category, and what waited for it goes out by itself")
    before = _totals(at, INVOICES)
    story.ran(at, "map", "account", "299999", "Other Expenses", "--connection", "freshbooks")
    wait(
        lambda: _totals(at, INVOICES).get("posted", 0) >= before["posted"] + 2,
        otherwise="the held invoices were not released",
    )
    now = _totals(at, INVOICES)
    story.say(
        f"Before: {before['held']} held, {before['posted']} posted. Now: {now['held']} held, {now['posted']} posted."
    )


def _scheduled(story: Story, at: Lab) -> None:
    story.step("A schedule fires by itself")
    story.say("The supplier flow is due at every full minute; nobody asks for the next run but EventBridge Scheduler.")
    before = _finished(at, SUPPLIERS)
    wait(lambda: _finished(at, SUPPLIERS) != before, otherwise="the schedule did not fire")
    story.say(f"It ran, and finished at {_finished(at, SUPPLIERS):%H:%M:%S} UTC.")


def _where_next(story: Story, at: Lab) -> None:
    story.step("Where is a document, and what happened to it?")
    posted = next(bill for bill in at.ask("freshbooks", "bills") if bill["bill_number"])
    story.ran(at, "record", str(posted["bill_number"]))


if __name__ == "__main__":
    sys.exit(main())
