"""An amount as the target counts it: a currency that is none of ISO 4217 was posted as what its mapping says."""

from __future__ import annotations

from datetime import date

from ml_connector.domain.currencies import ISO_4217
from ml_connector.domain.identity import ConnectionId
from ml_connector.domain.mapping import valid_on
from ml_connector.domain.money import Money
from ml_connector.domain.records.kinds import ReferenceKind
from ml_connector.pipeline.ports import Ports


def in_real_currency(ports: Ports, target: ConnectionId, amount: Money | None, day: date | None) -> Money | None:
    """As it is, without a read, where the currency is real; and where it is not mapped for that day."""
    if amount is None or amount.currency in ISO_4217:
        return amount
    key = (ReferenceKind.CURRENCY, amount.currency)
    entry = valid_on(ports.mappings.get_many(target, [key]).get(key, ()), day or ports.clock.now().date())
    return Money(amount.amount, entry.target_id) if entry and entry.target_id else amount
