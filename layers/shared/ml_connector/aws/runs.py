"""Calls the poller at once, with the input that its schedule would send, and waits for no answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ml_connector.aws.resources import Resources
from ml_connector.domain.identity import FlowId

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaRuns:
    def __init__(self, lambda_: LambdaClient, resources: Resources) -> None:
        self._lambda = lambda_
        self._function = resources.poller_function_arn

    def start(self, flow: FlowId, *, run_id: str, full: bool = False, actor: str = "ml-connector") -> None:
        body = {"flow": str(flow), "run_id": run_id, "full": full, "actor": actor}
        self._lambda.invoke(FunctionName=self._function, InvocationType="Event", Payload=json.dumps(body).encode())
