"""`template.yaml` as plain data: CloudFormation's tags become their long forms, `!Ref X` -> `{"Ref": "X"}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's tags."""


def _tagged(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _tagged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    name: str
    type: str
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.body.get("Properties", {})
        return properties

    @property
    def role(self) -> str:
        """The logical id without its kind: `PostingWorkerFunction` -> `PostingWorker`."""
        return self.name.removesuffix(self.type.rsplit("::", 1)[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    owner: str
    sid: str
    body: dict[str, Any] = field(hash=False)

    @property
    def actions(self) -> list[str]:
        """Those of a condition too, whether it holds or not."""
        return [action for entry in as_list(self.body["Action"]) for action in _either(entry)]

    @property
    def resources(self) -> list[Any]:
        return as_list(self.body.get("Resource", []))

    def __str__(self) -> str:
        return f"{self.owner}/{self.sid}"


def _either(entry: Any) -> list[str]:
    """A plain entry, or both sides of an `If` without the side that is no value."""
    if isinstance(entry, dict):
        return [side for side in entry["Fn::If"][1:] if isinstance(side, str)]
    return [entry]


@cache
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506  a SafeLoader
    return loaded


def resources(*types: str) -> list[Resource]:
    """All resources, or those whose type ends so: `resources("SQS::Queue")`."""
    every = (Resource(name=name, type=body["Type"], body=body) for name, body in template()["Resources"].items())
    return [each for each in every if not types or each.type.endswith(types)]


def resource(name: str) -> Resource:
    return next(each for each in resources() if each.name == name)


def functions() -> list[Resource]:
    return resources("Serverless::Function")


def queues() -> list[Resource]:
    """The queues that do work, without the dead-letter queues."""
    return [queue for queue in resources("SQS::Queue") if not queue.name.endswith("DeadLetterQueue")]


def dead_letter_queues() -> list[Resource]:
    return [queue for queue in resources("SQS::Queue") if queue.name.endswith("DeadLetterQueue")]


def alarms(*, metric: str | None = None, of: str | None = None) -> list[Resource]:
    """The alarms, those on one metric, those whose dimensions name one resource."""
    return [
        alarm
        for alarm in resources("CloudWatch::Alarm")
        if (metric is None or alarm.properties["MetricName"] == metric)
        and (of is None or of in names_in(alarm.properties.get("Dimensions", [])))
    ]


def sqs_events(function: Resource) -> list[dict[str, Any]]:
    return [event["Properties"] for event in function.properties.get("Events", {}).values() if event["Type"] == "SQS"]


def environment(function: Resource) -> dict[str, Any]:
    variables: dict[str, Any] = function.properties.get("Environment", {}).get("Variables", {})
    return variables


def default(value: Any) -> Any:
    """A literal as it is, a parameter by its default."""
    return template()["Parameters"][value["Ref"]]["Default"] if isinstance(value, dict) else value


def statements() -> list[Statement]:
    """Every statement of every policy in the template, whoever it belongs to."""
    return [statement for each in resources() for statement in statements_in(each)]


def statements_in(each: Resource) -> Iterator[Statement]:
    for document in _documents(each.properties):
        for body in document["Statement"]:
            yield Statement(owner=each.name, sid=body.get("Sid", "-"), body=body)


def statements_for(function: Resource) -> list[Statement]:
    """What a function may do: its own statements and those of the managed policies it names."""
    named = [policy["Ref"] for policy in function.properties.get("Policies", []) if "Ref" in policy]
    owners = [function, *(resource(name) for name in named)]
    return [statement for owner in owners for statement in statements_in(owner)]


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Statement" in value:
            yield value
        for inner in value.values():
            yield from _documents(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _documents(inner)


def names_in(value: Any) -> set[str]:
    """The logical ids that a value refers to, by Ref, GetAtt or Sub."""
    return {name for name in _references(value) if name in template()["Resources"]}


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)", text)
        case dict():
            for inner in value.values():
                yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)


def text_of(value: Any) -> str:
    return str(value["Fn::Sub"]) if isinstance(value, dict) else str(value)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def by_name(each: Resource) -> str:
    """A parametrised test's id."""
    return each.name
