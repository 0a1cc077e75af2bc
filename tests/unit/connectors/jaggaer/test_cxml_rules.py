"""The setting `cxml` and its secrets, and where senders put what we need."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ml_connector.connectors.jaggaer import CONNECTOR
from ml_connector.connectors.jaggaer.cxml.door import DOOR
from ml_connector.connectors.jaggaer.settings import check_settings
from ml_connector.domain.document import DocumentKind, Standing
from ml_connector.domain.errors import SettingsError
from ml_connector.pipeline.connections.onboarding_secrets import read_secret
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.documents import LONGEST_PAYLOAD_ID, Arrived, DocumentRefusedError
from ml_connector.pipeline.webhook import Delivery
from tests.simulators.jaggaer import cxml_documents as cxml
from tests.simulators.jaggaer.cxml_documents import Letterhead, enveloped, written

WHOLE: dict[str, Any] = {"identity": "NetworkID:ACME", "senders": ["NetworkID:HUB"]}
UPDATES: dict[str, Any] = {"url": "https://hub.example.com/cxml", "to": "NetworkID:HUB"}


def checked(cxml_settings: Any) -> dict[str, Any]:
    return dict(check_settings({"instance": "acme", "cxml": cxml_settings}, local=False))


def test_it_is_kept_as_it_was_given_and_checking_again_changes_nothing() -> None:
    once = checked({**WHOLE, "status_updates": UPDATES})

    assert once["cxml"] == {**WHOLE, "status_updates": UPDATES}
    assert check_settings(once, local=False) == once


def test_the_defaults_take_everything_in_and_tell_nobody() -> None:
    rules = DOOR.rules(checked(WHOLE))

    assert rules is not None
    assert (rules.kinds, rules.tell) == (frozenset(DocumentKind), frozenset[Standing]())
    assert (rules.accepted, rules.ids_are_unique) == (201, True)


def test_who_is_told_is_told_of_postings_alone_unless_more_is_asked_for() -> None:
    rules = DOOR.rules(checked({**WHOLE, "status_updates": UPDATES}))

    assert rules is not None
    assert rules.tell == {Standing.POSTED}


WRONG: dict[str, tuple[Any, str]] = {
    "not a mapping": ("yes", "cxml"),
    "an unknown key": ({**WHOLE, "sharedSecret": "x"}, "cxml"),
    "nobody": ({**WHOLE, "senders": []}, "cxml.senders"),
    "no domain": ({**WHOLE, "senders": ["HUB"]}, "cxml.senders"),
    "no identity": ({"senders": ["a:b"]}, "cxml.identity"),
    "a kind that is none": ({**WHOLE, "requests": ["invoices"]}, "cxml.requests"),
    "another code": ({**WHOLE, "accepted": 204}, "cxml.accepted"),
    "a list as a code": ({**WHOLE, "accepted": [200]}, "cxml.accepted"),
    "ids that are something else": ({**WHOLE, "payload_ids": "random"}, "cxml.payload_ids"),
    "neither on nor off": ({**WHOLE, "enabled": "perhaps"}, "cxml.enabled"),
    "an address inside": (
        {**WHOLE, "status_updates": {**UPDATES, "url": "https://10.0.0.1/"}},
        "cxml.status_updates.url",
    ),
    "no address": ({**WHOLE, "status_updates": {"to": "a:b"}}, "cxml.status_updates.url"),
    "payment": ({**WHOLE, "status_updates": {**UPDATES, "tell": ["paid"]}}, "cxml.status_updates.tell"),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_a_mistake_is_told_by_its_name(case: str) -> None:
    given, setting = WRONG[case]

    with pytest.raises(SettingsError) as refused:
        checked(given)

    assert refused.value.setting == setting


def test_the_cxml_secrets_may_be_given_and_need_not_be() -> None:
    needed = {"client_id": "a", "client_secret": "b"}

    assert read_secret(CONNECTOR, needed, Problems(), "secret") == needed
    whole = {**needed, "cxml_secret": "c"}
    assert read_secret(CONNECTOR, whole, Problems(), "secret") == whole


def test_a_blank_cxml_secret_is_refused() -> None:
    problems = Problems()

    given = {"client_id": "a", "client_secret": "b", "cxml_secret": " "}

    assert read_secret(CONNECTOR, given, problems, "secret") is None
    assert len(problems.found) == 1


def arrived(request: Any) -> Arrived:
    raw = written(enveloped(request, "1", Letterhead()), Letterhead())
    return DOOR.read(DOOR.open(Delivery(raw=raw, headers={"content-type": "text/xml"})))


@pytest.mark.parametrize("where", ["orderID", "payloadID"])
def test_an_orders_number_is_found_where_senders_put_it(where: str) -> None:
    assert arrived(cxml.invoice("INV-1", orders=["PO-1", "PO-2"], order_in=where)).orders == ("PO-1", "PO-2")


def test_the_suppliers_own_order_number_is_none_of_ours() -> None:
    assert arrived(cxml.invoice("INV-1")).orders == ()


def test_an_update_refers_to_a_document_by_the_whole_of_its_id() -> None:
    name = "1" * LONGEST_PAYLOAD_ID

    assert arrived(cxml.status_update(of=name)).refers_to == name
    assert arrived(cxml.status_update(of=f"{name}1", number="INV-1")).refers_to is None


def test_an_update_whose_only_reference_is_longer_than_any_id_names_no_document() -> None:
    with pytest.raises(DocumentRefusedError, match="names no document"):
        arrived(cxml.status_update(of="1" * (LONGEST_PAYLOAD_ID + 1)))


def test_the_door_is_read_without_the_connector() -> None:
    """The receiver stands open to everybody, and starts while a partner waits."""
    code = "import sys; import ml_connector.connectors.jaggaer.cxml.door; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"httpx", "pydantic", "jmespath", "yaml", "ml_connector.connectors.jaggaer.client"} & set(loaded)
