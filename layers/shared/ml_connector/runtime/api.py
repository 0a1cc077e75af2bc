"""JSON for tools, behind API Gateway's own IAM check: what the command line shows, and "run now"."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from ml_connector.domain.codec import encode
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import BadNameError, checked_name
from ml_connector.pipeline.reporting.history import where_is
from ml_connector.pipeline.reporting.holds import tenant_holds
from ml_connector.pipeline.reporting.overview import overview
from ml_connector.pipeline.reporting.totals import tenant_totals
from ml_connector.pipeline.reporting.work import tenant_work
from ml_connector.runtime.correcting import CORRECTIONS
from ml_connector.runtime.wiring import Services

_LONGEST_BODY = 16_384
_LONGEST_NUMBER = 500

_READS: Mapping[str, Callable[[Services, str], Any]] = {
    "overview": lambda services, tenant: overview(services.ports, services.catalog, tenant),
    "holds": lambda services, tenant: tenant_holds(services.ports, tenant),
    "states": lambda services, tenant: tenant_totals(services.ports, tenant),
    "work": lambda services, tenant: tenant_work(services.ports, tenant),
}


class _NotThereError(Exception):
    """What was asked for, and what there is."""


def answer_api(event: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """`/api/<tenant>/<overview|holds|states|work>`, `/api/<tenant>/records/<number>`, POST `/api/<tenant>/runs`, and
    POST `/api/<tenant>/<rollbacks|replays|set-asides|resolutions>` (`runtime/correcting.py`).

    A number may have slashes in it: API Gateway decodes the path before it is handed on.
    """
    method = event["requestContext"]["http"]["method"]
    _, *parts = str(event.get("rawPath", "")).strip("/").split("/", 3)
    try:
        return _json(*_answered(method, [unquote(part) for part in parts], event, services))
    except _NotThereError as error:
        return _json(404, {"error": str(error)})
    except (BadNameError, SettingsError, ValueError) as error:
        return _json(400, {"error": str(error)})


def _answered(method: str, parts: list[str], event: Mapping[str, Any], services: Services) -> tuple[int, Any]:
    match (method, parts):
        case ("GET", [tenant, page]) if page in _READS:
            return 200, _READS[page](services, _known(services, tenant))
        case ("GET", [tenant, "records", *number]) if number:  # it may hold slashes, which the gateway decodes
            return 200, _records(services, _known(services, tenant), "/".join(number))
        case ("POST", [tenant, "runs"]):
            return 202, _run(services, _known(services, tenant), _body(event), event)
        case ("POST", [tenant, correction]) if correction in CORRECTIONS:
            return CORRECTIONS[correction](services, _known(services, tenant), _object(event), _caller(event))
        case _:
            raise _NotThereError("there is no such page; try /api/<tenant>/overview")


def _known(services: Services, tenant: str) -> str:
    if checked_name(tenant, "tenant") not in services.ports.connections.tenants():
        raise _NotThereError(f"there is no tenant {tenant!r}")
    return tenant


def _records(services: Services, tenant: str, number: str) -> Any:
    if len(number) > _LONGEST_NUMBER:
        raise ValueError(f"a document's number is no longer than {_LONGEST_NUMBER} characters")
    if not (found := where_is(services.ports, tenant, number)):
        raise _NotThereError(f"no record of {tenant} has the number {number!r}")
    return found


def _run(services: Services, tenant: str, body: Any, event: Mapping[str, Any]) -> dict[str, Any]:
    """{"flow": a flow id of this tenant, or a flow's name where only one has it, "full": read everything}."""
    wanted = str(body.get("flow", "")) if isinstance(body, dict) else ""
    flows = [flow.id for flow in services.ports.connections.flows(tenant) if wanted in (str(flow.id), flow.id.flow)]
    if len(flows) != 1:
        known = ", ".join(str(flow.id) for flow in services.ports.connections.flows(tenant)) or "none"
        raise SettingsError(f"{len(flows)} flows are meant by {wanted!r}; the tenant's flows: {known}", setting="flow")
    run_id = services.ports.ids.new()
    services.ports.runs.start(flows[0], run_id=run_id, full=body.get("full") is True, actor=_caller(event))
    return {"flow": str(flows[0]), "run_id": run_id}


def _caller(event: Mapping[str, Any]) -> str:
    iam = event["requestContext"].get("authorizer", {}).get("iam", {})
    return str(iam.get("userArn") or "api")


def _body(event: Mapping[str, Any]) -> Any:
    text = event.get("body") or "{}"
    if len(text) > _LONGEST_BODY:
        raise ValueError(f"the body is longer than {_LONGEST_BODY} characters")
    try:
        return json.loads(base64.b64decode(text) if event.get("isBase64Encoded") else text)
    except (RecursionError, ValueError) as error:
        raise ValueError("the body is not JSON") from error


def _object(event: Mapping[str, Any]) -> Mapping[str, Any]:
    body = _body(event)
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    return body


def _json(status: int, body: Any) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps(encode(body)),
    }
