"""A schedule, or "now" -> pipeline.ingest: read what changed in one connection, for one flow."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {}
