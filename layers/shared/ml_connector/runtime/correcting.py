"""A person's corrections through the API: roll back, replay, put aside, let the source win. The plan comes first.

The console's function has no credentials of any system. So the target is not asked here: the posting worker asks it
before it writes, and holds with the reason what it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import RecordId
from ml_connector.pipeline.correcting.aside import set_aside
from ml_connector.pipeline.correcting.replay import Replay
from ml_connector.pipeline.correcting.resolve import Resolving, Side
from ml_connector.pipeline.correcting.rollback import Rollback
from ml_connector.pipeline.correcting.selection import Selection, rows_of
from ml_connector.pipeline.reporting.history import where_is
from ml_connector.runtime.wiring import Services

MOST_AT_ONCE = 200
"""Records of one request: it ends within the API's 30 seconds."""


def rollbacks(services: Services, tenant: str, body: Mapping[str, Any], actor: str) -> tuple[int, Any]:
    """{"record" | "flow", "month" | "run", "reason", "yes"}: the plan; with "yes", what was begun."""
    chosen = _chosen(services, tenant, body)
    rollback = Rollback(services.ports, services.catalog, None)
    plan = rollback.plan(chosen)
    if body.get("yes") is not True:
        return 200, plan
    return 202, rollback.carry_out(plan, actor=actor, reason=_text(body, "reason"))


def replays(services: Services, tenant: str, body: Mapping[str, Any], actor: str) -> tuple[int, Any]:
    """{"record" | "flow", "month", "yes"}: the plan; with "yes", the run that was begun."""
    replay = Replay(services.ports, services.catalog, None)
    plan = replay.plan(_chosen(services, tenant, {**body, "run": None}))
    if body.get("yes") is not True:
        return 200, {"flows": plan}
    run_id, sent = replay.carry_out(plan, services.releaser, actor=actor)
    return 202, {"run_id": run_id, "sent": sent, "flows": plan}


def set_asides(services: Services, tenant: str, body: Mapping[str, Any], actor: str) -> tuple[int, Any]:
    """{"record", "reason"}."""
    record = _record(services, tenant, _text(body, "record"))
    row = set_aside(services.ports, record, actor=actor, reason=_text(body, "reason"))
    return 200, {"record": str(record), "state": row.state}


def resolutions(services: Services, tenant: str, body: Mapping[str, Any], actor: str) -> tuple[int, Any]:
    """{"record", "take": "source", "reason"}. To keep the target's side it must be read, which is not done here."""
    if body.get("take") != Side.SOURCE.value:
        text = 'only "source" is taken here; to keep the target\'s side: ml-connector resolve <record> --take target'
        raise SettingsError(text, setting="take")
    record = _record(services, tenant, _text(body, "record"))
    reason = _text(body, "reason") if "reason" in body else None
    row = Resolving(services.ports, services.systems).resolve(record, Side.SOURCE, actor=actor, reason=reason)
    return 202, {"record": str(record), "state": row.state}


CORRECTIONS: Mapping[str, Callable[[Services, str, Mapping[str, Any], str], tuple[int, Any]]] = {
    "rollbacks": rollbacks,
    "replays": replays,
    "set-asides": set_asides,
    "resolutions": resolutions,
}


def _chosen(services: Services, tenant: str, body: Mapping[str, Any]) -> Selection:
    run = _text(body, "run") if body.get("run") is not None else None
    if body.get("record") is not None:
        return Selection(records=(_record(services, tenant, _text(body, "record")),), run=run)
    wanted = body.get("flow")
    flows = [flow.id for flow in services.ports.connections.flows(tenant)]
    meant = [flow for flow in flows if wanted in (str(flow), flow.flow)] if wanted is not None else flows if run else []
    if not meant:
        raise SettingsError("name a record, a flow of this tenant, or a run", setting="flow")
    month = _text(body, "month") if body.get("month") is not None else None
    chosen = Selection(flows=tuple(meant), month=month, run=run)
    for number, _ in enumerate(rows_of(services.ports, chosen), start=1):
        if number > MOST_AT_ONCE:
            text = f"more than {MOST_AT_ONCE} records at once are for the command line"
            raise SettingsError(text, setting="flow")
    return chosen


def _record(services: Services, tenant: str, text: str) -> RecordId:
    found = where_is(services.ports, tenant, text)
    if len(found) != 1:
        listed = ", ".join(str(one.record) for one in found) or "none"
        raise SettingsError(f"{len(found)} records of {tenant} are meant by {text!r}: {listed}", setting="record")
    return found[0].record


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise SettingsError("give it as text of at most 500 characters", setting=name)
    return value
