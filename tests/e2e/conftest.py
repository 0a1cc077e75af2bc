"""The deployed stack with both vendors beside it and a tenant onboarded: what the stories start from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from local.lab import INVOICES, SUPPLIERS, Lab, onboarding_document
from local.stack import Stack
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.logs import QuietLog
from ml_connector.runtime.settings import from_outputs
from ml_connector.runtime.wiring import Services
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.freshbooks.control import Controlled as ControlledFreshBooks
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.jaggaer.control import Controlled as ControlledJaggaer
from tests.simulators.jira import JiraSimulator
from tests.simulators.jira.control import Controlled as ControlledJira
from tests.simulators.serving import Request, Response, Simulator, serve

NEVER = "cron(0 3 1 1 ? *)"
EVERY_MINUTE = "cron(* * * * ? *)"
SUPPLIER = "0004510"
SETTLE_SECONDS = 2
"""The simulator lists a bill at once; nobody waits here for what FreshBooks itself may need."""


class Gate:
    """Stands before a simulator and, once shut, keeps the answer to the next bill back: the bill is made by then."""

    def __init__(self, behind: Simulator) -> None:
        self._behind = behind
        self._shut = False
        self.reached, self._open = Event(), Event()

    def shut(self) -> None:
        self._shut = True

    def open(self) -> None:
        self._open.set()

    def handle(self, request: Request) -> Response:
        response = self._behind.handle(request)
        if self._shut and request.method == "POST" and request.path.endswith("/bills/bills"):
            self._shut = False
            self.reached.set()
            self._open.wait(timeout=60)
        return response


@dataclass(kw_only=True)
class Installation:
    """`jaggaer`, `freshbooks` and `jira` are the simulators themselves: look into them, and play the people there."""

    lab: Lab
    jaggaer: JaggaerSimulator
    freshbooks: FreshBooksSimulator
    gate: Gate
    jira: JiraSimulator = field(default_factory=JiraSimulator)

    # through API Gateway

    def get(self, what: str) -> Any:
        status, answer = self.lab.stack.call("GET", f"/api/{self.lab.tenant}/{what}")
        assert status == 200, answer
        return answer

    def run(self, flow: str, *, full: bool = False) -> None:
        """Run the flow, and wait until nothing of it is under way."""
        before = self.finished(flow)
        self.start(flow, full=full)
        wait(lambda: self.finished(flow) != before and not self.busy(flow))

    def start(self, flow: str, *, full: bool = False) -> None:
        status, answer = self.lab.stack.call("POST", f"/api/{self.lab.tenant}/runs", {"flow": flow, "full": full})
        assert status == 202, answer

    def finished(self, flow: str) -> Any:
        return next(each.get("last_finished") for each in self.get("overview")["flows"] if each["id"]["flow"] == flow)

    def states(self, flow: str) -> dict[str, int]:
        states = [
            state for each in self.get("states") if each["flow"]["flow"] == flow for state in each.get("states", [])
        ]
        return {state["state"]: state["records"] for state in states}

    def busy(self, flow: str) -> bool:
        return bool(self.queued() or self.states(flow).keys() & {"planned", "posting", "in_doubt"})

    def queued(self) -> int:
        """Messages of every tenant, those in flight included."""
        return sum(messages_in(self.lab.stack, queue) for queue in ("NoticeQueueUrl", "PostingQueueUrl"))

    def record(self, number: str) -> dict[str, Any]:
        """Where a document is, by either number: its one story."""
        [story] = self.get(f"records/{number.replace('/', '%2F')}")
        assert isinstance(story, dict)
        return story

    def state(self, number: str) -> str:
        return str(self.record(number)["state"])

    def known(self, number: str) -> bool:
        status, _ = self.lab.stack.call("GET", f"/api/{self.lab.tenant}/records/{number}")
        return status == 200

    def comes_to(self, number: str, state: str) -> None:
        """Waits until the document is in that state."""
        wait(lambda: self.known(number) and self.state(number) == state, why=lambda: self.told(number))

    def told(self, number: str) -> str:
        return json.dumps(self.record(number), indent=1) if self.known(number) else f"{number} is not known"

    # at the vendors

    def add_invoice(self, number: str, price: str = "120.00", **more: Any) -> int:
        """An approved invoice of one line, by a supplier that is a vendor already unless said otherwise."""
        line = {"description": f"For {number}", "quantity": 1, "unitPrice": price, "account": "600100"}
        made = self.jaggaer.add_invoice(number=number, **{"supplier": SUPPLIER, "lines": [line], **more})
        return int(made["header"]["invoiceId"])

    def bills(self, number: str) -> list[dict[str, Any]]:
        """What FreshBooks lists under a number: one, where all went well."""
        return [bill for bill in self.freshbooks.bills if bill["bill_number"] == number]

    # in the stack's own rooms

    def upkeep(self) -> None:
        """Its minute has come."""
        self.lab.stack.invoke("Upkeep", {})

    def flow(self, flow: str) -> FlowId:
        return FlowId(tenant=self.lab.tenant, flow=flow, source="jaggaer", target="freshbooks")

    def record_of(self, invoice_id: int) -> RecordId:
        return RecordId(flow=self.flow(INVOICES), external_id=str(invoice_id))

    @cached_property
    def services(self) -> Services:
        """The product's own, to look into the stores with."""
        stack = self.lab.stack
        return Services(from_outputs(stack.outputs), StackClients(stack), QuietLog())


class StackClients(Clients):
    """The stack's clients, whatever AWS account this process's environment names."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self._stack = stack

    def make(self, service: str) -> Any:
        return self._stack.client(service)


def messages_in(stack: Stack, queue: str) -> int:
    names: Any = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack.outputs[queue], AttributeNames=names)
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)


def wait[Got](
    what: Callable[[], Got], *, seconds: float = 90, why: Callable[[], object] = lambda: "nothing more is known"
) -> Got:
    """The first truthy answer. Waits for the engine, never asserts how fast it is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if got := what():
            return got
        time.sleep(0.3)
    pytest.fail(f"nothing came of it in {seconds:.0f} s: {why()}")


@contextmanager
def installed(
    stack: Stack, tenant: str, folder: Path, *, suppliers_run: str = NEVER, invented: bool = True
) -> Iterator[Installation]:
    """A tenant with simulators of its own; in JAGGAER the invented set, or one supplier. Stands still when left.

    Jira is there, and nobody has connected it.
    """
    jaggaer, freshbooks, jira = JaggaerSimulator(), FreshBooksSimulator(seed=tenant), JiraSimulator(seed=tenant)
    if invented:
        jaggaer.load_invented()
    else:
        jaggaer.add_supplier(number=SUPPLIER, name="Harrowpike Laboratory Supply")
    gate = Gate(ControlledFreshBooks(freshbooks))
    with ExitStack() as serving:
        urls = {
            "jaggaer": serving.enter_context(serve(ControlledJaggaer(jaggaer))),
            "freshbooks": serving.enter_context(serve(gate)),
            "jira": serving.enter_context(serve(ControlledJira(jira))),
        }
        lab = Lab(stack=stack, urls=urls, folder=folder, tenant=tenant)
        wanted = onboarding_document(lab)
        wanted["connections"]["freshbooks"]["settings"]["settle_seconds"] = SETTLE_SECONDS
        for flow, cadence in zip(wanted["flows"], (suppliers_run, NEVER), strict=True):
            flow["cadence"] = cadence
        file = folder / "onboarding.json"
        file.write_text(json.dumps(wanted))
        lab.cli("onboard", str(file))
        yield Installation(lab=lab, jaggaer=jaggaer, freshbooks=freshbooks, gate=gate, jira=jira)
        lab.cli("pause", "jaggaer")
        lab.cli("pause", "freshbooks")


@pytest.fixture(scope="module")
def installation(
    request: pytest.FixtureRequest, deployed: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One for each file of tests, under a tenant of its name: test_story's is `story`.

    A file may say SUPPLIERS_RUN and INVENTED for what `installed` takes.
    """
    tenant = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
    cadence = getattr(request.module, "SUPPLIERS_RUN", NEVER)
    invented = getattr(request.module, "INVENTED", True)
    folder = tmp_path_factory.mktemp("lab")
    with installed(deployed, tenant, folder, suppliers_run=cadence, invented=invented) as made:
        yield made


__all__ = ["EVERY_MINUTE", "INVOICES", "SUPPLIERS", "Installation", "installed", "messages_in", "wait"]
