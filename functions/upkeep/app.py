"""A schedule -> what falls due: waiting rows, released holds, early token refresh."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {}
