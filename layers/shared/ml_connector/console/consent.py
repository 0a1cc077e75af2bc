"""What a person sees at the end of a consent, or in the middle of it: plain pages with one form at most, no script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ml_connector.console.page import heading, page, paragraph
from ml_connector.pipeline.connections.consent import Authorised, Choice
from ml_connector.pipeline.connections.consent_scopes import told


def authorised_page(done: Authorised, *, system: str) -> str:
    title = f"{system} is connected"
    parts = [heading(title, level=1), paragraph(f"{done.business}, signed in as {done.who}.")]
    connection = done.connection
    if done.missing:
        title = f"{system} is connected, but not for everything"
        text = (
            f"{system} did not give: {told(done.missing)}. Enable that for the application on {system}'s developer page"
        )
        parts = [
            heading(title, level=1),
            parts[1],
            paragraph(f"{text}, then ask for a new link. Until then nothing is moved.", tone="bad"),
        ]
    elif connection.is_running:
        went_on = f" {done.fed} waiting records were sent on their way." if done.fed else ""
        parts.append(paragraph(f"The connection {connection.id.name} runs.{went_on}", tone="good"))
    else:
        parts.append(paragraph(f"The connection {connection.id.name} is {connection.state}: {connection.state_why}."))
    return page(title, [*parts, paragraph("You may close this page.", tone="fact")])


def choice_page(choice: Choice, *, system: str, action: str) -> str:
    """The form goes back to where it came from, with the ticket as a hidden field."""
    title = "Which business is to be connected?"
    parts = [
        heading(title, level=1),
        paragraph(f"You are signed in at {system} as {choice.who}, who has several businesses there."),
        _form(choice, action),
        paragraph("One connection is one business. For another one, ask for a link of its own.", tone="fact"),
    ]
    return page(title, parts)


def refusal_page(text: str) -> str:
    title = "Nothing was authorised"
    return page(title, [heading(title, level=1), paragraph(text, tone="bad")])


def _form(choice: Choice, action: str) -> str:
    radios = "\n".join(_radio(offer.id, [offer.name, *offer.settings.values()]) for offer in choice.offers)
    return (
        f'<form method="post" action="{escape(action)}">\n'
        f'<input type="hidden" name="ticket" value="{escape(choice.ticket)}">\n'
        f"<fieldset><legend>Business</legend>\n{radios}\n</fieldset>\n"
        '<p><button type="submit">Connect this business</button></p></form>'
    )


def _radio(value: str, texts: Iterable[str]) -> str:
    name, *more = [text for text in texts if text]
    about = f" <small>({escape(', '.join(more))})</small>" if more else ""
    field = f'<input type="radio" name="business" value="{escape(value)}" required>'
    return f"<p><label>{field} {escape(name)}{about}</label></p>"
