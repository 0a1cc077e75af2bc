"""Messages that crash their worker: set aside, seen, mended and sent back, by our command or by SQS's own redrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.stack import Stack
from ml_connector.aws import keys
from ml_connector.pipeline.planning.planner import target_payload_key
from tests.e2e.conftest import INVOICES, SUPPLIERS, Installation, messages_in, wait

INVENTED = False
NOT_JSON = "this is no message of ours: <>{"
DEAD, SOURCE = "PostingDeadLetterQueueUrl", "PostingQueueUrl"


@dataclass
class Sabotage:
    """Payloads that cannot be opened, so that the worker that needs one raises; and how they were before."""

    at: Installation
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def spoil(self, number: str, invoice_id: int) -> None:
        row = self.at.services.ports.ledger.get(self.at.record_of(invoice_id))
        assert row is not None
        assert row.planned is not None
        key = keys.payload(target_payload_key(row, row.planned.digest)).item
        self.kept[number] = self._dynamodb.get_item(TableName=self._table, Key=key)["Item"]
        sealed = bytearray(self.kept[number]["sealed"]["B"])
        sealed[-1] ^= 1
        self._dynamodb.put_item(TableName=self._table, Item={**self.kept[number], "sealed": {"B": bytes(sealed)}})

    def mend(self, number: str) -> None:
        self._dynamodb.put_item(TableName=self._table, Item=self.kept[number])

    @property
    def _table(self) -> str:
        return self.at.lab.stack.outputs["PayloadTable"]

    @property
    def _dynamodb(self) -> Any:
        return self.at.lab.stack.client("dynamodb")


@pytest.fixture(scope="module")
def sabotage(installation: Installation) -> Iterator[Sabotage]:
    """Four invoices planned together, two of them spoiled, and a body that is not JSON: all that can die is dead."""
    stack = installation.lab.stack
    _empty(stack)
    usual = hidden_for(stack, "2")
    made = Sabotage(installation)
    installation.run(SUPPLIERS)
    switch_worker(stack, on=False)
    ids = {number: installation.add_invoice(number) for number in ("GOOD-1", "GOOD-2", "CRASH-1", "CRASH-2")}
    installation.start(INVOICES)
    wait(lambda: messages_in(stack, SOURCE) == 4)
    made.spoil("CRASH-1", ids["CRASH-1"])
    made.spoil("CRASH-2", ids["CRASH-2"])
    stack.client("sqs").send_message(QueueUrl=stack.outputs[SOURCE], MessageBody=NOT_JSON)
    switch_worker(stack, on=True)
    wait(lambda: messages_in(stack, DEAD) == 3)
    stack.invoke("DeadLetters", {})
    yield made
    _empty(stack)
    hidden_for(stack, usual)


def test_the_rest_of_the_batch_is_posted(sabotage: Sabotage) -> None:
    assert {sabotage.at.state(number) for number in ("GOOD-1", "GOOD-2")} == {"posted"}
    assert [len(sabotage.at.bills(number)) for number in ("GOOD-1", "GOOD-2", "CRASH-1", "CRASH-2")] == [1, 1, 0, 0]


def test_what_crashed_its_worker_is_dead_and_says_why(sabotage: Sabotage) -> None:
    found = sabotage.at.record("CRASH-1")

    assert (found["state"], [reason["code"] for reason in found["reasons"]]) == ("dead", ["crashed"])
    assert {item["number"] for item in sabotage.at.get("work")["dead"]} == {"CRASH-1", "CRASH-2"}


def test_looking_again_marks_nothing_twice(sabotage: Sabotage) -> None:
    before = sabotage.at.record("CRASH-1")["moments"]

    report = sabotage.at.lab.stack.invoke("DeadLetters", {})

    assert (report["letters"], report.get("marked", 0)) == (3, 0)
    assert sabotage.at.record("CRASH-1")["moments"] == before


def test_a_body_that_nobody_can_read_is_kept_as_it_came(sabotage: Sabotage) -> None:
    wait(lambda: NOT_JSON in {letter["Body"] for letter in letters(sabotage.at.lab.stack)})


def test_sqs_own_redrive_brings_a_mended_record_to_posted(sabotage: Sabotage) -> None:
    sabotage.mend("CRASH-2")

    send_back(sabotage.at.lab.stack, "CRASH-2", sabotage)

    sabotage.at.comes_to("CRASH-2", "posted")
    assert len(sabotage.at.bills("CRASH-2")) == 1


def test_our_own_redrive_brings_a_mended_record_to_posted_and_is_told_in_its_trail(sabotage: Sabotage) -> None:
    sabotage.mend("CRASH-1")

    done = sabotage.at.lab.shown("redrive", "--queue", "posting", "--reason", "crashed")

    sabotage.at.comes_to("CRASH-1", "posted")
    assert [letter["sent"] for letter in done["letters"]] == [True]
    assert len(sabotage.at.bills("CRASH-1")) == 1
    assert any("sent back from the dead letters" in moment["text"] for moment in told(sabotage.at, "CRASH-1"))


def test_in_the_end_only_what_nobody_can_read_is_left_and_no_tenant_takes_it(sabotage: Sabotage) -> None:
    done = sabotage.at.lab.shown("redrive")

    assert done["letters"] == []
    wait(lambda: [letter["Body"] for letter in letters(sabotage.at.lab.stack)] == [NOT_JSON])


def test_what_nobody_can_read_goes_back_to_its_queue_by_sqs_own_redrive(sabotage: Sabotage) -> None:
    stack = sabotage.at.lab.stack

    send_back(stack, NOT_JSON)

    wait(lambda: (messages_in(stack, SOURCE), messages_in(stack, DEAD)) == (1, 0))


def switch_worker(stack: Stack, *, on: bool) -> None:
    """Whether the posting worker is given what its queue holds."""
    client = stack.client("lambda")
    worker = stack.outputs["PostingWorkerFunctionArn"]
    [source] = client.list_event_source_mappings(FunctionName=worker)["EventSourceMappings"]
    client.update_event_source_mapping(UUID=source["UUID"], Enabled=on)


def letters(stack: Stack) -> list[dict[str, Any]]:
    """A look at the dead letters, as SQS's console does it; they are free again at once."""
    received: list[dict[str, Any]] = (
        stack.client("sqs")
        .receive_message(QueueUrl=stack.outputs[DEAD], MaxNumberOfMessages=10, VisibilityTimeout=1)
        .get("Messages", [])
    )
    for letter in received:
        stack.client("sqs").change_message_visibility(
            QueueUrl=stack.outputs[DEAD], ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0
        )
    return received


def send_back(stack: Stack, what: str, sabotage: Sabotage | None = None) -> None:
    """What SQS's own redrive does with one letter: the same body to the source queue, and the letter is gone."""
    wanted = what if sabotage is None else _record_id(sabotage, what)
    sqs = stack.client("sqs")
    letter = _the_letter(stack, wanted)
    sqs.send_message(QueueUrl=stack.outputs[SOURCE], MessageBody=letter["Body"])
    sqs.delete_message(QueueUrl=stack.outputs[DEAD], ReceiptHandle=letter["ReceiptHandle"])


def _the_letter(stack: Stack, wanted: str) -> dict[str, Any]:
    """As soon as it lies there: once a minute the function that marks records has it in its hands."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        found[:] = [letter for letter in letters(stack) if wanted in letter["Body"]]
        return bool(found)

    wait(look)
    [letter] = found
    return letter


def _record_id(sabotage: Sabotage, number: str) -> str:
    external_id: str = sabotage.at.record(number)["record"]["external_id"]
    return f"/{external_id}"


def told(at: Installation, number: str) -> list[dict[str, Any]]:
    moments: list[dict[str, Any]] = at.record(number)["moments"]
    return moments


def hidden_for(stack: Stack, seconds: str) -> str:
    """How long a message that crashed its worker stays away; answers how long it did. Shorter, and three come soon."""
    sqs, url = stack.client("sqs"), stack.outputs[SOURCE]
    before: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"][
        "VisibilityTimeout"
    ]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": seconds})
    return before


def _empty(stack: Stack) -> None:
    """Other files' letters are not ours to count, nor ours theirs."""
    for queue in ("NoticeDeadLetterQueueUrl", DEAD, SOURCE):
        stack.client("sqs").purge_queue(QueueUrl=stack.outputs[queue])
