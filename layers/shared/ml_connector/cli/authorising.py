"""`authorise` and `expiries`: the link with which a person lets us in, and everything that ends by itself."""

from __future__ import annotations

from datetime import datetime

from ml_connector.cli.calls import Call
from ml_connector.cli.choosing import connection_named
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import table
from ml_connector.cli.words import count, hint, when
from ml_connector.domain.connection import Connection
from ml_connector.pipeline.reporting.expiries import Expiry, expiries


def add_to(commands: Commands) -> None:
    authorise = commands.add("authorise", authorise_command, "the link with which a person authorises a connection")
    authorise.add_argument("connection")
    authorise.add_argument("--withdraw", action="store_true", help="forget its authorisation instead, and stand still")
    commands.add("expiries", expiries_command, "everything that expires, the next first")


def authorise_command(services: Services, call: Call) -> Output:
    connection = connection_named(services, call.tenant, call.options.connection)
    title = services.catalog.connector(connection.system).title
    if call.options.withdraw:
        return _withdrawn(services, call, connection, title)
    invitation = services.consent.invite(connection, actor=call.actor)
    scopes = "".join(f"\n  {scope}" for scope in invitation.scopes)
    text = (
        f"Give this link to the person who is to let us into {title}. It works once, until"
        f" {when(invitation.expires_at)} UTC, and needs nothing but a browser:\n\n{invitation.url}\n\n"
        f"It asks for no more than the enabled flows need:{scopes}\n\n"
        f"Whether they have done it: {hint('connections')}"
    )
    data = {
        "tenant": call.tenant,
        "connection": str(connection.id),
        "url": invitation.url,
        "expires_at": invitation.expires_at,
        "scopes": invitation.scopes,
    }
    return Output(text=text, data=data)


def _withdrawn(services: Services, call: Call, connection: Connection, title: str) -> Output:
    stopped = [one.id.name for one in services.consent.withdraw(connection, actor=call.actor)]
    text = (
        f"The tokens are forgotten; {', '.join(stopped)} stands still. {title} still lists the application as allowed:"
        " take it out there too."
        if stopped
        else f"{connection.id.name} has no authorisation."
    )
    return Output(text=text, data={"tenant": call.tenant, "connection": str(connection.id), "stopped": stopped})


def expiries_command(services: Services, call: Call) -> Output:
    now = services.ports.clock.now()
    found = expiries(services.ports, call.tenant, consents=services.consents)
    rows = [[when(one.at), _left(one, now), one.what, ", ".join(one.connections), one.mend] for one in found]
    headers = ["WHEN (UTC)", "LEFT", "WHAT", "CONNECTIONS", "NEXT"]
    nothing = f"Nothing of {call.tenant} expires, as far as is known."
    shown = table(headers, rows, width=call.terminal.width) if rows else nothing
    data = {"tenant": call.tenant, "expiries": plain(found)}
    return Output(text=shown, data=data)


def _left(one: Expiry, now: datetime) -> str:
    if one.at <= now:
        return "over"
    left = one.at - now
    return count(left.days, "day") if left.days else count(int(left.total_seconds() // 3600), "hour")
