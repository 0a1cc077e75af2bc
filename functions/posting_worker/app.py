"""PostingQueue -> pipeline.posting: carry planned postings to their target systems."""

from typing import Any

from ml_connector.runtime import handling, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One bad message is ordinary: it alone goes back to the queue, the rest of the delivery stands."""
    with wiring.invocation("posting-worker", context) as services:
        return handling.post(event, context, services)
