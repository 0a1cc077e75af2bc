"""`reconcile`: do both systems say the same of every document, and of every vendor?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import flow_named
from ml_connector.cli.differences_csv import csv_text
from ml_connector.cli.differences_text import documents_text, vendors_text
from ml_connector.cli.failures import FAILED, NotThereError, UsageError
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.words import count, hint, month
from ml_connector.console.reconciliation import reconciliation_page
from ml_connector.domain.identity import FlowId, RecordId
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.reporting.vendor_differences import VendorComparison

if TYPE_CHECKING:
    from ml_connector.pipeline.reporting.reconcile import Reconciliation

_EVERY = 1000


def add_to(commands: Commands) -> None:
    parser = commands.add("reconcile", reconcile_command, "compare both systems' lists with each other and with ours")
    parser.add_argument("flow", nargs="?", help="one flow only; otherwise every flow that moves documents")
    parser.add_argument("--month", help="one month of the documents' dates only, such as 2026-03")
    parser.add_argument("--currency", help="one currency only, such as USD")
    parser.add_argument("--vendors", action="store_true", help="compare the vendor lists instead")
    parser.add_argument("--csv", metavar="FILE", help="write totals and differences as a table")
    parser.add_argument("--html", metavar="FILE", help="write a page to read, print or file")
    parser.add_argument("--strict", action="store_true", help="let notes fail too, such as any bill keyed by hand")
    parser.add_argument(
        "--recheck", action="store_true", help="have what differs judged as its flow's on_conflict says: else by hand"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    documents: Sequence[Reconciliation]
    vendors: Sequence[VendorComparison]
    strict: bool

    @property
    def matches(self) -> bool:
        documents = all(one.matches(strict=self.strict) for one in self.documents)
        return documents and all(one.matches(strict=self.strict) for one in self.vendors)


def reconcile_command(services: Services, call: Call) -> Output:
    done = _reconciled(services, call)
    if call.options.csv:
        call.terminal.write(call.options.csv, csv_text(done.documents, done.vendors))
    if call.options.html:
        made_at = services.ports.clock.now()
        page = reconciliation_page(done.documents, done.vendors, made_at=made_at, strict=done.strict)
        call.terminal.write(call.options.html, page)
    width = call.terminal.width
    texts = [documents_text(one, width, strict=done.strict) for one in done.documents]
    texts += [vendors_text(one, width, strict=done.strict) for one in done.vendors]
    run_id, sent = _rechecked(services, call, done) if call.options.recheck else (None, [])
    texts.append(_recheck_text(run_id, sent) if call.options.recheck else _recheck_hint(done))
    data = {**_data(call, done), "rechecked": [str(record) for record in sent], "run_id": run_id}
    return Output(text="\n\n".join(text for text in texts if text), data=data, code=0 if done.matches else FAILED)


def _rechecked(services: Services, call: Call, done: _Done) -> tuple[str, list[RecordId]]:
    from ml_connector.pipeline.correcting.recheck import recheck

    differences = [difference for one in done.documents for difference in one.differences]
    return recheck(services.ports, differences, services.releaser, actor=call.actor)


def _recheck_text(run_id: str | None, sent: Sequence[RecordId]) -> str:
    if not sent:
        return "Nothing that we wrote differs: no record is judged again."
    told = f"{count(len(sent), 'record')} will be judged again, run {run_id}"
    return f"{told}: held, put right or kept, as the flow's on_conflict says. See: {hint('holds')}"


def _recheck_hint(done: _Done) -> str:
    """Where anything differs that could be judged again: by which command."""
    from ml_connector.pipeline.correcting.recheck import could_be_judged

    flows = [one.flow.flow for one in done.documents if any(map(could_be_judged, one.differences))]
    commands = [f"  {hint('reconcile', flow, '--recheck')}" for flow in flows]
    return "\n".join(["To have what we wrote, and now differs, judged again:", *commands]) if flows else ""


def _reconciled(services: Services, call: Call) -> _Done:
    from ml_connector.pipeline.reporting.reconcile import Reconciler  # with it comes much of planning and posting
    from ml_connector.pipeline.reporting.vendor_lists import compare_vendors

    options = call.options
    chosen, currency = month(options.month), _currency(options.currency)
    flows = _flows(services, call, options.flow)
    vendors = [flow for flow in flows if _kind(services, flow) is ReferenceKind.VENDOR]
    documents = [flow for flow in flows if flow not in vendors]
    if options.vendors:
        documents = []
    elif not options.flow:
        vendors = []
    if options.recheck and not documents:
        raise UsageError("--recheck: documents alone are judged again, not vendors")
    if not documents and not vendors:
        what = "vendors" if options.vendors else "documents"
        raise NotThereError(f"no flow of {call.tenant} moves {what}: `{hint('flows')}` shows what there is")
    progress = _Progress(call)
    reconciler = Reconciler(
        services.ports, services.catalog, services.systems, pause=progress.pause, progress=progress.note
    )
    return _Done(
        documents=[reconciler.reconcile(flow, month=chosen, currency=currency) for flow in documents],
        vendors=[
            compare_vendors(
                services.ports,
                services.catalog,
                services.systems,
                flow,
                pause=progress.pause,
                progress=progress.note,
            )
            for flow in vendors
        ],
        strict=options.strict,
    )


def _flows(services: Services, call: Call, named: str | None) -> list[FlowId]:
    """Only flows whose pair is there: bills and vendors can be compared, other kinds cannot yet."""
    if named is not None:
        flow = flow_named(services, call.tenant, named).id
        if call.options.vendors:
            pair = (flow.source, flow.target)
            return [one for one in _flows(services, call, None) if (one.source, one.target) == pair]
        return [flow]
    known = [
        flow.id for flow in services.ports.connections.flows(call.tenant) if flow.id.flow in services.catalog.flows
    ]
    comparable = (RecordKind.BILL, RecordKind.VENDOR)
    sides = {flow: services.catalog.flow(flow.flow) for flow in known}
    return [flow for flow, one in sides.items() if one.target.kind in comparable and one.source.kind is one.target.kind]


def _kind(services: Services, flow: FlowId) -> ReferenceKind | None:
    return services.catalog.flow(flow.flow).makes


def _currency(text: str | None) -> str | None:
    if text is not None and not (len(text) == 3 and text.isascii() and text.isupper()):
        raise UsageError(f"--currency: {text!r} is not a currency: write it as USD")
    return text


class _Progress:
    """Told beside the output, each thousand records; waits as the systems ask."""

    def __init__(self, call: Call) -> None:
        self._terminal = call.terminal
        self._told: dict[str, int] = {}

    def note(self, text: str) -> None:
        what, _, said = text.partition(": ")
        number = said.removesuffix(" read").replace(",", "")
        if number.isdecimal() and int(number) - self._told.get(what, 0) < _EVERY:
            return
        if number.isdecimal():
            self._told[what] = int(number)
        self._terminal.note(text)

    def pause(self, wait: timedelta) -> None:
        self._terminal.sleep(wait.total_seconds())


def _data(call: Call, done: _Done) -> dict[str, object]:
    return {
        "tenant": call.tenant,
        "month": call.options.month,
        "currency": call.options.currency,
        "strict": done.strict,
        "matches": done.matches,
        "flows": [_flow_data(one, strict=done.strict) for one in done.documents],
        "vendors": [{**plain(one), "matches": one.matches(strict=done.strict)} for one in done.vendors],
    }


def _flow_data(one: Reconciliation, *, strict: bool) -> dict[str, object]:
    lines = [{**plain(line), "adds_up": line.adds_up, "approved_adds_up": line.approved_adds_up} for line in one.lines]
    return {**plain(one), "lines": lines, "matches": one.matches(strict=strict), "kinds": plain(dict(one.kinds))}
