"""PostingQueue -> pipeline.posting: carry planned postings to their target systems."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {}
