"""P2 and P11: after good days and bad ones, secrets are in the secret store and nowhere else, and what an invoice says
of people is nowhere in the clear."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from local.lab import Lab, onboarding_document
from local.stack import Stack
from tests.e2e.alarming import broken, bury, idle, impatient, send
from tests.e2e.canaries import Disguise, Found, everything, search, secret_store, word
from tests.e2e.conftest import INVOICES, NEVER, SUPPLIERS, Gate, Installation, messages_in, wait
from tests.simulators.faults import Fault, FaultPlan
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.freshbooks.control import Controlled as ControlledFreshBooks
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.jaggaer.control import Controlled as ControlledJaggaer
from tests.simulators.serving import serve

pytestmark = pytest.mark.engine

TENANT = "canary"
WRONG = word("wrong-secret")
PERSON, MAIL, LINE = "wren.okonjo", "wren@supplier.example", "wren-line-of-an-invoice"
PLACES = ["log", "queue", "table", "environment", "parameters", "schedule", "command", "API"]


@dataclass(kw_only=True)
class Scene:
    """`said` is what commands and the API answered; `seen` what lay in the queues while nobody read them."""

    installation: Installation
    jaggaer: Disguise
    freshbooks: Disguise
    said: list[tuple[str, str]] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)

    @property
    def stack(self) -> Stack:
        return self.installation.lab.stack

    @property
    def secrets(self) -> list[str]:
        return [*self.jaggaer.canaries, *self.freshbooks.canaries, WRONG]

    @property
    def places(self) -> list[tuple[str, str]]:
        return [*self.said, *self.seen, *everything(self.stack)]

    def command(self, *arguments: str) -> None:
        done = self.installation.lab.cli(*arguments, check=False)
        self.said.append((f"command {' '.join(arguments)}", done.stdout + done.stderr))

    def call(self, method: str, path: str, body: Any = None) -> None:
        status, answer = self.stack.call(method, path, body)
        self.said.append((f"API {method} {path}", f"{status} {answer}"))

    def look(self) -> None:
        self.seen += [place for place in everything(self.stack) if place[0].startswith("queue")]

    def onboard(self, **changes: Any) -> None:
        self.command("onboard", str(self.file(**changes)), "--json")

    def file(self, **changes: Any) -> Any:
        return self.installation.lab.onboarding(**changes)


@pytest.fixture(scope="module")
def scene(deployed: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A tenant's good days and bad ones, all over by now."""
    with disguised(deployed, tmp_path_factory.mktemp("lab")) as scene:
        a_good_day(scene)
        bad_days(scene)
        what_people_ask(scene)
        yield scene
        bury(deployed)
        scene.command("pause", "jaggaer")
        scene.command("pause", "freshbooks")


@contextmanager
def disguised(stack: Stack, folder: Any) -> Iterator[Scene]:
    jaggaer, freshbooks = JaggaerSimulator(), FreshBooksSimulator(seed=TENANT)
    gate = Gate(ControlledFreshBooks(freshbooks))
    doors = (
        Disguise(
            behind=ControlledJaggaer(jaggaer),
            name="jaggaer",
            secrets={jaggaer.client_secret: word("jaggaer-client-secret")},
        ),
        Disguise(
            behind=gate,
            name="freshbooks",
            secrets={freshbooks.application.client_secret: word("freshbooks-client-secret")},
        ),
    )
    with ExitStack() as serving:
        urls = {door.name: serving.enter_context(serve(door)) for door in doors}
        lab = Lab(stack=stack, urls=urls, folder=folder, tenant=TENANT)
        installation = Installation(lab=lab, jaggaer=jaggaer, freshbooks=freshbooks, gate=gate)
        yield Scene(installation=installation, jaggaer=doors[0], freshbooks=doors[1])


def document(scene: Scene) -> dict[str, Any]:
    wanted = onboarding_document(scene.installation.lab)
    for name, door in (("jaggaer", scene.jaggaer), ("freshbooks", scene.freshbooks)):
        secret = wanted["connections"][name]["secret"]
        secret["client_secret"] = door.secrets[secret["client_secret"]]
    for flow in wanted["flows"]:
        flow["cadence"] = NEVER
    return wanted


def a_good_day(scene: Scene) -> None:
    """With a look into each queue while nobody reads it."""
    at = scene.installation
    at.jaggaer.add_supplier(number="1", name="Wren Ltd", bizEmail=MAIL)
    scene.onboard(**document(scene))
    at.run(SUPPLIERS)
    an_invoice(at, "GOOD-1")
    with idle(scene.stack, "PostingWorker"):
        with idle(scene.stack, "IngestWorker"):
            at.start(INVOICES)
            wait(lambda: messages_in(scene.stack, "NoticeQueueUrl"))
            scene.look()
        wait(lambda: messages_in(scene.stack, "PostingQueueUrl"))
        scene.look()
    at.comes_to("GOOD-1", "posted")


def bad_days(scene: Scene) -> None:
    """Tokens refused, answers garbled or lost, a worker that crashes, wrong credentials, a grant withdrawn."""
    at = scene.installation
    an_invoice(at, "BAD-1")
    at.jaggaer.faults = FaultPlan([Fault.STALE_TOKEN, Fault.GARBLE, Fault.BREAK_AFTER])
    at.freshbooks.faults = FaultPlan([Fault.STALE_TOKEN, Fault.NONE, Fault.GARBLE, Fault.LOSE_ANSWER])
    at.start(INVOICES)
    time.sleep(3)
    at.jaggaer.faults = at.freshbooks.faults = FaultPlan()
    an_invoice(at, "CRASH-1")
    with broken(scene.stack, "PostingWorker"), impatient(scene.stack, "PostingQueue"):
        at.start(INVOICES)
        wait(lambda: messages_in(scene.stack, "PostingDeadLetterQueueUrl"))
        scene.look()
    with impatient(scene.stack, "NoticeQueue"):
        send(scene.stack, "NoticeQueue", "poison")
        wait(lambda: messages_in(scene.stack, "NoticeDeadLetterQueueUrl"))
    scene.onboard(
        connections={"jaggaer": {"secret": {"client_id": "x", "client_secret": WRONG}}}, flows=[], mappings={}
    )
    scene.command("ping", "--debug")
    at.jaggaer.revoke_tokens()
    scene.command("run", INVOICES, "--wait", "--at-most", "8s")
    at.freshbooks.disconnect()
    scene.command("ping", "--json")
    at.upkeep()
    connections = {name: {"secret": each["secret"]} for name, each in document(scene)["connections"].items()}
    connections["freshbooks"]["grant"] = at.lab.tell("freshbooks", "grant")
    scene.onboard(connections=connections, flows=[], mappings={})


def what_people_ask(scene: Scene) -> None:
    for command in ("connections", "flows", "states", "work", "holds", "mappings", "ping", "redrive"):
        scene.command(command, "--json")
    scene.command("record", "GOOD-1", "--json")
    wrong = document(scene)
    wrong["connections"]["jaggaer"]["settings"]["base_url"] = "https://10.0.0.1"
    scene.command("onboard", str(scene.file(**wrong)), "--debug")
    half = scene.installation.lab.folder / "half.yaml"
    half.write_text(yaml.safe_dump(document(scene)) + "\nrest: [\n")
    scene.command("onboard", str(half), "--debug")
    for page in ("overview", "states", "holds", "work", "records/GOOD-1", "nothing", "records/%00"):
        scene.call("GET", f"/api/{TENANT}/{page}")
    scene.call("POST", f"/api/{TENANT}/runs", {"flow": scene.secrets[0][:4]})


def an_invoice(at: Installation, number: str) -> None:
    line = {"description": LINE, "quantity": 1, "unitPrice": "10.00", "account": "600100"}
    person = {"username": PERSON, "businessUnit": "0004", "email": f"{PERSON}@eastmoor.example"}
    at.jaggaer.add_invoice(number=number, supplier="1", lines=[line], invoicedBy=person)


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_in(scene: Scene, place: str) -> None:
    here = [each for each in scene.places if each[0].startswith(place)]

    assert len(here) > 0
    assert search(here, scene.secrets) == []


@pytest.mark.parametrize("place", PLACES)
def test_no_person_of_an_invoice_is_in(scene: Scene, place: str) -> None:
    here = [each for each in scene.places if each[0].startswith(place)]

    assert search(here, [PERSON, MAIL, LINE]) == []


def test_the_invoice_has_come_through_all_the_same(scene: Scene) -> None:
    [vendor] = scene.installation.freshbooks.vendors
    [bill] = scene.installation.bills("GOOD-1")

    assert (MAIL in str(vendor), LINE in str(bill)) == (True, True)


def test_bad_days_were_bad_indeed(scene: Scene) -> None:
    said = "".join(text for _, text in scene.said)

    assert "the client id or the client secret is not accepted" in said
    refused = ("is used up, expired or withdrawn", "is used up or withdrawn", "token is being refreshed")
    assert any(text in said for text in refused)  # the last where upkeep's own minute met the dead grant first
    assert {"client-secret", "access-token", "refresh-token"} <= {kind_of(canary) for canary in scene.secrets}


def test_the_search_finds_what_is_in_the_secret_store(scene: Scene) -> None:
    found = {each.canary for each in search(secret_store(scene.stack), scene.secrets)}

    assert {kind_of(canary) for canary in found} == {"client-secret", "access-token", "refresh-token", "wrong-secret"}


@pytest.mark.parametrize("hidden", [False, True], ids=["in the clear", "behind base64"])
def test_the_search_finds_a_line_that_was_planted_in_a_log(scene: Scene, hidden: bool) -> None:
    secret = scene.secrets[0]
    logs, group = scene.stack.client("logs"), {"logGroupName": "/planted"}
    text = base64.b64encode(f"token={secret}".encode()).decode() if hidden else f"token={secret}"

    logs.create_log_group(**group)
    logs.create_log_stream(**group, logStreamName="one")
    event = {"timestamp": int(time.time() * 1000), "message": text}
    logs.put_log_events(**group, logStreamName="one", logEvents=[event])
    found = search(everything(scene.stack), [secret])
    logs.delete_log_group(**group)

    assert found == [Found(where="log /planted", canary=secret)]


def test_the_search_finds_an_item_that_was_planted_in_a_table(scene: Scene) -> None:
    secret, table = scene.secrets[0], scene.stack.outputs["PayloadTable"]
    key = {"pk": {"S": "planted"}, "sk": {"S": "planted"}}

    scene.stack.client("dynamodb").put_item(TableName=table, Item={**key, "body": {"B": f"x{secret}x".encode()}})
    found = search(everything(scene.stack), [secret])
    scene.stack.client("dynamodb").delete_item(TableName=table, Key=key)

    assert found == [Found(where=f"table {table}", canary=secret)]


def kind_of(canary: str) -> str:
    return "-".join(canary.split("-")[-3:-1])
