"""`record`, also known as `where`: where is INV-123, and how did it get there?"""

from __future__ import annotations

from ml_connector.cli.calls import Call
from ml_connector.cli.failures import NotThereError
from ml_connector.cli.going_on import goes_on_with
from ml_connector.cli.options import Commands
from ml_connector.cli.output import Output, plain
from ml_connector.cli.services import Services
from ml_connector.cli.tables import pairs
from ml_connector.cli.words import amount, hint, suggestions, when
from ml_connector.domain.crossreference import Origin, State
from ml_connector.domain.decision import codes_of
from ml_connector.pipeline.reporting.history import Orders, Story, where_is
from ml_connector.pipeline.reporting.matches import Became
from ml_connector.pipeline.reporting.sentences import Moment

_MADE = {
    Origin.CREATED: "created by us",
    Origin.RECOVERED: "created by us, found again after an unanswered write",
    Origin.ADOPTED: "made by a person, linked by us",
}
_GOES_ON_BY_HAND = (State.HELD, State.DEAD, State.REJECTED)


def add_to(commands: Commands) -> None:
    record = commands.add("record", record_command, "where a document is, and its whole story", aliases=["where"])
    record.add_argument("number", help="its number in either system, or a record id")


def record_command(services: Services, call: Call) -> Output:
    number = call.options.number
    stories = where_is(services.ports, call.tenant, number)
    if not stories:
        raise NotThereError(
            f"no record of {call.tenant} has the number {number!r} in either system. It may not be approved yet, or "
            f"not read yet: `{hint('flows')}` shows how far each flow has read"
        )
    return Output(
        text="\n\n".join(_text(services, story, call.terminal.width) for story in stories),
        data={"tenant": call.tenant, "number": number, "records": plain(stories)},
    )


def _text(services: Services, story: Story, width: int | None) -> str:
    history = pairs([(f"{one.at:%Y-%m-%d %H:%M:%S}", _moment(one)) for one in story.moments], width=width)
    parts = [_head(story), pairs(_facts(services, story), width=width), f"History (UTC)\n{history}", _next(story)]
    return "\n".join(part for part in parts[:2] if part) + "".join(f"\n\n{part}" for part in parts[2:] if part)


def _head(story: Story) -> str:
    name = story.number or story.record.external_id
    other = f" ({story.other_number})" if story.other_number and story.other_number != story.number else ""
    money = f", {amount(story.amount)}" if story.amount else ""
    since = f" since {when(story.since)} UTC" if story.since else ""
    kind = story.kind.replace("_", " ").capitalize()
    return f"{kind} {name}{other}{money}: {story.state.replace('_', ' ')}{since}"


def _facts(services: Services, story: Story) -> list[tuple[str, str]]:
    flow = services.catalog.flows.get(story.record.flow.flow)
    facts = [
        ("flow", flow.title if flow else story.record.flow.flow),
        ("record id", str(story.record)),
        (f"in {story.record.flow.target}", _target(story)),
        ("status", story.orders.status or ""),
        ("orders", _orders(story.orders)),
        *((str(one.kind), _became(one)) for one in story.became),
        ("in doubt", story.doubt or ""),
        ("waits for", story.waits or ""),
        ("next try", f"{when(story.due_at)} UTC" if story.due_at else ""),
        ("tries", str(story.attempts) if story.attempts else ""),
    ]
    for reason in story.reasons:
        facts.append(("because", f"({reason.code}) {reason.text}"))
        if reason.candidates:
            facts.append(("could be", suggestions(reason.candidates)))
    return facts


def _target(story: Story) -> str:
    target = story.target
    if target is None:
        return ""
    run = f", run {target.run}" if target.run else ""
    return f"{target.kind} {target.id}, {_MADE[target.origin]}, {when(target.at)} UTC{run}"


def _orders(orders: Orders) -> str:
    states = f" ({', '.join(orders.states)})" if orders.states else ""
    return f"PO {', '.join(orders.numbers)}{states}" if orders.numbers else ""


def _became(one: Became) -> str:
    said = f"{one.code or '?'}{f' {one.name}' if one.name else ''}"
    return f"{said} -> {one.target_id}{f' {one.target_name}' if one.target_name else ''}"


def _moment(one: Moment) -> str:
    return f"{one.text}, by {one.by}" if one.by else one.text


def _next(story: Story) -> str:
    if story.state not in _GOES_ON_BY_HAND:
        return ""
    lines = [
        "  " + hint("map", str(reason.cause.kind), reason.cause.code, "<target>", "--connection", target)
        for target in [story.record.flow.target]
        for reason in story.reasons
        if reason.cause
    ]
    goes_on = goes_on_with(codes_of(story.reasons), str(story.record))
    return "\n".join(["Next:", *dict.fromkeys(lines), *(f"  {command}" for command in goes_on)])
