"""A schedule -> both dead-letter queues: give each record its visible state, and leave it redrivable."""

from typing import Any

from ml_connector.runtime import handling, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with wiring.invocation("dead-letters", context) as services:
        return handling.note_dead_letters(context, services)
