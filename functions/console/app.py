"""GET and POST /api/... -> console: JSON for tools."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {}
