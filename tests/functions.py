"""The entry points as Lambda calls them: environment in, event in, answer out, on an emulated AWS with both vendors."""

from __future__ import annotations

import gc
import importlib.util
import json
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.engine import ROOT
from local.lab import Lab, onboarding_document
from local.stack import Stack
from ml_connector.aws.resources import Resources
from ml_connector.domain.crossreference import CrossReference
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.runtime import document_door, wiring
from tests.contract.ports.emulated import Emulated, client
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.freshbooks.control import Controlled as ControlledFreshBooks
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.jaggaer.control import Controlled as ControlledJaggaer
from tests.simulators.serving import Simulator, serve

TENANT = "acme"
EVENTS = ROOT / "events"
NOBODY = Stack(port=0, name="", outputs={"ApiId": "c0ffee00"}, build_seconds=0, deploy_seconds=0)
_numbers = count(5_000)
_ROLE = {"Version": "2012-10-17", "Statement": []}


class Context:
    """What a handler reads of Lambda's own context."""

    aws_request_id = "8f5b3c1e-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        return 110_000


@dataclass(frozen=True, kw_only=True)
class Functions:
    jaggaer: JaggaerSimulator
    freshbooks: FreshBooksSimulator

    @property
    def services(self) -> wiring.Services:
        return wiring.services()

    def call(self, function: str, event: Any) -> Any:
        return handler(function)(event, Context())

    def row(self, flow: str, external_id: str) -> CrossReference | None:
        return self.services.ports.ledger.get(record_of(flow, external_id))

    def state(self, flow: str, external_id: str) -> str:
        row = self.row(flow, external_id)
        return "unknown" if row is None else row.state.value


def record_of(flow: str, external_id: str) -> RecordId:
    whole = FlowId(tenant=TENANT, flow=flow, source="jaggaer", target="freshbooks")
    return RecordId(flow=whole, external_id=external_id)


def event(name: str) -> Any:
    """`posting_worker/two_hints`, as it stands in `events/`."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def handler(function: str) -> Any:
    """Each `app.py` by its path: they all have the one name that Lambda knows."""
    spec = importlib.util.spec_from_file_location(f"app_of_{function}", ROOT / "functions" / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.lambda_handler


@contextmanager
def functions_on_moto(folder: Path) -> Iterator[Functions]:
    """One tenant is onboarded, with the invented set in JAGGAER and one vendor in FreshBooks."""
    jaggaer, freshbooks = JaggaerSimulator(), FreshBooksSimulator()
    jaggaer.load_invented()
    freshbooks.add_vendor(name="Harrowpike Laboratory Supply", account_number="0004510")
    with ExitStack() as stack:
        stack.enter_context(mock_aws(config={"lambda": {"use_docker": False}}))
        aws = Emulated(numbers=_numbers)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in _variables(aws).items():
            patch.setenv(name, value)
        wiring.services.cache_clear()
        stack.callback(_end_process)
        doors: dict[str, Simulator] = {
            "jaggaer": ControlledJaggaer(jaggaer),
            "freshbooks": ControlledFreshBooks(freshbooks),
        }
        urls = {name: stack.enter_context(serve(door)) for name, door in doors.items()}
        lab = Lab(stack=NOBODY, urls=urls, folder=folder, tenant=TENANT)
        wiring.services().onboarding.onboard(onboarding_document(lab), actor="ann")
        _hang_up()
        yield Functions(jaggaer=jaggaer, freshbooks=freshbooks)


def _end_process() -> None:
    wiring.services.cache_clear()
    document_door.doorway.cache_clear()
    _hang_up()


def _hang_up() -> None:
    """Nobody says goodbye to a vendor: connections end with what opened them, here as in Lambda."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _variables(aws: Emulated) -> dict[str, str]:
    made: Resources = aws.resources()
    dead = {which: aws.sqs.create_queue(QueueName=f"{made.stack}-dead-{which}")["QueueUrl"] for which in ("n", "p")}
    return {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "STAGE": "local",
        "STACK_NAME": made.stack,
        "CONNECTION_TABLE": made.connection_table,
        "CROSS_REFERENCE_TABLE": made.cross_reference_table,
        "AUDIT_TRAIL_TABLE": made.audit_trail_table,
        "MAPPING_TABLE": made.mapping_table,
        "PAYLOAD_TABLE": made.payload_table,
        "PAYLOAD_BUCKET": made.payload_bucket,
        "SEAL_BUCKET": made.seal_bucket,
        "SEAL_KEY_ARN": made.seal_key,
        "NOTICE_QUEUE_URL": made.notice_queue_url,
        "POSTING_QUEUE_URL": made.posting_queue_url,
        "NOTICE_DEAD_LETTER_QUEUE_URL": dead["n"],
        "POSTING_DEAD_LETTER_QUEUE_URL": dead["p"],
        "DATA_KEY_ARN": made.data_key,
        "SECRET_PREFIX": made.secret_prefix,
        "FLOW_SCHEDULE_GROUP": made.schedule_group,
        "FLOW_SCHEDULE_ROLE_ARN": made.schedule_role_arn,
        "POLLER_FUNCTION_ARN": _a_poller(made.stack),
    }


def _a_poller(stack: str) -> str:
    """Something that can be invoked; the emulation answers for it."""
    role = client("iam").create_role(RoleName=f"{stack}-poller", AssumeRolePolicyDocument=json.dumps(_ROLE))
    made: str = client("lambda").create_function(
        FunctionName=f"{stack}-poller",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.lambda_handler",
        Code={"ZipFile": b"nothing is run"},
    )["FunctionArn"]
    return made
