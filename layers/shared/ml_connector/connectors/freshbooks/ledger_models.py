"""FreshBooks' shapes of what is only read: invoices, payments, expenses, clients, time entries."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AliasChoices, Field

from ml_connector.connectors.freshbooks.models import (
    ACTIVE,
    Currency,
    Id,
    OptionalId,
    Text,
    Wire,
    WireCategory,
    WireMoney,
)


class WireInvoiceLine(Wire):
    name: Text = None
    description: Text = None
    amount: WireMoney | None = None


class WireInvoice(Wire):
    """The client's name stands on it as it was when it was written."""

    id: Id = Field(validation_alias=AliasChoices("invoiceid", "id"))
    invoice_number: Text = None
    customerid: OptionalId = None
    create_date: date | None = None
    due_date: date | None = None
    currency_code: Currency = None
    amount: WireMoney | None = None
    outstanding: WireMoney | None = None
    v3_status: Text = None
    display_status: Text = None
    autobill_status: Text = None
    po_number: Text = None
    organization: Text = None
    current_organization: Text = None
    fname: Text = None
    lname: Text = None
    lines: tuple[WireInvoiceLine, ...] | None = None
    updated: Text = None
    vis_state: int = ACTIVE

    @property
    def updated_at(self) -> str | None:
        return self.updated


class WirePayment(Wire):
    id: Id = Field(validation_alias=AliasChoices("logid", "id"))
    invoiceid: OptionalId = None
    clientid: OptionalId = None
    amount: WireMoney | None = None
    day: date | None = Field(default=None, validation_alias="date")
    type: Text = None
    note: Text = None
    updated: Text = None
    vis_state: int = ACTIVE

    @property
    def updated_at(self) -> str | None:
        return self.updated


class WireExpense(Wire):
    """`category` is there where it was asked for."""

    id: Id = Field(validation_alias=AliasChoices("expenseid", "id"))
    categoryid: OptionalId = None
    category: WireCategory | None = None
    vendor: Text = None
    notes: Text = None
    amount: WireMoney | None = None
    day: date | None = Field(default=None, validation_alias="date")
    clientid: OptionalId = None
    status: int | None = None
    updated: Text = None
    vis_state: int = ACTIVE

    @property
    def updated_at(self) -> str | None:
        return self.updated


class WireClient(Wire):
    id: Id = Field(validation_alias=AliasChoices("userid", "id"))
    organization: Text = None
    fname: Text = None
    lname: Text = None
    email: Text = None
    currency_code: Currency = None
    updated: Text = None
    vis_state: int = ACTIVE

    @property
    def updated_at(self) -> str | None:
        return self.updated


class WireTimer(Wire):
    is_running: bool | None = None


class WireTimeEntry(Wire):
    """`active` False stands for deleted. A running timer has no duration, or none yet."""

    id: Id
    identity_id: OptionalId = None
    client_id: OptionalId = None
    project_id: OptionalId = None
    task_id: OptionalId = None
    service_id: OptionalId = None
    note: Text = None
    started_at: Text = None
    duration: int | None = None
    is_logged: bool = True
    active: bool | None = None
    billable: bool | None = None
    deleted_at: Any = None
    timer: WireTimer | None = None
