"""The five words that FreshBooks has for how an invoice stands, all from the same few facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

DISPUTED, DRAFT, SENT, VIEWED, PAID, AUTO_PAID, RETRY, FAILED, PARTIAL = range(9)
WRITABLE = (DISPUTED, DRAFT, SENT, VIEWED)
WORDS = ("disputed", "draft", "sent", "viewed", "paid", "autopaid", "retry", "failed", "partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`kept` is the status that people set; `autobill` what became of charging the client's card by itself."""

    kept: int
    total: Decimal
    paid: Decimal
    due: date
    today: date
    autobill: str | None

    @property
    def status(self) -> int:
        if self.paid > 0:
            done = self.paid >= self.total
            return (AUTO_PAID if self.autobill == "success" else PAID) if done else PARTIAL
        return {"failed": FAILED, "retry": RETRY}.get(self.autobill or "", self.kept)

    @property
    def v3_status(self) -> str:
        late = self.status in (SENT, VIEWED, PARTIAL) and self.due < self.today
        return "overdue" if late else WORDS[self.status]

    @property
    def display_status(self) -> str:
        return "draft" if self.kept == DRAFT else "outstanding" if self.status in (FAILED, RETRY) else WORDS[self.kept]

    @property
    def payment_status(self) -> str:
        return {PAID: "paid", AUTO_PAID: "auto-paid", PARTIAL: "partial"}.get(self.status, "unpaid")
