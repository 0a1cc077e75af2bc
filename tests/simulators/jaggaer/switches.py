"""How this JAGGAER behaves, beyond single faults: what differs between customers, releases and bad days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

INVOICES = "invoices"
SUPPLIERS = "suppliers"
PURCHASE_ORDERS = "purchase orders"
CONTRACTS = "contracts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    token_lifetime_seconds: int = 300
    service_account_off: bool = False  # the token endpoint answers 400 unauthorized_client
    odd_401: bool = False  # the older gateway: no WWW-Authenticate, and a content type that does not parse
    page_cap: int = 100
    total_drift: int = 0  # added to totRecords on every page but the first
    garbage_starts: frozenset[int] = frozenset()  # list pages from these `start`s are an HTML page with 200
    ignore_filter: bool = False  # `flt` is accepted and has no effect
    return_code_as_text: bool = False
    thin_without_comp: bool = False  # suppliers come with a few fields unless `comp=` asks for more
    forbidden: frozenset[str] = frozenset()  # resources this client has no right to: 403
    requests_per_second: int | None = None
    retry_after_seconds: int | None = 15  # None: the rate limit's 429 comes without Retry-After
    approve_on_detail: frozenset[int] = frozenset()  # approved after the list was read, before the detail is
    unapprove_on_detail: frozenset[int] = frozenset()

    def with_changes(self, changes: Mapping[str, Any]) -> Switches:
        """The same switches with some thrown; lists stand for sets, so that plain JSON will do.

        Raises: ValueError for a switch that does not exist.
        """
        unknown = set(changes) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        return replace(self, **{name: _settled(value) for name, value in changes.items()})


def _settled(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list | tuple | set) else value
