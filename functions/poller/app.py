"""A schedule, or "now" -> pipeline.ingest: read what changed in one connection, for one flow."""

from typing import Any

from ml_connector.runtime import handling, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The event is {"flow": flow id}, with "full", "run_id" and "actor" where a person asked."""
    with wiring.invocation("poller", context) as services:
        return handling.poll(event, context, services)
