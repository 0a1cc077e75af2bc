"""NoticeQueue -> pipeline.ingest: fetch what a notice names, plan it, queue its postings."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {}
