"""FreshBooks as seen from outside: OAuth, bills, bill vendors, their payments, categories and the chart of accounts."""

from tests.simulators.freshbooks.people import Application, Business, Identity
from tests.simulators.freshbooks.simulator import FreshBooksSimulator
from tests.simulators.freshbooks.switches import (
    CategoryShape,
    DeletedRead,
    FieldOrder,
    IdStyle,
    LinesUpdate,
    PaidBill,
    RateLimit,
    Switches,
    TooMany,
    Unique,
)

__all__ = [
    "Application",
    "Business",
    "CategoryShape",
    "DeletedRead",
    "FieldOrder",
    "FreshBooksSimulator",
    "IdStyle",
    "Identity",
    "LinesUpdate",
    "PaidBill",
    "RateLimit",
    "Switches",
    "TooMany",
    "Unique",
]
