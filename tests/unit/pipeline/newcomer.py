"""A good onboarding file, changed place by place, and the service that takes it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.onboarding import Onboarded, Onboarding
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.upkeep import Upkeep
from tests.unit.pipeline.office import BILLS, HOLD_AGE, TENANT, VENDORS, Office

FILE: dict[str, Any] = {
    "tenant": TENANT,
    "connections": {
        "jaggaer": {
            "system": "jaggaer",
            "settings": {"site": "x"},
            "secret": {"client_id": "buyer", "client_secret": "sesame"},
        },
        "freshbooks": {
            "system": "freshbooks",
            "settings": {"site": "y"},
            "secret": {"client_id": "us", "client_secret": "hush"},
            "grant": {"access_token": "at", "refresh_token": "rt", "expires_in": 43200, "created_at": 1772442000},
        },
    },
    "flows": [
        {"flow": VENDORS.flow, "source": "jaggaer", "target": "freshbooks"},
        {
            "flow": BILLS.flow,
            "source": "jaggaer",
            "target": "freshbooks",
            "cadence": "cron(0 6 ? * MON-FRI *)",
            "time_zone": "Europe/Berlin",
            "settings": {"on_changed": "hold", "overlap_minutes": 30},
        },
    ],
    "mappings": {"freshbooks": {"account": {"600": "10", "601": "600100", "602": "OFFICE  SUPPLIES"}}},
}


def an_onboarding(office: Office, seen: list[dict[str, str]] | None = None) -> Onboarding:
    def systems_of(ports: Ports) -> Any:
        class Systems:
            def open(self, connection: Any) -> Any:
                (seen if seen is not None else []).append(dict(ports.secrets.read(connection.secret)))
                return office.open(connection)

        return Systems()

    references = ReferenceData(office.ports, office.catalog, systems_of(office.ports))
    book = MappingBook(office.ports, references, office.releaser)
    upkeep = Upkeep(office.ports, office.catalog, office.releaser, hold_age=HOLD_AGE)
    return Onboarding(office.ports, office.catalog, systems_of, book, upkeep.feed, local=False)


def onboard(
    office: Office, changes: dict[str, Any] | None = None, *, seen: list[dict[str, str]] | None = None
) -> Onboarded:
    return an_onboarding(office, seen).onboard(file(changes or {}), actor="ann")


def file(changes: dict[str, Any]) -> dict[str, Any]:
    """The good file with some places changed; None takes a place out."""
    file = deepcopy(FILE)
    for path, value in changes.items():
        *way, last = path.split(".")
        inside: Any = file
        for step in way:
            inside = inside[int(step)] if isinstance(inside, list) else inside.setdefault(step, {})
        if value is None and not path.startswith("mappings.freshbooks.account"):
            inside.pop(last, None)
        else:
            inside[last] = value
    return file
