"""Secrets that can be told from anything else, and a search for them in every place where the stack keeps something.

A canary is a plain word: it does not look like a token, so that redaction by looks cannot save what leaked.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from local.alarms import messages_by_queue
from local.stack import Stack
from tests.simulators.serving import Request, Response, Simulator

_LETTERS = "abcdefghij"
_TOKENS = re.compile(rb'"(access_token|refresh_token)":\s*"([^"]+)"')
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")


def word(name: str, number: int = 0) -> str:
    """`wren-client-secret-aab`, without a digit in it."""
    return f"wren-{name}-" + "".join(_LETTERS[int(digit)] for digit in f"{number:03d}")


@dataclass(kw_only=True)
class Disguise:
    """Stands before a vendor and gives its secrets and tokens other names: outside they are canaries."""

    behind: Simulator
    name: str
    secrets: Mapping[str, str]
    """The vendor's own -> the canary."""
    known: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.known = {canary: own for own, canary in self.secrets.items()}

    @property
    def canaries(self) -> list[str]:
        return sorted(self.known)

    def handle(self, request: Request) -> Response:
        headers = {name: self._undone(value) for name, value in request.headers.items()}
        body = self._undone(request.body.decode(errors="replace")).encode() if self._is_form(request) else request.body
        response = self.behind.handle(replace(request, headers=headers, body=body))
        return replace(response, body=_TOKENS.sub(self._disguised, response.body))

    def _is_form(self, request: Request) -> bool:
        return "token" in request.path

    def _undone(self, text: str) -> str:
        for canary, own in self.known.items():
            text = text.replace(canary, own)
        return text

    def _disguised(self, found: re.Match[bytes]) -> bytes:
        kind, own = found[1].decode(), found[2].decode()
        canary = next((canary for canary, known in self.known.items() if known == own), None)
        canary = canary or word(f"{self.name}-{kind.replace('_', '-')}", len(self.known))
        self.known[canary] = own
        return f'"{kind}": "{canary}"'.encode()


@dataclass(frozen=True, kw_only=True)
class Found:
    where: str
    canary: str


def search(places: Iterable[tuple[str, str]], canaries: Iterable[str]) -> list[Found]:
    """Each canary in each place, also where it hides behind base64."""
    wanted = list(canaries)
    return [
        Found(where=where, canary=canary)
        for where, text in places
        for shown in [text + " ".join(_decoded(text))]
        for canary in wanted
        if canary in shown
    ]


def everything(stack: Stack) -> Iterator[tuple[str, str]]:
    """Every place but the secret store, with its text."""
    yield from _logs(stack)
    yield from _messages(stack)
    yield from _tables(stack)
    yield from _objects(stack)
    yield from _settings(stack)


def secret_store(stack: Stack) -> Iterator[tuple[str, str]]:
    client = stack.client("secretsmanager")
    for page in client.get_paginator("list_secrets").paginate():
        for secret in page["SecretList"]:
            for version in client.list_secret_version_ids(SecretId=secret["Name"], IncludeDeprecated=True)["Versions"]:
                value = client.get_secret_value(SecretId=secret["Name"], VersionId=version["VersionId"])
                yield f"secret {secret['Name']}", value.get("SecretString", "")


def _logs(stack: Stack) -> Iterator[tuple[str, str]]:
    client = stack.client("logs")
    for groups in client.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                for event in page["events"]:
                    yield f"log {group['logGroupName']}", event["message"]


def _messages(stack: Stack) -> Iterator[tuple[str, str]]:
    for queue, messages in messages_by_queue(stack.port).items():
        for message in messages:
            yield f"queue {queue}", json.dumps(message)


def _tables(stack: Stack) -> Iterator[tuple[str, str]]:
    client = stack.client("dynamodb")
    for table in client.list_tables()["TableNames"]:
        for page in client.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                yield f"table {table}", json.dumps(item, default=_bytes)


def _objects(stack: Stack) -> Iterator[tuple[str, str]]:
    client, bucket = stack.client("s3"), stack.outputs["PayloadBucket"]
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            yield f"object {entry['Key']}", _bytes(client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())


def _settings(stack: Stack) -> Iterator[tuple[str, str]]:
    """What the stack was deployed with, and what was made beside it."""
    for each in stack.client("lambda").list_functions()["Functions"]:
        yield f"environment of {each['FunctionName']}", json.dumps(each.get("Environment", {}))
    described = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    yield "parameters and outputs", json.dumps([described.get("Parameters"), described["Outputs"]])
    scheduler = stack.client("scheduler")
    for entry in scheduler.list_schedules()["Schedules"]:
        full = scheduler.get_schedule(GroupName=entry["GroupName"], Name=entry["Name"])
        yield f"schedule {entry['Name']}", json.dumps(full, default=str)


def _bytes(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | bytearray) else str(value)


def _decoded(text: str) -> Iterator[str]:
    """What stands behind anything that could be base64, at any depth of it."""
    for run in _BASE64.findall(text):
        for decode in (base64.b64decode, base64.urlsafe_b64decode):
            try:
                inner = decode(run + "=" * (-len(run) % 4)).decode("latin-1")
            except (binascii.Error, ValueError):
                continue
            yield inner
            yield from _decoded(inner)
            break
