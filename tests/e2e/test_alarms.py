"""P13: every alarm of the template rises when its trouble is there, and falls when it is gone. Each names a next step
that can be typed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local.stack import Stack
from ml_connector.cli.main import GROUPS
from ml_connector.cli.options import parser
from ml_connector.domain.identity import ConnectionId, FlowId, RecordId
from tests.contract.template import reading
from tests.e2e.alarming import (
    Alarms,
    Past,
    broken,
    fails,
    grant_state,
    idle,
    impatient,
    is_refused,
    misled,
    send,
    starved,
)
from tests.e2e.conftest import INVOICES, SUPPLIERS, Installation, messages_in, wait
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.jaggaer.switches import INVOICES as JAGGAERS_INVOICES

pytestmark = pytest.mark.engine

TENANT = "alarms"
BOOKS = ConnectionId(tenant=TENANT, name="freshbooks")
FLOW = FlowId(tenant=TENANT, flow=INVOICES, source="jaggaer", target="freshbooks")
FUNCTIONS = [
    "Poller",
    "IngestWorker",
    "PostingWorker",
    "DeadLetters",
    "Upkeep",
    "Console",
    "Authorisation",
    "WebhookReceiver",
    "CxmlReceiver",
]
NOTICES = {"ExpiringInFourteenDays": 14, "ExpiringInSevenDays": 7, "ExpiringInOneDay": 1}


@pytest.fixture
def alarms(deployed: Stack) -> Alarms:
    return Alarms(stack=deployed)


@pytest.fixture(scope="module")
def tenant(installation: Installation) -> Installation:
    """The first cycle has run: suppliers, then invoices."""
    installation.run(SUPPLIERS)
    installation.run(INVOICES)
    return installation


@pytest.fixture(scope="module")
def past(tenant: Installation) -> Past:
    return Past(installation=tenant)


@pytest.fixture(scope="module")
def mail(deployed: Stack) -> Iterator[str]:
    """A subscriber to the alarms' topic."""
    sqs, sns = deployed.client("sqs"), deployed.client("sns")
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    url = sqs.create_queue(QueueName="alarm-mail", Attributes={"Policy": policy})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=deployed.outputs["AlarmTopicArn"], Protocol="sqs", Endpoint=arn)
    yield url
    sqs.delete_queue(QueueUrl=url)


def a_record(invoice_id: int) -> RecordId:
    return RecordId(flow=FLOW, external_id=str(invoice_id))


# AWS's own figures: queues


@pytest.mark.parametrize("queue", ["Notice", "Posting"])
def test_a_poison_message_ends_in_the_dead_letter_queue_and_is_an_alarm_until_it_is_gone(
    deployed: Stack, alarms: Alarms, queue: str
) -> None:
    dead = f"{queue}DeadLetterQueue"

    with impatient(deployed, f"{queue}Queue"):
        send(deployed, f"{queue}Queue", "poison")
        wait(lambda: messages_in(deployed, f"{dead}Url"))
    risen = alarms.state(f"{dead}Depth")
    deployed.client("sqs").purge_queue(QueueUrl=deployed.outputs[f"{dead}Url"])

    assert (risen, alarms.a_minute_on(f"{dead}Depth")) == ("ALARM", "OK")


@pytest.mark.parametrize(("queue", "worker"), [("NoticeQueue", "IngestWorker"), ("PostingQueue", "PostingWorker")])
def test_a_queue_that_nobody_reads_is_an_alarm_after_half_an_hour(
    deployed: Stack, alarms: Alarms, queue: str, worker: str
) -> None:
    alarm = f"{queue}Age"

    with idle(deployed, worker):
        send(deployed, queue, "poison")
        early = alarms.after(5, alarm)
        alarms.a_minute_on(alarm, minutes=25)
        risen = alarms.after(5, alarm)
        deployed.client("sqs").purge_queue(QueueUrl=deployed.outputs[f"{queue}Url"])

    assert (early, risen, alarms.a_minute_on(alarm)) == ("OK", "ALARM", "OK")


# AWS's own figures: functions


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_fails_is_an_alarm(deployed: Stack, alarms: Alarms, function: str) -> None:
    with broken(deployed, function):
        fails(deployed, function)
        risen = wait(lambda: alarms.state(f"{function}Errors") == "ALARM", seconds=20)

    assert (risen, alarms.a_minute_on(f"{function}Errors")) == (True, "OK")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_is_refused_for_three_minutes_is_an_alarm(
    deployed: Stack, alarms: Alarms, function: str
) -> None:
    alarm = f"{function}Throttles"

    with starved(deployed, function):
        early = alarms.after(2, alarm, lambda: is_refused(deployed, function))
        risen = alarms.after(1, alarm, lambda: is_refused(deployed, function))

    assert (early, risen, alarms.a_minute_on(alarm)) == ("OK", "ALARM", "OK")


# our own figures


def test_a_worker_that_crashes_leaves_a_dead_record_that_redrive_brings_back(
    tenant: Installation, alarms: Alarms, mail: str
) -> None:
    stack = tenant.lab.stack
    tenant.add_invoice("DEAD-1")

    with broken(stack, "PostingWorker"), impatient(stack, "PostingQueue"):
        tenant.start(INVOICES)
        wait(lambda: messages_in(stack, "PostingDeadLetterQueueUrl"))
        stack.invoke("DeadLetters", {})
        tenant.comes_to("DEAD-1", "dead")
        tenant.upkeep()
        risen = [alarms.state(alarm) for alarm in ("RecordsDead", "PostingDeadLetterQueueDepth")]
    tenant.lab.cli("redrive", "--queue", "posting")
    tenant.comes_to("DEAD-1", "posted")

    assert (risen, len(tenant.bills("DEAD-1"))) == (["ALARM", "ALARM"], 1)
    assert falls(tenant, alarms, "RecordsDead") == "OK"
    assert alarms.state("PostingDeadLetterQueueDepth") == "OK"
    assert {("RecordsDead", "ALARM"), ("RecordsDead", "OK")} <= told(stack, mail)


def test_a_refused_record_is_an_alarm_until_nothing_more_is_refused(tenant: Installation, alarms: Alarms) -> None:
    tenant.freshbooks.turn(bill_number_length=5)
    tenant.add_invoice("REFUSED-1")

    tenant.run(INVOICES)
    risen, state = alarms.state("RecordsRejected"), tenant.state("REFUSED-1")
    tenant.freshbooks.turn(bill_number_length=None)
    tenant.lab.cli("release", "REFUSED-1")
    tenant.comes_to("REFUSED-1", "posted")

    assert (risen, state, alarms.a_minute_on("RecordsRejected")) == ("ALARM", "rejected", "OK")


def test_a_hold_older_than_it_may_be_is_an_alarm_until_it_is_cured(
    tenant: Installation, alarms: Alarms, past: Past
) -> None:
    line = {"description": "Plinth", "quantity": 1, "unitPrice": "80.00", "account": "777000"}
    held = a_record(tenant.add_invoice("HELD-1", lines=[line]))
    tenant.run(INVOICES)

    tenant.upkeep()
    early = alarms.state("OldHolds")
    past.record(held, timedelta(days=5, hours=1))
    tenant.upkeep()
    risen = alarms.state("OldHolds")
    tenant.lab.cli("map", "account", "777000", "Supplies", "--connection", "freshbooks")
    tenant.comes_to("HELD-1", "posted")

    assert (early, risen, falls(tenant, alarms, "OldHolds")) == ("OK", "ALARM", "OK")


def test_a_write_in_doubt_for_a_quarter_of_an_hour_is_an_alarm_until_it_is_known(
    tenant: Installation, alarms: Alarms, past: Past
) -> None:
    doubtful = a_record(tenant.add_invoice("DOUBT-1"))
    faults = [Fault.LOSE_ANSWER, *[Fault.BREAK] * 500]
    tenant.freshbooks.faults = FaultPlan(faults, only=lambda request: "/bills/bills" in request.path)
    tenant.start(INVOICES)
    tenant.comes_to("DOUBT-1", "in_doubt")

    tenant.upkeep()
    early = alarms.state("RecordsInDoubt")
    past.record(doubtful, timedelta(minutes=16))
    tenant.upkeep()
    risen = alarms.state("RecordsInDoubt")
    tenant.freshbooks.faults = FaultPlan()
    past.record(doubtful, timedelta(hours=2))
    tenant.upkeep()
    tenant.comes_to("DOUBT-1", "posted")

    assert (early, risen, len(tenant.bills("DOUBT-1"))) == ("OK", "ALARM", 1)
    assert falls(tenant, alarms, "RecordsInDoubt") == "OK"


def test_a_flow_that_has_not_run_for_twice_its_cadence_is_an_alarm_until_it_runs(
    tenant: Installation, alarms: Alarms, past: Past
) -> None:
    well = alarms.after(3, "FlowsOverdue", tenant.upkeep)

    past.pass_of(FLOW, timedelta(hours=51))
    early = alarms.after(2, "FlowsOverdue", tenant.upkeep)
    risen = alarms.after(1, "FlowsOverdue", tenant.upkeep)
    tenant.run(INVOICES)

    assert (well, early, risen) == ("OK", "OK", "ALARM")
    assert alarms.after(1, "FlowsOverdue", tenant.upkeep) == "OK"


def test_a_pass_that_the_vendor_refuses_is_an_alarm_until_none_is_refused_any_more(
    tenant: Installation, alarms: Alarms
) -> None:
    tenant.jaggaer.switch(forbidden={JAGGAERS_INVOICES})
    tenant.start(INVOICES)
    risen = wait(lambda: alarms.state("PollsFailed") == "ALARM")
    errors, flows = alarms.state("PollerErrors"), tenant.lab.cli("flows").stdout
    tenant.jaggaer.switch(forbidden=set())
    tenant.run(INVOICES)

    assert (risen, errors, "failed" in flows, "(HTTP 403)" in flows) == (True, "OK", True, True)
    assert (alarms.a_minute_on("PollsFailed"), "HTTP 403" in tenant.lab.cli("flows").stdout) == ("OK", False)


def test_a_mapping_whose_category_is_gone_is_an_alarm_until_it_is_mapped_anew(
    tenant: Installation, alarms: Alarms
) -> None:
    gone = tenant.freshbooks.add_category(name="Gazebos")
    tenant.lab.cli("map", "account", "888000", "Gazebos", "--connection", "freshbooks")
    tenant.freshbooks.delete_category(gone["id"])

    found = tenant.lab.cli("check-mappings", check=False)
    with misled(tenant.lab.stack, "Upkeep", STARTED="anew"):  # a process that has not looked this hour
        tenant.upkeep()
        risen = alarms.state("MappingsBroken")
        tenant.lab.cli("map", "account", "888000", "Supplies", "--connection", "freshbooks")
        fallen = falls(tenant, alarms, "MappingsBroken")

    assert (found.returncode, "888000" in found.stdout) == (1, True)
    assert (risen, fallen) == ("ALARM", "OK")


@pytest.mark.parametrize("alarm", ["FlowsOverdue", "SealsLate"])
def test_upkeep_that_no_longer_reports_is_an_alarm_until_it_does(
    tenant: Installation, alarms: Alarms, alarm: str
) -> None:
    early = alarms.after(3, alarm, tenant.upkeep)

    silent = wait(lambda: alarms.a_minute_on(alarm, minutes=4) == "ALARM")

    assert (early, silent, alarms.after(1, alarm, tenant.upkeep)) == ("OK", True, "OK")


def test_a_withdrawn_grant_stops_its_connection_until_a_fresh_one_lets_it_go_on_where_it_stopped(
    tenant: Installation, alarms: Alarms, past: Past
) -> None:
    tenant.add_invoice("GRANT-1")
    tenant.freshbooks.disconnect()

    tenant.start(INVOICES)
    wait(lambda: grant_state(past, BOOKS) == "suspect")
    past.grant(TENANT, "freshbooks", timedelta(minutes=2))
    tenant.upkeep()
    risen, books = alarms.state("DeadGrants"), connection(tenant, "freshbooks")
    tenant.lab.cli("onboard", str(fresh_grant(tenant)))
    tenant.run(INVOICES)
    tenant.comes_to("GRANT-1", "posted")

    assert (risen, books["state"], len(tenant.bills("GRANT-1"))) == ("ALARM", "stopped", 1)
    assert "authorise again" in books["why"]
    assert connection(tenant, "freshbooks")["state"] == "active"
    assert falls(tenant, alarms, "DeadGrants") == "OK"


@pytest.mark.parametrize(("alarm", "days"), NOTICES.items())
def test_a_secret_that_ends_soon_is_an_alarm_until_it_is_replaced(
    tenant: Installation, alarms: Alarms, alarm: str, days: int
) -> None:
    said = []
    for last_day in (days + 1, days - 1, 365):
        tenant.lab.cli("onboard", str(ending(tenant, datetime.now(UTC).date() + timedelta(days=last_day))))
        alarms.a_minute_on(alarm)
        tenant.upkeep()
        said.append(alarms.state(alarm))

    assert said == ["OK", "ALARM", "OK"]


# all of them


def test_every_alarm_of_the_template_is_brought_about_here(alarms: Alarms) -> None:
    queues = {f"{queue}{which}" for queue in ("Notice", "Posting") for which in ("QueueAge", "DeadLetterQueueDepth")}
    functions = {f"{function}{which}" for function in FUNCTIONS for which in ("Errors", "Throttles")}
    records = {"OldHolds", "RecordsInDoubt", "RecordsDead", "RecordsRejected"}
    ours = {"DeadGrants", "FlowsOverdue", "MappingsBroken", "PollsFailed", "SealsLate"}
    documents = {"OldDocuments", "DocumentsFailed"}  # see test_partner_documents

    assert alarms.names() == queues | functions | records | ours | NOTICES.keys() | documents


@pytest.mark.parametrize("alarm", reading.alarms(), ids=reading.by_name)
def test_the_commands_that_an_alarm_names_can_be_typed(alarm: reading.Resource) -> None:
    description = reading.text_of(alarm.properties["AlarmDescription"])

    commands = [command for command in commands_in(description) if not can_be_typed(command)]

    assert commands == []


def commands_in(description: str) -> list[list[str]]:
    """Each `ml-connector ...`: its name, and the options with their values that follow at once."""
    found = re.findall(r"ml-connector ([a-z-]+(?: --[a-z-]+ [a-z]+)*)", description)
    return [shlex.split(command) for command in found]


def can_be_typed(command: list[str]) -> bool:
    names = parser(GROUPS)
    needs = {
        "run": ["flow"],
        "resume": ["name"],
        "release": ["record"],
        "onboard": ["file"],
        "authorise": ["connection"],
        "map": ["account", "code", "target"],
    }
    try:
        names.parse_args([*command, *needs.get(command[0], [])])
    except SystemExit:
        return False
    return True


def falls(tenant: Installation, alarms: Alarms, alarm: str) -> str:
    """The state a minute later, when upkeep has looked again."""
    alarms.a_minute_on(alarm)
    tenant.upkeep()
    return alarms.state(alarm)


def connection(tenant: Installation, name: str) -> dict[str, Any]:
    found = next(each for each in tenant.get("overview")["connections"] if each["id"]["name"] == name)
    assert isinstance(found, dict)
    return found


def fresh_grant(tenant: Installation) -> Any:
    """The onboarding file that a person writes after authorising again: nothing in it but the tokens."""
    return tenant.lab.onboarding(
        connections={"freshbooks": {"grant": tenant.freshbooks.grant()}}, flows=[], mappings={}
    )


def ending(tenant: Installation, last_day: date) -> Any:
    """The onboarding file that says on which day the application's secret ends."""
    return tenant.lab.onboarding(
        connections={"freshbooks": {"secret_expires_on": last_day.isoformat()}}, flows=[], mappings={}
    )


def told(stack: Stack, mail: str) -> set[tuple[str, str]]:
    """What the topic's subscriber was sent: alarm and state."""
    sqs, bodies = stack.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=mail, MaxNumberOfMessages=10).get("Messages", []):
        bodies += [json.loads(message["Body"]) for message in messages]
    notes = [json.loads(body["Message"]) for body in bodies]
    return {(note["AlarmName"].split("-")[2].removesuffix("Alarm"), note["NewStateValue"]) for note in notes}
