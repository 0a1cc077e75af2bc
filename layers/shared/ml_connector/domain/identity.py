"""Who and what: tenants, connections, flows, records. Every name begins with its tenant; ids are opaque strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import NewType

PostingId = NewType("PostingId", str)

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PART = "\x1f"


class BadNameError(ValueError):
    """A tenant, connection or flow name that cannot be one."""


def checked_name(name: str, what: str) -> str:
    """Tenant, connection and flow names: lower case, digits, `-` and `_`, at most 40, a letter first."""
    if not _NAME.fullmatch(name):
        raise BadNameError(f"{what} {name!r}: use up to 40 lower-case letters, digits, '-' or '_', a letter first")
    return name


def fingerprint(*parts: str, length: int = 32) -> str:
    """A stable hexadecimal hash of the parts in their order, any text; `length` characters of a SHA-256."""
    return sha256(_PART.join(parts).encode(errors="surrogatepass")).hexdigest()[:length]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ConnectionId:
    """One tenant's authenticated link to one system."""

    tenant: str
    name: str

    def __post_init__(self) -> None:
        checked_name(self.tenant, "tenant")
        checked_name(self.name, "connection")

    def __str__(self) -> str:
        return f"{self.tenant}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FlowId:
    """One kind of record moving one way between two connections of one tenant."""

    tenant: str
    flow: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.tenant}/{self.flow}/{self.source}/{self.target}"

    @classmethod
    def parse(cls, text: str) -> FlowId:
        parts = text.split("/")
        if len(parts) != 4:
            raise BadNameError(f"{text!r} is not a flow id: tenant/flow/source connection/target connection")
        tenant, flow, source, target = parts
        return cls(tenant=tenant, flow=flow, source=source, target=target)

    @property
    def source_connection(self) -> ConnectionId:
        return ConnectionId(tenant=self.tenant, name=self.source)

    @property
    def target_connection(self) -> ConnectionId:
        return ConnectionId(tenant=self.tenant, name=self.target)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RecordId:
    """One record of a source, in one flow. Its external id is the source's own and never parsed."""

    flow: FlowId
    external_id: str

    def __str__(self) -> str:
        return f"{self.flow}/{self.external_id}"

    @classmethod
    def parse(cls, text: str) -> RecordId:
        parts = text.split("/", 4)
        if len(parts) != 5 or not parts[4]:
            raise BadNameError(f"{text!r} is not a record id: flow id/external id")
        return cls(flow=FlowId.parse("/".join(parts[:4])), external_id=parts[4])

    @property
    def marker(self) -> str:
        """The short hash that we leave on the target's object, so that we know it again without our tables."""
        return fingerprint(str(self), length=12)


def posting_id(record: RecordId, *, n: int, epoch: int) -> PostingId:
    """The n-th intended write of a record in an epoch. A hash of content alone would swallow A -> B -> A."""
    return PostingId(fingerprint(str(record), str(n), str(epoch)))
