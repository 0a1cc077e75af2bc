"""What was asked of JAGGAER: every call, every attempt to write, and the pace."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from tests.simulators.jaggaer import tokens
from tests.simulators.serving import Request

API = "/j1p/api/public/"
TOKEN = "token"
WRITE = "write"
UNKNOWN = "unknown"
_READS = {"GET", "HEAD", "OPTIONS"}
_RESOURCES = {
    "ji/v1/invoices": "invoice",
    "ja/v1/companyprofiles": "supplier",
    "ji/v1/purchaseorders": "purchase order",
    "po/v2/orders": "flat order",
    "ct/v1/contracts": "contract",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    method: str
    path: str
    body: str


def kind_of(request: Request) -> str:
    """`token`, `invoice list`, `invoice detail`, `supplier list`, ..., `write` or `unknown`."""
    if tokens.is_token_call(request):
        return TOKEN
    if not request.path.startswith(API):
        return UNKNOWN
    if request.method not in _READS:
        return WRITE
    resource, record_id = resource_of(request.path)
    if resource is None:
        return UNKNOWN
    return f"{resource} list" if record_id is None else f"{resource} detail"


def resource_of(path: str) -> tuple[str | None, str | None]:
    """The resource of a path, and the id in it."""
    parts = path.removeprefix(API).rstrip("/").split("/")
    resource = _RESOURCES.get("/".join(parts[:3]))
    if resource is None or len(parts) > 4:
        return None, None
    return resource, parts[3] if len(parts) == 4 else None


class Traffic:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.writes: list[Write] = []
        self.counts: Counter[str] = Counter()
        self._second: datetime | None = None
        self._in_second = 0

    def record(self, request: Request) -> None:
        kind = kind_of(request)
        self.calls.append((request.method, request.path))
        self.counts[kind] += 1
        if kind == WRITE:
            body = request.body.decode(errors="replace")
            self.writes.append(Write(method=request.method, path=request.path, body=body))

    def too_fast(self, now: datetime, limit: int | None) -> bool:
        """Count this call against its second. Refused calls count too."""
        second = now.replace(microsecond=0)
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        return limit is not None and self._in_second > limit
