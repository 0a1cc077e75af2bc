"""NoticeQueue -> pipeline.ingest: fetch what a notice names, plan it, queue its postings."""

from typing import Any

from ml_connector.runtime import handling, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One bad message is ordinary: it alone goes back to the queue, the rest of the delivery stands."""
    with wiring.invocation("ingest-worker", context) as services:
        return handling.ingest(event, context, services)
