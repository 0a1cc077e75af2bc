"""Jira Cloud: issues and worklogs over its REST API. `CONNECTOR` is what the rest may know of it.

It is imported at its first use: the webhook receiver reads `webhook.py` alone, and pays for no client and no models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ml_connector.connectors.jira.connector import CONNECTOR

__all__ = ["CONNECTOR"]


def __getattr__(name: str) -> Any:
    if name != "CONNECTOR":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ml_connector.connectors.jira.connector import CONNECTOR

    return CONNECTOR
