"""What the rest may know of FreshBooks: how a connection is opened, what it reads and writes, and its limits."""

from ml_connector.connectors.freshbooks.auth import oauth
from ml_connector.connectors.freshbooks.consent import FreshBooksConsent
from ml_connector.connectors.freshbooks.ledger import KINDS
from ml_connector.connectors.freshbooks.settings import check_settings, read_settings
from ml_connector.connectors.freshbooks.system import limits_of, open_system
from ml_connector.connectors.freshbooks.written import MAPPED_AMONG, WRITTEN
from ml_connector.domain.records.kinds import RecordKind, ReferenceKind
from ml_connector.pipeline.system import Connector, Grant, Reach

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    system="freshbooks",
    title="FreshBooks",
    reach=Reach.CALLED,
    grant=Grant.AUTHORIZATION_CODE,
    reads=frozenset({RecordKind.BILL, RecordKind.VENDOR}) | KINDS,
    writes=frozenset({RecordKind.BILL, RecordKind.VENDOR}),
    references=frozenset({ReferenceKind.ACCOUNT, ReferenceKind.VENDOR}),
    secret_fields=("client_id", "client_secret"),
    check_settings=check_settings,
    oauth=oauth,
    open=open_system,
    account_of=lambda settings: str(settings["account_id"]),
    limits=lambda settings: limits_of(read_settings(settings, local=True)),
    consent=FreshBooksConsent(),
    mapped_among=MAPPED_AMONG,
    mapped_as_written=WRITTEN,
    addresses=lambda settings: (oauth(settings).token_url,),  # the API is at the same host
)
