"""The kinds of record that move, and the kinds of reference data that they name."""

from __future__ import annotations

from enum import StrEnum


class RecordKind(StrEnum):
    """House words, whatever the vendor calls it."""

    BILL = "bill"
    VENDOR = "vendor"
    CLIENT = "client"
    PURCHASE_ORDER = "purchase_order"
    CONTRACT = "contract"
    INVOICE = "invoice"
    EXPENSE = "expense"
    PAYMENT = "payment"
    TIME_ENTRY = "time_entry"
    ISSUE = "issue"
    WORKLOG = "worklog"
    DOCUMENT = "document"


class ReferenceKind(StrEnum):
    """What a document names and must exist in the target before anything is posted."""

    VENDOR = "vendor"
    ACCOUNT = "account"
    DEPARTMENT = "department"
    TAX = "tax"
    TERMS = "terms"
    CURRENCY = "currency"
    ISSUE = "issue"
    PERSON = "person"
    COMPONENT = "component"
