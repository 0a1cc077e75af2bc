"""P5, P13: a poll that the source refuses says so beside its flow, and a person's full read reads everything again."""

from __future__ import annotations

from ml_connector.domain.errors import RejectedError
from tests.builders import a_bill, an_invoice_world


def test_a_refused_poll_keeps_its_reason_until_one_succeeds() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.source.read_errors.append(RejectedError("the path is wrong: check resources.invoice.list.path"))

    report = world.poll()
    refused = world.fakes.polls.load(world.invoices).trouble
    world.poll()

    assert report.text == "failed: the path is wrong: check resources.invoice.list.path"
    assert refused == "the path is wrong: check resources.invoice.list.path"
    assert world.fakes.polls.load(world.invoices).trouble is None
    assert (world.fakes.metrics.counts["PollsFailed"], world.numbers) == (1, ["INV-1"])


def test_a_full_read_on_a_persons_word_fetches_what_did_not_change() -> None:
    world = an_invoice_world()
    world.source_has(a_bill())
    world.poll()

    report = world.poll(full=True)

    assert (report.passed_on, world.source.fetched, world.actions) == (1, ["1", "1"], ["create"])
