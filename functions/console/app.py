"""GET and POST /api/... -> console: JSON for tools."""

from typing import Any

from ml_connector.runtime import api, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with wiring.invocation("console", context) as services:
        return api.answer_api(event, services)
