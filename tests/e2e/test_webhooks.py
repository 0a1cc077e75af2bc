"""FreshBooks pushes to the deployed stack: registered, verified, believed only when signed, and routed by its ids."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.conftest import SUPPLIERS, Installation, wait
from tests.simulators.freshbooks.callbacks import Callback
from tests.simulators.freshbooks.deliveries import SIGNATURE, signature

FORM = "application/x-www-form-urlencoded"
EVENTS = ["bill.delete", "bill.update", "bill_vendor.delete", "bill_vendor.update"]


@pytest.fixture(scope="module")
def pushing(installation: Installation) -> Installation:
    """Upkeep registers, FreshBooks sends its handshakes to API Gateway, and the ingest worker confirms them."""
    installation.lab.cli("registrations", "--repair")
    wait(lambda: installation.freshbooks.send_events() and verified(installation))
    return installation


def shown(installation: Installation) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = installation.lab.shown("registrations")["registrations"]
    return lines


def verified(installation: Installation) -> bool:
    return wait(lambda: [one["event"] for one in shown(installation) if one["state"] == "verified"] == EVENTS)


def callback(installation: Installation, event: str = "bill.update") -> Callback:
    return next(row for row in installation.freshbooks.callbacks.all() if row.event == event)


def a_form(installation: Installation, **changes: str) -> dict[str, str]:
    business = installation.freshbooks.business
    ids = {"account_id": business.account_id, "business_id": str(business.business_id)}
    return {"name": "bill.update", "object_id": "999999", **ids, "identity_id": "1", **changes}


def post(url: str, body: bytes, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers={"content-type": FORM, **named}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code


def signed(installation: Installation, form: dict[str, str], key: str) -> int:
    body = urlencode(form).encode()
    return post(callback(installation).uri, body, **{SIGNATURE: signature([*form.items()], key)})


def test_every_registration_is_verified_on_both_sides(pushing: Installation) -> None:
    assert [row.verified for row in pushing.freshbooks.callbacks.all()] == [True] * len(EVENTS)


def test_no_key_is_in_a_table_and_each_is_a_secret_of_its_own(pushing: Installation) -> None:
    stack = pushing.lab.stack
    keys = [row.verifier for row in pushing.freshbooks.callbacks.all()]

    items = str(stack.client("dynamodb").scan(TableName=stack.outputs["ConnectionTable"])["Items"])
    names = [one["Name"] for one in stack.client("secretsmanager").list_secrets()["SecretList"]]

    assert not [key for key in keys if key in items]
    assert len([name for name in names if name.startswith(f"{stack.name}/signing-keys/{pushing.lab.tenant}/")]) == len(
        EVENTS
    )


def test_what_a_person_changes_in_freshbooks_has_its_owner_looked_at_and_nothing_breaks(pushing: Installation) -> None:
    pushing.run(SUPPLIERS)
    before = pushing.states(SUPPLIERS)
    vendor = pushing.freshbooks.vendors[-1]

    pushing.freshbooks.edit_vendor(vendor["id"], phone="555-0100")
    sent = [one for one in pushing.freshbooks.send_events() if one.form["name"] == "bill_vendor.update"]

    assert [one.status for one in sent] == [200]
    wait(lambda: not pushing.queued() and not pushing.busy(SUPPLIERS))
    assert pushing.states(SUPPLIERS) == before


def test_the_right_status_for_what_is_wrong(pushing: Installation) -> None:
    one = callback(pushing)
    base = one.uri.rpartition("/")[0]

    statuses = {
        "unknown registration": post(f"{base}/{'0' * 32}", b"name=bill.update&object_id=1"),
        "unknown system": post(one.uri.replace("/freshbooks/", "/nobody/"), b"name=bill.update&object_id=1"),
        "forged": signed(pushing, a_form(pushing), "guess"),
        "forged handshake": signed(pushing, a_form(pushing, name="callback.verify", verifier="mine"), "guess"),
        "another account": signed(pushing, a_form(pushing, account_id="other1"), one.verifier),
        "1 MB": post(one.uri, b"a" * 1024 * 1024),
        "another type": post(one.uri, b"{}", content_type="application/json"),
        "no form": post(one.uri, b"%%%"),
        "signed": signed(pushing, a_form(pushing), one.verifier),
    }

    assert statuses == {
        "unknown registration": 404,
        "unknown system": 404,
        "forged": 401,
        "forged handshake": 401,
        "another account": 403,
        "1 MB": 413,
        "another type": 415,
        "no form": 400,
        "signed": 200,
    }
