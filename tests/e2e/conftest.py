"""The deployed stack with both vendors beside it and one tenant onboarded: what the stories start from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from local.lab import INVOICES, SUPPLIERS, TENANT, Lab
from local.stack import Stack
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.freshbooks.control import Controlled as ControlledFreshBooks
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.jaggaer.control import Controlled as ControlledJaggaer
from tests.simulators.serving import serve


@dataclass(kw_only=True)
class Installation:
    """`jaggaer` and `freshbooks` are the simulators themselves: look into them, and play the people there."""

    lab: Lab
    jaggaer: JaggaerSimulator
    freshbooks: FreshBooksSimulator

    def run(self, flow: str, *, full: bool = False) -> None:
        """Run the flow through API Gateway, and wait until nothing of it is under way."""
        before = self.finished(flow)
        status, answer = self.lab.stack.call("POST", f"/api/{TENANT}/runs", {"flow": flow, "full": full})
        assert status == 202, answer
        wait(lambda: self.finished(flow) != before and not self.busy(flow))

    def finished(self, flow: str) -> str | None:
        _, overview = self.lab.stack.call("GET", f"/api/{TENANT}/overview")
        return next(each.get("last_finished") for each in overview["flows"] if each["id"]["flow"] == flow)

    def states(self, flow: str) -> dict[str, int]:
        _, flows = self.lab.stack.call("GET", f"/api/{TENANT}/states")
        states = [state for each in flows if each["flow"]["flow"] == flow for state in each.get("states", [])]
        return {state["state"]: state["records"] for state in states}

    def busy(self, flow: str) -> bool:
        states = self.states(flow)
        return bool(self.queued() or states.get("planned") or states.get("posting"))

    def queued(self) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        urls = [self.lab.stack.outputs[name] for name in ("NoticeQueueUrl", "PostingQueueUrl")]
        sqs = self.lab.stack.client("sqs")
        answers = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        return sum(int(answer[name]) for answer in answers for name in names)

    def record(self, number: str) -> dict[str, Any]:
        status, found = self.lab.stack.call("GET", f"/api/{TENANT}/records/{number}")
        assert status == 200, found
        story: dict[str, Any] = found[0]
        return story


def wait[Got](what: Callable[[], Got], *, seconds: float = 90) -> Got:
    """The first truthy answer. Waits for the engine, never asserts how fast it is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if got := what():
            return got
        time.sleep(0.3)
    pytest.fail(f"nothing came of it in {seconds:.0f} s")


@pytest.fixture(scope="session")
def installation(deployed: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    jaggaer, freshbooks = JaggaerSimulator(), FreshBooksSimulator()
    jaggaer.load_invented()
    with ExitStack() as stack:
        urls = {
            "jaggaer": stack.enter_context(serve(ControlledJaggaer(jaggaer))),
            "freshbooks": stack.enter_context(serve(ControlledFreshBooks(freshbooks))),
        }
        lab = Lab(stack=deployed, urls=urls, folder=tmp_path_factory.mktemp("lab"))
        lab.cli("onboard", str(lab.onboarding()))
        yield Installation(lab=lab, jaggaer=jaggaer, freshbooks=freshbooks)


__all__ = ["INVOICES", "SUPPLIERS", "Installation", "wait"]
