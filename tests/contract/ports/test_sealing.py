"""What is kept sealed opens only where it belongs, and a chain that was touched is found. The real adapter alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_connector.aws import keys
from ml_connector.aws.ledger import DynamoLedger
from ml_connector.aws.payloads import DynamoPayloads
from ml_connector.aws.resources import Resources
from ml_connector.aws.vault import Place, SealBrokenError, Vault
from tests.contract.ports.builders import ACME, GLOBEX, a_first, a_payload_key, a_record, a_row, an_event
from tests.contract.ports.emulated import Emulated
from tests.contract.ports.harness import a_vault
from tests.fakes.clock import FakeClock

PLACE = Place(tenant="acme", table="payload", record="1", version="v1")


@pytest.fixture
def resources(aws: Emulated) -> Resources:
    return aws.resources()


@pytest.fixture
def vault(aws: Emulated, resources: Resources) -> Vault:
    return a_vault(aws, resources, FakeClock())


@pytest.fixture
def ledger(aws: Emulated, resources: Resources, vault: Vault) -> DynamoLedger:
    return DynamoLedger(aws.dynamodb, resources, vault)


def moved(aws: Emulated, table: str, source: keys.TableKey, target: keys.TableKey, **changes: Any) -> None:
    item = aws.dynamodb.get_item(TableName=table, Key=source.item)["Item"]
    aws.dynamodb.put_item(TableName=table, Item={**item, **target.item, **changes})


def test_every_worker_of_a_day_opens_what_another_sealed(aws: Emulated, resources: Resources, vault: Vault) -> None:
    other = a_vault(aws, resources, FakeClock())

    assert other.open(PLACE, vault.seal(PLACE, b"x" * 5000)) == b"x" * 5000
    assert vault.open(PLACE, other.seal(PLACE, b"")) == b""


@pytest.mark.parametrize(
    "changes",
    [{"tenant": "globex"}, {"table": "audit"}, {"record": "2"}, {"version": "v2"}],
    ids=str,
)
def test_a_seal_belongs_to_its_place(vault: Vault, changes: dict[str, str]) -> None:
    sealed = vault.seal(PLACE, b"secret")

    with pytest.raises(SealBrokenError):
        vault.open(replace(PLACE, **changes), sealed)


def test_a_flipped_bit_breaks_the_seal(vault: Vault) -> None:
    sealed = vault.seal(PLACE, b"secret")

    with pytest.raises(SealBrokenError):
        vault.open(PLACE, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_what_is_sealed_is_not_readable(vault: Vault) -> None:
    assert b"secret" not in vault.seal(PLACE, b"secret")


def test_a_payload_moved_to_another_tenant_does_not_open(aws: Emulated, resources: Resources, vault: Vault) -> None:
    payloads = DynamoPayloads(aws.dynamodb, aws.s3, resources, vault)
    mine, theirs = a_payload_key(ACME), a_payload_key(GLOBEX)
    payloads.put_many({mine: b"secret", theirs: b"theirs"})

    moved(aws, resources.payload_table, keys.payload(mine), keys.payload(theirs))

    with pytest.raises(SealBrokenError):
        payloads.get(theirs)


def test_a_payload_moved_to_another_tenant_with_its_data_key_does_not_open_either(
    aws: Emulated, resources: Resources, vault: Vault
) -> None:
    """KMS unwraps the key for the tenant that it was made for alone: whoever may write both tables gains nothing."""
    payloads = DynamoPayloads(aws.dynamodb, aws.s3, resources, vault)
    mine, theirs = a_payload_key(ACME), a_payload_key(GLOBEX)
    payloads.put_many({mine: b"secret"})
    day = FakeClock().now().date().isoformat()
    moved(aws, resources.payload_table, keys.payload(mine), keys.payload(theirs))
    moved(aws, resources.connection_table, keys.data_key("acme", day), keys.data_key("globex", day))

    fresh = a_vault(aws, resources, FakeClock())
    other = DynamoPayloads(aws.dynamodb, aws.s3, resources, fresh)

    with pytest.raises(SealBrokenError):
        other.get(theirs)
    with pytest.raises(SealBrokenError, match="was not made for globex"):
        fresh.seal(replace(PLACE, tenant="globex"), b"with another tenant's key")
    assert other.get(mine) == b"secret"


def test_each_day_has_a_data_key_of_its_own_and_those_of_other_days_still_open(
    aws: Emulated, resources: Resources
) -> None:
    clock = FakeClock()
    old = a_vault(aws, resources, clock).seal(PLACE, b"yesterday")
    clock.advance(timedelta(days=1))
    vault = a_vault(aws, resources, clock)

    new = vault.seal(PLACE, b"today")

    assert (vault.open(PLACE, old), vault.open(PLACE, new)) == (b"yesterday", b"today")
    assert old[1:11] != new[1:11]


def test_after_the_master_key_was_replaced_old_payloads_open_and_new_ones_are_sealed_with_the_new_key(
    aws: Emulated, resources: Resources
) -> None:
    """The workers take it up one after the other, in the middle of a day, and nobody waits."""
    clock = FakeClock()
    before = a_vault(aws, resources, clock)
    old = before.seal(PLACE, b"old")
    replaced = replace(resources, data_key=aws.kms.create_key()["KeyMetadata"]["Arn"])
    after = a_vault(aws, replaced, clock)

    same_day = after.seal(PLACE, b"same day")
    clock.advance(timedelta(days=1))
    new = after.seal(PLACE, b"new")

    assert [after.open(PLACE, one) for one in (old, same_day, new)] == [b"old", b"same day", b"new"]
    assert [before.open(PLACE, one) for one in (old, same_day, new)] == [b"old", b"same day", b"new"]


def test_an_entry_keeps_at_most_64_kilobytes_of_detail(
    aws: Emulated, resources: Resources, ledger: DynamoLedger
) -> None:
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(150_000))
    ledger.commit(a_first(a_row(), events=(an_event("one", code="x", found=noise),)))

    (entry,) = ledger.trail(a_record())

    assert entry.event.detail["code"] == "x"
    assert "are left out here" in entry.event.detail["found"]["cut"]
    assert ledger.broken_links(a_record()) == []


def test_an_audit_detail_moved_to_another_tenant_does_not_open(
    aws: Emulated, resources: Resources, ledger: DynamoLedger
) -> None:
    mine, theirs = a_record(), a_record(flow=GLOBEX)
    ledger.commit(a_first(a_row(mine), events=(an_event(vendor="Secret Ltd"),)))
    ledger.commit(a_first(a_row(theirs), events=(an_event(vendor="Other"),)))

    moved(aws, resources.audit_trail_table, keys.entry(mine, 1), keys.entry(theirs, 1))

    with pytest.raises(SealBrokenError):
        ledger.trail(theirs)
    assert ledger.broken_links(theirs) != []


def test_the_table_does_not_show_an_audit_detail(aws: Emulated, resources: Resources, ledger: DynamoLedger) -> None:
    ledger.commit(a_first(a_row(), events=(an_event("received", vendor="Secret Ltd"),)))

    found = aws.dynamodb.scan(TableName=resources.audit_trail_table)["Items"]

    assert "Secret Ltd" not in str(found)
    assert "received" in str(found)


@pytest.mark.parametrize("field", ["text", "actor", "at", "step"])
def test_an_edited_entry_breaks_the_chain(
    aws: Emulated, resources: Resources, ledger: DynamoLedger, field: str
) -> None:
    ledger.commit(a_first(a_row(), events=(an_event("one"), an_event("two"))))
    key = keys.entry(a_record(), 1)
    item = aws.dynamodb.get_item(TableName=resources.audit_trail_table, Key=key.item)["Item"]
    clear = json.loads(item["clear"]["S"]) | {field: "edited"}

    moved(aws, resources.audit_trail_table, key, key, clear={"S": json.dumps(clear)})

    assert len(ledger.broken_links(a_record())) == 1


def test_a_removed_last_entry_breaks_the_chain(aws: Emulated, resources: Resources, ledger: DynamoLedger) -> None:
    ledger.commit(a_first(a_row(), events=(an_event("one"), an_event("two"))))

    aws.dynamodb.delete_item(TableName=resources.audit_trail_table, Key=keys.entry(a_record(), 2).item)

    assert len(ledger.broken_links(a_record())) == 1


def test_the_day_knows_which_records_it_touched(aws: Emulated, resources: Resources, ledger: DynamoLedger) -> None:
    row = ledger.commit(a_first(a_row()))
    key = keys.touched(a_record(), an_event().at)

    item = aws.dynamodb.get_item(TableName=resources.audit_trail_table, Key=key.item)["Item"]

    assert key.pk.startswith("acme#day#2026-03-02#")
    assert (item["sequence"]["N"], item["head"]["S"]) == ("1", row.audit_head)
