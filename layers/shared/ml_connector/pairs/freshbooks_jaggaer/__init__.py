"""FreshBooks and JAGGAER: what moves, and which way. Nothing of accounting ever flows back."""

from ml_connector.pairs.freshbooks_jaggaer.in_view import CONTRACTS_IN_VIEW, ORDERS_IN_VIEW
from ml_connector.pairs.freshbooks_jaggaer.invoice_to_bill import INVOICE_TO_BILL
from ml_connector.pairs.freshbooks_jaggaer.supplier_to_vendor import SUPPLIER_TO_VENDOR

FLOWS = (SUPPLIER_TO_VENDOR, INVOICE_TO_BILL, ORDERS_IN_VIEW, CONTRACTS_IN_VIEW)
