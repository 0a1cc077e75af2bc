"""`link`: a person says which issue is a record's counterpart (FI6)."""

from __future__ import annotations

import json
from types import SimpleNamespace

from tests.freshbooks_jira import BILLS, Customer, a_customer
from tests.unit.cli.desk import Desk


def at_work(desk: Desk, customer: Customer) -> Desk:
    services = customer.world.services
    desk.services = SimpleNamespace(  # type: ignore[assignment]
        ports=services.ports, catalog=services.catalog, systems=services.systems, releaser=services.releaser
    )
    return desk


def a_refused_bill() -> Customer:
    customer = a_customer()
    customer.jira.desk.set_screen(project="FIN", field="Category", required=True)
    vendor = customer.freshbooks.add_vendor(name="Northwind Paper")["id"]
    customer.freshbooks.add_bill(vendorid=vendor, bill_number="NW-1")
    customer.run(customer.flow(BILLS))
    return customer


def test_a_record_is_linked_by_the_issues_key(desk: Desk) -> None:
    customer = a_refused_bill()
    customer.jira.desk.set_screen(project="FIN", field="Category")
    key = customer.jira.desk.add_issue(summary="By hand")["key"]

    printed = at_work(desk, customer).run("link", "NW-1", key, "--json")

    assert printed.code == 0
    assert json.loads(printed.out)["state"] == "linked"


def test_an_issue_that_is_not_there_is_refused_in_words(desk: Desk) -> None:
    printed = at_work(desk, a_refused_bill()).run("link", "NW-1", "FIN-99")

    assert printed.code != 0
    assert "FIN-99" in printed.err
