"""`link`: a person says which object in the target is a record's counterpart."""

from __future__ import annotations

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import record_named
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output
from ml_connector.cli.services import Services
from ml_connector.cli.words import hint


def add_to(commands: Commands) -> None:
    link = commands.add("link", link_command, "link a record to what a person made for it in the target")
    link.add_argument("record", help="a document's number in the source, or a record id")
    link.add_argument("target", help="its counterpart there: an id, or an issue's key")
    link.add_argument("--reason", help="why, for the audit trail")


def link_command(services: Services, call: Call) -> Output:
    from ml_connector.pipeline.correcting.link import Linking

    record = record_named(services, call.tenant, call.options.record).record
    linking = Linking(services.ports, services.catalog, services.systems)
    row = linking.link(record, call.options.target, actor=call.actor, reason=call.options.reason)
    target_id = row.confirmed.target_id if row.confirmed else ""
    text = f"Linked to {row.other_number or target_id}, on the word of {call.actor}. See: {hint('record', str(record))}"
    data = {"tenant": call.tenant, "record": str(record), "target_id": target_id, "state": row.state.value}
    return Output(text=text, data=data)
