"""Jira's own description of its API, if it is there: which answers it allows to each call.

It is not part of the project: ML_SHARED names the folder that holds `contracts/`.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.simulators.serving import Response

SHARED = Path(os.environ.get("ML_SHARED", Path(__file__).resolve().parents[4] / "shared"))
DESCRIPTION = SHARED / "contracts" / "jira-cloud-v3.openapi.json"

needs_description = pytest.mark.skipif(
    not DESCRIPTION.is_file(),
    reason=f"Jira's description is not at {DESCRIPTION}: set ML_SHARED to the folder that holds contracts/",
)

LISTS_IN_TRUTH = {("GET", "/rest/api/3/issue/{issueIdOrKey}/remotelink")}
"""The schema has one link, the example a list; a list it is."""


def problems(method: str, path: str, response: Response) -> list[str]:
    """What the description does not allow of this answer; nothing where all is well."""
    name, operation = _operation(method, path)
    allowed = operation["responses"].get(str(response.status))
    if allowed is None:
        return [f"{method} {name} may not answer {response.status}"]
    schema = allowed.get("content", {}).get("application/json", {}).get("schema")
    if not schema or not response.body or (method, name) in LISTS_IN_TRUTH:
        return []
    whole = {"allOf": [schema], "components": _description()["components"]}
    errors = jsonschema.Draft4Validator(whole).iter_errors(json.loads(response.body))
    return [f"{method} {name} {error.json_path}: {error.message}" for error in errors]


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
