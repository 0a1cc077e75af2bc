"""Jira's own description of its API, if it is there: whether a request is one that it allows.

It is not part of the project: ML_SHARED names the folder that holds `contracts/`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.simulators.serving import Request

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DESCRIPTION = SHARED / "contracts" / "jira-cloud-v3.openapi.json"
API = "/rest/api/3"

needs_description = pytest.mark.skipif(
    not DESCRIPTION.is_file(),
    reason=f"Jira's description is not at {DESCRIPTION}: set ML_SHARED to the folder that holds contracts/",
)


def problems(request: Request) -> list[str]:
    """What the description does not allow of this request; nothing where all is well."""
    path = request.path[request.path.index(API) :]
    template, operation = _operation(request.method, path)
    where = f"{request.method} {template}"
    return [f"{where}: {problem}" for problem in (*_of_query(operation, request), *_of_body(operation, request))]


def _of_query(operation: dict[str, Any], request: Request) -> Iterator[str]:
    known = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
    given = dict(request.query)
    yield from (f"no query parameter {name}" for name in given if name not in known)
    yield from (f"{name} is required" for name, each in known.items() if each.get("required") and name not in given)
    for name, text in given.items():
        schema = known.get(name, {}).get("schema", {})
        if (kind := schema.get("type")) and not _is(kind, text):
            yield f"{name}={text} is no {kind}"
        if (choices := schema.get("enum")) and text not in map(str, choices):
            yield f"{name}={text} is none of {choices}"


def _is(kind: str, text: str) -> bool:
    return {"integer": text.lstrip("-").isdecimal(), "boolean": text in ("true", "false")}.get(kind, True)


def _of_body(operation: dict[str, Any], request: Request) -> Iterator[str]:
    wanted = operation.get("requestBody")
    if wanted is None or not request.body:
        if request.body:
            yield "takes no body"
        if wanted is not None and wanted.get("required"):
            yield "needs a body"
        return
    schema = wanted["content"]["application/json"].get("schema", {})
    whole = {"allOf": [schema], "components": _description()["components"]}
    for error in jsonschema.Draft4Validator(whole).iter_errors(json.loads(request.body)):
        yield f"{error.json_path}: {error.message}"


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The operation whose path fits with the fewest places for ids."""
    fitting = [
        (template, operations[method.lower()])
        for template, operations in _description()["paths"].items()
        if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    assert fitting, f"there is no {method} {path} in the description"
    return min(fitting, key=lambda found: str(found[0]).count("{"))


@cache
def _description() -> dict[str, Any]:
    return dict(json.loads(DESCRIPTION.read_text()))
