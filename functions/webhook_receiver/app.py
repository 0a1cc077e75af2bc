"""POST /in/{system}/{registration} -> pipeline.ingest: verify what a system pushes, queue it, answer."""

from typing import Any

from ml_connector.runtime import door, receiving


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return receiving.answer_push(event, door.opened(context))
