"""A schedule -> what falls due: waiting rows, released holds, early token refresh, the gauges behind the alarms."""

from typing import Any

from ml_connector.runtime import handling, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with wiring.invocation("upkeep", context) as services:
        return handling.keep_up(context, services)
