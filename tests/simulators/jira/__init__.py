"""Jira Cloud as seen from outside: issues and what hangs on them, search, webhooks, and both ways to sign in."""

from tests.simulators.jira.people import Application, Place, User
from tests.simulators.jira.simulator import JiraSimulator
from tests.simulators.jira.switches import (
    DeadRefresh,
    Description,
    Expiration,
    Forgery,
    RateLimit,
    Reason,
    Switches,
    TooMany,
)

__all__ = [
    "Application",
    "DeadRefresh",
    "Description",
    "Expiration",
    "Forgery",
    "JiraSimulator",
    "Place",
    "RateLimit",
    "Reason",
    "Switches",
    "TooMany",
    "User",
]
