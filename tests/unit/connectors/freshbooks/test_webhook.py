"""FreshBooks' signature, by the documented rule to the byte; and how its forms are read."""

from __future__ import annotations

import base64
import hmac
import subprocess
import sys
from hashlib import sha256

import pytest

from ml_connector.connectors.freshbooks.webhook import WEBHOOK
from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.webhook import Delivery, UnreadableError

KEY = "x7Qd2LmVerifierExample0001"
DOCUMENTED = (
    "name=bill.create&object_id=1001&account_id=aB3xY&business_id=77213&identity_id=501&user_id=1",
    "+/a4qKcQQnc81Fr6hCAZFtDDH4sTc94QSKbtQTySjc8=",
)
FACTS = {"account_id": "aB3xY", "business_id": "77213", "rules": "json_dump"}


def a_delivery(form: str, signature: str | None = None) -> Delivery:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Delivery(raw=form.encode(), headers=headers | ({"x-freshbooks-hmac-sha256": signature} if signature else {}))


def over(message: str) -> str:
    return base64.b64encode(hmac.new(KEY.encode(), message.encode(), sha256).digest()).decode()


def is_signed(form: str, signature: str | None, *, rules: str = "json_dump") -> bool:
    return WEBHOOK.is_signed(a_delivery(form, signature), key=KEY, facts={**FACTS, "rules": rules})


def test_the_worked_example_verifies() -> None:
    assert is_signed(*DOCUMENTED)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (
            "name=bill.create&object_id=1001&user_id=1&identity_id=501&business_id=77213&account_id=aB3xY",
            '{"name": "bill.create", "object_id": "1001", "user_id": "1", "identity_id": "501",'
            ' "business_id": "77213", "account_id": "aB3xY"}',
        ),
        (
            "name=bill.create&object_id=1001&account_id=aB3xY",
            '{"name": "bill.create", "object_id": "1001", "account_id": "aB3xY"}',
        ),
        ("name=bill.create&object_id=1&user_id=", '{"name": "bill.create", "object_id": "1", "user_id": ""}'),
        ("name=a%3Ab%2C+c&object_id=%C3%A9%22", r'{"name": "a:b, c", "object_id": "\u00e9\""}'),
    ],
    ids=["captured order", "short form", "a blank is kept", "escapes"],
)
def test_the_fields_are_signed_in_the_order_in_which_they_came(form: str, message: str) -> None:
    assert is_signed(form, over(message))


@pytest.mark.parametrize(
    ("form", "signature"),
    [
        (DOCUMENTED[0], None),
        (DOCUMENTED[0], ""),
        (DOCUMENTED[0], DOCUMENTED[1][:-1]),
        (DOCUMENTED[0], DOCUMENTED[1].lower()),
        (DOCUMENTED[0], "é"),
        (DOCUMENTED[0].replace("1001", "1002"), DOCUMENTED[1]),
        (f"{DOCUMENTED[0]}&more=1", DOCUMENTED[1]),
        ("object_id=1001&name=bill.create&account_id=aB3xY&business_id=77213&identity_id=501&user_id=1", DOCUMENTED[1]),
    ],
    ids=["none", "empty", "cut", "case", "not ascii", "other object", "one field more", "sorted otherwise"],
)
def test_anything_else_does_not_verify(form: str, signature: str | None) -> None:
    assert not is_signed(form, signature)


def test_a_signature_over_the_body_counts_only_where_that_rule_is_set() -> None:
    form = DOCUMENTED[0]

    assert not is_signed(form, over(form))
    assert is_signed(form, over(form), rules="json_dump,raw_body")
    assert not is_signed(form, over(form), rules="whatever")


def test_an_event_is_read_with_the_ids_that_say_whose_it_is() -> None:
    pushed = WEBHOOK.read(a_delivery(DOCUMENTED[0]))

    assert (pushed.event, pushed.object_id, pushed.code) == ("bill.create", "1001", None)
    assert pushed.facts == {"account_id": "aB3xY", "business_id": "77213"}


def test_a_handshake_is_read_with_its_code_which_is_never_shown() -> None:
    pushed = WEBHOOK.read(a_delivery("name=callback.verify&object_id=77&verifier=v1&account_id=aB3xY"))

    assert (pushed.object_id, pushed.code) == ("77", "v1")
    assert "v1" not in repr(pushed)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"name=bill.create",
        b"object_id=1",
        b"name=&object_id=1",
        b"name=bill.create&object_id=1&name=bill.delete",
        b"name=callback.verify&object_id=1",
        b"name=callback.verify&object_id=1&verifier=",
        b'{"name": "bill.create"}',
        b"\xff\xfe=1&name=x&object_id=1",
        b"&".join(b"f%d=1" % number for number in range(100)),
    ],
    ids=["empty", "no object", "no event", "blank", "twice", "no code", "blank code", "json", "bytes", "many"],
)
def test_what_is_no_form_of_freshbooks_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        WEBHOOK.read(Delivery(raw=raw))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"account_id": "aB3xY", "business_id": "77213"}, True),
        ({"account_id": "aB3xY", "business_id": ""}, True),
        ({"account_id": "aB3xY", "business_id": "1"}, False),
        ({"account_id": "ab3xy", "business_id": "77213"}, False),
        ({"account_id": "", "business_id": "77213"}, False),
    ],
    ids=["ours", "short form", "another business", "another account", "no account"],
)
def test_a_delivery_is_meant_for_its_own_account(given: dict[str, str], meant: bool) -> None:
    form = f"name=bill.create&object_id=1&account_id={given['account_id']}&business_id={given['business_id']}"

    assert WEBHOOK.is_meant(WEBHOOK.read(a_delivery(form)), FACTS) is meant


def test_without_an_account_of_our_own_nothing_is_meant_for_us() -> None:
    pushed = WEBHOOK.read(a_delivery("name=bill.create&object_id=1&account_id="))

    assert not WEBHOOK.is_meant(pushed, {"account_id": "", "business_id": ""})


def test_a_flow_listens_to_what_it_reads_and_to_what_people_do_with_what_it_wrote() -> None:
    read = WEBHOOK.events(reads=[RecordKind.BILL], writes=[])
    written = WEBHOOK.events(reads=[], writes=[RecordKind.VENDOR, RecordKind.ISSUE])

    assert read == {"bill.create", "bill.update", "bill.delete"}
    assert written == {"bill_vendor.update", "bill_vendor.delete"}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("bill.update", RecordKind.BILL),
        ("bill_vendor.delete", RecordKind.VENDOR),
        ("bill", RecordKind.BILL),
        ("bill_payment.create", None),
        ("callback.verify", None),
    ],
    ids=str,
)
def test_an_event_is_about_a_kind_of_ours_or_of_none(event: str, kind: RecordKind | None) -> None:
    assert WEBHOOK.about(event) is kind


def test_the_webhook_is_imported_without_the_client_and_its_models() -> None:
    asked = (
        "import sys; from ml_connector.runtime.parts import webhooks; webhooks()['freshbooks'];"
        "print([name for name in ('pydantic', 'httpx', 'boto3') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)

    assert done.stdout == "[]\n", done.stderr
