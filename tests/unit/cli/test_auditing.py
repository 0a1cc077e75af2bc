"""`audit`: report, export, verify, key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ml_connector.domain.audit import Step
from ml_connector.domain.crossreference import Confirmed, Origin, State
from ml_connector.domain.decision import Reason
from ml_connector.pipeline.auditing.sealing import Sealer
from tests.fakes.audit import FakeSigner
from tests.fakes.clock import START, FakeDeadline
from tests.unit.cli.desk import Desk
from tests.unit.pipeline.reporting.office import missing_account, usd

REPORT = """\
jaggaer_invoice_to_freshbooks_bill (jaggaer -> freshbooks), the first month to the last

OUTCOME   RECORDS       USD
created         1  1,200.00
updated         1     20.50
matched         1      4.00
skipped         1      2.00
held            1      7.00
rejected        1      1.00
received        6  1,234.50

OUTCOME   REASON           RECORDS   USD  SUCH AS
skipped   not_approved           1  2.00  not approved yet
held      account_missing        1  7.00  account 600 is not in FreshBooks and not mapped
rejected  refused                1  1.00  =the vendor says no

6 records, each with one outcome: they add up to what was received.
"""


class KeyedSigner(FakeSigner):
    """Signs as KMS does, with a key that is made here."""

    def __init__(self) -> None:
        super().__init__()
        self._key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))

    def public_key(self) -> str:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def books(desk: Desk) -> Desk:
    """Six records, each with an outcome of its own, sealed."""
    office = desk.office
    for connection in office.ports.connections.list("acme"):
        office.ports.connections.save(replace(connection, created_at=START))
    event = office.event(Step.POSTED, "posted")
    office.record("1", State.POSTED, amount=usd("1200.00"), events=[event], confirmed=confirmed(desk))
    office.record("2", State.POSTED, amount=usd("20.50"), events=[event], confirmed=confirmed(desk, updates=2))
    office.record("3", State.LINKED, amount=usd("4.00"), events=[event])
    skipped = Reason(code="not_approved", text="not approved yet")
    office.record("4", State.SKIPPED, amount=usd("2.00"), events=[event], reasons=[skipped])
    office.record("5", State.HELD, amount=usd("7.00"), events=[event], reasons=[missing_account("600")])
    refused = Reason(code="refused", text="=the vendor says no")
    office.record("6", State.REJECTED, amount=usd("1.00"), month="2026-04", events=[event], reasons=[refused])
    desk.services.audit.signer = KeyedSigner()
    world = office.world
    Sealer(desk.services.audit_ports, world.connections, world.clock, world.log).seal("acme", FakeDeadline(world.clock))
    return desk


def confirmed(desk: Desk, updates: int = 0) -> Confirmed:
    return Confirmed(
        n=1,
        target_id="B1",
        digest="d",
        source_digest="s",
        origin=Origin.CREATED,
        at=desk.office.world.clock.now(),
        updates=updates,
    )


def exported(books: Desk, folder: Path) -> tuple[str, str]:
    books.run("audit", "key", "--out", "seal.pem")
    assert books.run("audit", "export", str(folder)).code == 0
    return str(folder), "seal.pem"


def test_a_report_counts_every_outcome_with_its_reasons_and_adds_up(books: Desk) -> None:
    printed = books.run("audit", "report")

    assert (printed.code, printed.out) == (0, REPORT)


def test_a_report_of_a_period_has_only_its_months(books: Desk) -> None:
    (flow,) = books.run("audit", "report", "--json", "--from", "2026-04", "--to", "2026-05").data["flows"]

    assert [(one["outcome"], one["tally"]["records"]) for one in flow["outcomes"]] == [("rejected", 1)]
    assert (flow["received"]["records"], flow["adds_up"]) == (1, True)
    assert [line["record"] for line in flow["lines"]] == [f"{books.office.flow}/6"]


def test_a_report_as_a_table_has_a_line_for_each_record_and_no_formula(books: Desk) -> None:
    books.run("audit", "report", "--csv", "report.csv")

    head, *lines = books.terminal.files["report.csv"].splitlines()

    assert head == "flow,month,number,record,outcome,amount,currency,target_id,codes,why"
    assert len(lines) == 6
    assert lines[1].split(",")[4:8] == ["updated", "20.50", "USD", "B1"]
    assert lines[5].endswith("refused,'=the vendor says no")


def test_a_report_whose_rows_are_not_what_the_index_counts_fails(books: Desk) -> None:
    record = next(iter(books.office.world.ledger.rows))
    del books.office.world.ledger.rows[record]

    printed = books.run("audit", "report")

    assert printed.code == 1
    assert "do not add up to what was received" in printed.out


def test_a_wrong_month_names_its_option(books: Desk) -> None:
    printed = books.run("audit", "report", "--to", "April")

    assert (printed.code, printed.err) == (2, "ml-connector: --to: 'April' is not a month: write it as 2026-03\n")


def test_a_period_that_ends_before_it_begins_is_a_wrong_use(books: Desk) -> None:
    printed = books.run("audit", "report", "--from", "2026-05", "--to", "2026-04")

    assert (printed.code, printed.err) == (2, "ml-connector: --from: 2026-05 is after --to 2026-04\n")


def test_an_export_verifies_with_the_public_key_and_without_a_stack(books: Desk, tmp_path: Path) -> None:
    folder, key = exported(books, tmp_path / "export")
    built = len(books.built)

    printed = books.run("audit", "verify", folder, "--key", key)

    assert (printed.code, len(books.built)) == (0, built)
    assert "6 records, 6 entries, 1 seals" in printed.out
    assert "Whole: every entry follows from the one before it and is the one that was sealed." in printed.out


def test_a_changed_export_fails_and_says_where(books: Desk, tmp_path: Path) -> None:
    folder, key = exported(books, tmp_path / "export")
    trail = tmp_path / "export" / "trail.jsonl"
    trail.write_text(trail.read_text().replace(r"\"text\":\"posted\"", r"\"text\":\"edited\"", 1))

    printed = books.run("audit", "verify", folder, "--key", key, "--json")

    assert (printed.code, printed.data["is_whole"]) == (1, False)
    assert {(one["kind"], one["where"], one["sequence"]) for one in printed.data["listed"]} >= {
        ("entry_changed", f"{books.office.flow}/1", 1)
    }


def test_an_export_holds_the_journal_and_a_change_of_it_is_told(books: Desk, tmp_path: Path) -> None:
    books.run("pause", "freshbooks", "--why", "year end")
    folder, key = exported(books, tmp_path / "export")
    trail = tmp_path / "export" / "trail.jsonl"
    whole = books.run("audit", "verify", folder, "--key", key)
    trail.write_text(trail.read_text().replace("year end", "holidays"))

    printed = books.run("audit", "verify", folder, "--key", key, "--json")

    assert (whole.code, "6 records, 7 entries" in whole.out) == (0, True)
    assert [(one["kind"], one["where"], one["sequence"]) for one in printed.data["listed"]] == [
        ("entry_changed", "acme/journal", 1)
    ]


def test_another_key_verifies_nothing(books: Desk, tmp_path: Path) -> None:
    folder, _ = exported(books, tmp_path / "export")
    books.terminal.files["other.pem"] = KeyedSigner().public_key()

    printed = books.run("audit", "verify", folder, "--key", "other.pem")

    assert printed.code == 1
    assert "its signature is not that of this key" in printed.out


def test_a_file_that_is_no_key_is_told_with_the_command_that_gives_one(books: Desk, tmp_path: Path) -> None:
    folder, _ = exported(books, tmp_path / "export")
    books.terminal.files["no.pem"] = "nothing"

    printed = books.run("audit", "verify", folder, "--key", "no.pem")

    assert (printed.code, printed.err) == (
        2,
        "ml-connector: no.pem is no public key: ml-connector audit key --out <file>\n",
    )


def test_an_export_that_broke_off_is_no_export(books: Desk, tmp_path: Path) -> None:
    folder, key = exported(books, tmp_path / "export")
    (tmp_path / "export" / "manifest.json").unlink()

    printed = books.run("audit", "verify", folder, "--key", key)

    assert printed.code == 2
    assert "no complete export" in printed.err


def test_an_export_goes_into_an_empty_folder_only(books: Desk, tmp_path: Path) -> None:
    folder, _ = exported(books, tmp_path / "export")

    printed = books.run("audit", "export", folder)

    assert printed.code == 2
    assert "is not an empty folder" in printed.err


def test_the_public_key_is_shown_or_written(books: Desk) -> None:
    shown = books.run("audit", "key").out
    books.run("audit", "key", "--out", "seal.pem")

    assert shown.startswith("-----BEGIN PUBLIC KEY-----")
    assert books.terminal.files["seal.pem"].strip() == shown.strip()
