"""An audit report to read, and as a table for spreadsheets with a line for each record."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ml_connector.cli.differences_csv import safe
from ml_connector.cli.tables import table
from ml_connector.cli.words import count

if TYPE_CHECKING:
    from ml_connector.pipeline.reporting.audit_report import AuditReport, ReportLine, Tally

_COLUMNS = ("flow", "month", "number", "record", "outcome", "amount", "currency", "target_id", "codes", "why")


def report_text(report: AuditReport, width: int | None) -> str:
    period = f"{report.first or 'the first month'} to {report.last or 'the last'}"
    title = f"{report.flow.flow} ({report.flow.source} -> {report.flow.target}), {period}"
    if not report.received.records:
        return f"{title}\n\nNo record."
    currencies = [money.currency for money in report.received.amounts]
    rows = [_row([one.outcome.replace("_", " ")], one.tally, currencies) for one in report.outcomes]
    rows.append(_row(["received"], report.received, currencies))
    headers = ["OUTCOME", "RECORDS", *currencies]
    parts = [title, table(headers, rows, width=width, right=headers[1:]), _reasons(report, currencies, width)]
    return "\n\n".join(part for part in [*parts, _verdict(report)] if part)


def report_csv(reports: Sequence[AuditReport]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for report in reports:
        writer.writerows(safe({"flow": str(report.flow), **_cells(line)}) for line in report.lines)
    return out.getvalue()


def _reasons(report: AuditReport, currencies: Sequence[str], width: int | None) -> str:
    if not report.reasons:
        return ""
    rows = [
        [*_row([one.outcome.replace("_", " "), one.code], one.tally, currencies), one.text] for one in report.reasons
    ]
    headers = ["OUTCOME", "REASON", "RECORDS", *currencies, "SUCH AS"]
    return table(headers, rows, width=width, right=headers[2:-1])


def _row(names: list[str], tally: Tally, currencies: Sequence[str]) -> list[str]:
    sums = {money.currency: str(money).removesuffix(f" {money.currency}") for money in tally.amounts}
    return [*names, f"{tally.records:,}", *(sums.get(currency, "") for currency in currencies)]


def _verdict(report: AuditReport) -> str:
    if report.adds_up:
        return f"{count(report.received.records, 'record')}, each with one outcome: they add up to what was received."
    return (
        "The outcomes do not add up to what was received: records moved while they were counted. "
        "Count again when the flow is quiet."
    )


def _cells(line: ReportLine) -> dict[str, str]:
    money = line.amount
    return {
        "month": line.month or "",
        "number": line.number or "",
        "record": str(line.record),
        "outcome": line.outcome.value,
        "amount": f"{money.amount:f}" if money else "",
        "currency": money.currency if money else "",
        "target_id": line.target_id or "",
        "codes": " ".join(line.codes),
        "why": line.why,
    }
