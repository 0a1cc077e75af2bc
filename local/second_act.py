"""The whole pair, as its people live with it: consent, pushes, a hold, a change after posting, the lists compared.

Everything goes through the deployed functions; the browser, the accountant and the buyer are played from here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from local.lab import INVOICES, SUPPLIERS, Lab
from local.telling import Story, wait

NUMBER = "AURICK-7001"
_SUPPLIER = "0009901"
_ACCOUNT = "640200"
_ASK_AGAIN_AFTER = 60.0


def tell_second_act(story: Story, at: Lab, run: Callable[[str], None]) -> None:
    """`run` runs a flow through the API and shows its progress."""
    _consent(story, at)
    _pushes(story, at)
    _arrive(story, at, run)
    _change(story, at, run)
    _edit_in_freshbooks(story, at)
    _compare(story, at)


def _consent(story: Story, at: Lab) -> None:
    story.step("The owner of the books took our application out of FreshBooks; now they let us in again")
    at.tell("freshbooks", "disconnect")
    story.ran(at, "ping", "freshbooks", check=False)
    link = at.consent("freshbooks")
    story.say(f"ml-connector authorise freshbooks gives a link for somebody without AWS access: {link[:70]}...")
    story.say("They open it, sign in at FreshBooks and say yes: state, cookie and PKCE are checked, the tokens stored.")
    story.pings(at, "freshbooks")


def _pushes(story: Story, at: Lab) -> None:
    story.step("FreshBooks is told where to push, and proves that it is FreshBooks")
    verify_registrations(at, "freshbooks")
    story.ran(at, "registrations")


def wait_for_upkeep_to_register(at: Lab, connection: str) -> None:
    """What has no handshake is verified as soon as upkeep registered it. Nobody repairs anything meanwhile."""

    def are_verified() -> bool:
        at.stack.invoke("Upkeep", {})
        lines = at.shown("registrations")["registrations"]
        return {one["state"] for one in lines if one["connection"] == connection} == {"verified"}

    wait(are_verified, otherwise=f"upkeep did not register with {connection}")


def verify_registrations(at: Lab, *connections: str) -> None:
    """A handshake that was lost on a slow machine is asked for again, as a person would."""
    asked = -_ASK_AGAIN_AFTER

    def are_verified() -> bool:
        nonlocal asked
        if time.monotonic() - asked > _ASK_AGAIN_AFTER:
            at.cli("registrations", "--repair", check=False)
            asked = time.monotonic()
        at.tell("freshbooks", "send_events")
        lines = at.shown("registrations")["registrations"]
        known = {one["connection"] for one in lines}
        return {one["state"] for one in lines} == {"verified"} and known.issuperset(connections)

    wait(are_verified, otherwise="the registrations were not verified", seconds=420)


def _arrive(story: Story, at: Lab, run: Callable[[str], None]) -> None:
    story.step("A new supplier and its first invoice, on an account that nobody has mapped")
    at.tell("jaggaer", "add_supplier", number=_SUPPLIER, name="Aurick Instruments GmbH")
    line = {"description": "Microscope service", "quantity": 1, "unitPrice": "480.00", "account": _ACCOUNT}
    made = at.tell("jaggaer", "add_invoice", number=NUMBER, supplier=_SUPPLIER, lines=[line])
    for flow in (SUPPLIERS, INVOICES):
        run(flow)
    story.ran(at, "record", NUMBER)
    story.ran(at, "map", "account", _ACCOUNT, "Professional Services", "--connection", "freshbooks")
    wait(lambda: _bill(at), otherwise=f"{NUMBER} was not released")
    story.say(f"Invoice {made['result']['header']['invoiceId']} is bill {_bill(at)['id']} now: {_amount(at)}.")


def _change(story: Story, at: Lab, run: Callable[[str], None]) -> None:
    story.step("The buyer corrects the invoice after it was posted: the bill follows, it is not made anew")
    invoice = next(
        each for each in at.ask("jaggaer", "invoices")["result"] if each["header"]["invoiceNumber"] == NUMBER
    )
    line = {"description": "Microscope service", "quantity": 1, "unitPrice": "465.00", "account": _ACCOUNT}
    at.tell("jaggaer", "edit_invoice", id=invoice["header"]["invoiceId"], lines=[line])
    before = _bill(at)["id"]
    run(INVOICES)
    wait(lambda: _amount(at).startswith("465"), otherwise="the bill was not changed")
    story.say(f"Bill {before} is still bill {_bill(at)['id']}, and comes to {_amount(at)}.")


def _edit_in_freshbooks(story: Story, at: Lab) -> None:
    story.step("Somebody deletes that bill in FreshBooks: it is pushed, its signature checked; it is not made anew")
    at.tell("freshbooks", "delete_bill", bill_id=_bill(at)["id"])
    sent = [one for one in at.tell("freshbooks", "send_events") if one["event"] == "bill.delete"]
    story.say(f"FreshBooks pushed {len(sent)} event to API Gateway and was answered {sent[0]['status']}.")
    story.ran(at, "record", NUMBER)


def _compare(story: Story, at: Lab) -> None:
    story.step("Month's end: both systems' lists, compared with each other and with ours")
    code = story.ran(at, "reconcile", check=False)
    story.say(f"Exit code {code}: a script that closes the month stops here, and a person sees which bill is missing.")


def _bill(at: Lab) -> dict[str, Any]:
    """As FreshBooks lists it; empty where it does not."""
    found = [bill for bill in at.ask("freshbooks", "bills") if bill["bill_number"] == NUMBER]
    if len(found) > 1:
        raise SystemExit(f"{NUMBER} is there {len(found)} times: {json.dumps(found)}")
    return found[0] if found else {}


def _amount(at: Lab) -> str:
    amount = _bill(at)["amount"]
    return f"{amount['amount']} {amount['code']}"
