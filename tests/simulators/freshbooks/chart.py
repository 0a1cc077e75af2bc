"""What a new business finds in its books: expense categories, the chart of accounts, taxes.

Names are in the manner of a small firm's chart; FreshBooks' own ids and account numbers differ by account.
"""

from __future__ import annotations

from tests.simulators.freshbooks.categories import Categories
from tests.simulators.freshbooks.ledger import Ledger
from tests.simulators.freshbooks.taxes import Taxes

CATEGORIES: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("Advertising", False, ()),
    ("Cost of Goods Sold", True, ("Freight & Shipping", "Materials", "Subcontractors")),
    ("Employee Benefits", False, ()),
    ("Meals & Entertainment", False, ()),
    ("Office Expenses & Postage", False, ("Hardware", "Office Supplies", "Packaging", "Postage", "Software")),
    ("Other Expenses", False, ()),
    ("Professional Services", False, ("Accounting", "Legal Fees")),
    ("Rent or Lease", False, ("Equipment", "Rent", "Vehicles")),
    ("Supplies", False, ()),
    ("Travel", False, ("Airfare", "Hotel/Lodging/Accommodation", "Taxi & Parking")),
    ("Utilities", False, ("Gas & Electrical", "Phone")),
)
BALANCE_SHEET: tuple[tuple[str, str, str], ...] = (
    ("1000", "Cash", "Cash & Bank"),
    ("1200", "Accounts Receivable", "Current Asset"),
    ("1500", "Property, Plant & Equipment", "Fixed Asset"),
    ("2000", "Accounts Payable", "Accounts Payable"),
    ("2100", "Sales Tax Payable", "Current Liability"),
    ("2500", "Loan & Line of Credit", "Long-Term Liability"),
    ("3000", "Owner's Equity", "Equity"),
    ("4000", "Sales", "Income"),
)
FIRST_EXPENSE_NUMBER = 6000


def open_books(categories: Categories, ledger: Ledger, taxes: Taxes) -> None:
    for number, name, sub_type in BALANCE_SHEET:
        ledger.add(name=name, number=number, sub_type=sub_type, system_account_name=name, auto_created=True)
    for position, (name, is_cogs, children) in enumerate(CATEGORIES):
        _branch(categories, ledger, name=name, is_cogs=is_cogs, children=children, position=position)
    taxes.add(name="GST", percent="5", number="RT0001")
    taxes.add(name="HST", percent="13")


def _branch(
    categories: Categories, ledger: Ledger, *, name: str, is_cogs: bool, children: tuple[str, ...], position: int
) -> None:
    """A category, its children, and the expense account that corresponds to each."""
    number = "5000" if is_cogs else str(FIRST_EXPENSE_NUMBER + 100 * position)
    sub_type = "Cost of Goods Sold" if is_cogs else "Operating Expense"
    parent = categories.add(name=name, parent_id=None, is_cogs=is_cogs, is_editable=False)
    account = ledger.add(name=name, number=number, sub_type=sub_type, category_id=parent.id, auto_created=True)
    for index, child in enumerate(children, start=1):
        row = categories.add(name=child, parent_id=parent.id, is_cogs=is_cogs, is_editable=False)
        ledger.add(
            name=child,
            number=f"{number}-{index}",
            sub_type=sub_type,
            category_id=row.id,
            parent_account=account["uuid"],
            auto_created=True,
        )
