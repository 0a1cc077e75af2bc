"""The template, built and deployed onto the embedded engine by the SAM CLI: the same two commands as for AWS."""

from __future__ import annotations

import fcntl
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.engine import BIN, LOCAL, REGION, ROOT, ROOT_USER, client, endpoint_of, environment

NAME = "ml-connector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The deployed stack: what it is called, what it offers, and how long building and deploying it took."""

    port: int
    name: str
    outputs: Mapping[str, str]
    build_seconds: float
    deploy_seconds: float

    @property
    def base_url(self) -> str:
        return base_url(self.port, self.outputs["ApiId"])

    @property
    def environment(self) -> dict[str, str]:
        """For a command that is to work on this stack, such as the project's own."""
        return environment(self.port) | {"STACK_NAME": self.name}

    def client(self, service: str) -> Any:
        return client(service, self.port)

    def invoke(self, function: str, event: object) -> Any:
        """Call a function by its logical name without `Function`, and give its answer. Raises what it raised."""
        answer = self.client("lambda").invoke(
            FunctionName=self.outputs[f"{function}FunctionArn"], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionFailedError(f"{function}: {payload}")
        return payload

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Call the API as an AWS user would, signed; gives the status and the JSON answer."""
        return _signed_call(method, self.base_url + path, body)


class FunctionFailedError(Exception):
    """A function raised; the engine's words."""


def deploy(port: int, *, name: str = NAME) -> Stack:
    """Build what changed and deploy it. One at a time per checkout: the build folder is shared."""
    with _turn():
        started = time.monotonic()
        _sam(port, "build")
        built = time.monotonic()
        _sam(port, "deploy", "--stack-name", name)
        deployed = time.monotonic()
    made = Stack(
        port=port,
        name=name,
        outputs=outputs(port, name=name),
        build_seconds=built - started,
        deploy_seconds=deployed - built,
    )
    _knock(made)
    return made


def found(port: int, *, name: str = NAME) -> Stack:
    """The stack that is deployed there already."""
    return Stack(port=port, name=name, outputs=outputs(port, name=name), build_seconds=0, deploy_seconds=0)


def outputs(port: int, *, name: str = NAME) -> dict[str, str]:
    stacks = client("cloudformation", port).describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def base_url(port: int, api_id: str) -> str:
    return f"{endpoint_of(port)}/_aws/execute-api/{api_id}/%24default"


def _sam(port: int, *arguments: str) -> None:
    command = [str(BIN / "sam"), *arguments, "--config-env", "local"]
    done = subprocess.run(command, cwd=ROOT, env=environment(port), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"sam {' '.join(arguments)} failed\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def _knock(made: Stack) -> None:
    """The door's first start can take longer on a busy laptop than a ping waits for its answer, a 404 this time."""
    try:
        urllib.request.urlopen(f"{made.base_url}/in/freshbooks/{'0' * 32}", data=b"", timeout=60).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()


@contextmanager
def _turn() -> Iterator[None]:
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _signed_call(method: str, url: str, body: object) -> tuple[int, Any]:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    data = None if body is None else json.dumps(body).encode()
    request = AWSRequest(method=method, url=url, data=data, headers={"content-type": "application/json"})
    user = Credentials(ROOT_USER["AWS_ACCESS_KEY_ID"], ROOT_USER["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(user, "execute-api", REGION).add_auth(request)
    sent = urllib.request.Request(url, data=data, headers=dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(sent, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refusal:
        text = refusal.read()
        try:
            return refusal.code, json.loads(text)
        except ValueError:
            return refusal.code, text.decode(errors="replace")
