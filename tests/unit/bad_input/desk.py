"""The whole command line over fakes: real files, the real services and connectors, simulators for vendors; and a
snapshot of what is stored, to see that a refusal left it alone.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from local.lab import INVOICES, SUPPLIERS
from ml_connector.aws.resources import Resources
from ml_connector.cli.main import main
from ml_connector.pipeline.ports import Ports
from ml_connector.runtime import wiring
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.logs import QuietLog
from ml_connector.runtime.settings import Settings
from ml_connector.runtime.systems import OpenSystems
from tests.fakes.system import SerialParallel
from tests.fakes.world import FakeWorld
from tests.simulators.freshbooks import FreshBooksSimulator
from tests.simulators.jaggaer import JaggaerSimulator
from tests.simulators.serving import transport
from tests.unit.cli.desk import Printed
from tests.world import router

TENANT = "acme"
JAGGAER, FRESHBOOKS = "jaggaer.example.com", "freshbooks.example.com"

type Changes = dict[str, Any]


class FakedServices(wiring.Services):
    """The runtime's own wiring, with fakes at its ends."""

    def __init__(self, world: FakeWorld, http: httpx.Client, *, stage: str) -> None:
        resources = Resources(stack="ours")
        super().__init__(Settings(resources=resources, stage=stage), Clients(), QuietLog())
        self._world = world
        self._given = http

    @cached_property
    def ports(self) -> Ports:
        return self._world.ports

    def _systems_over(self, ports: Ports) -> OpenSystems:
        return OpenSystems(ports, self.catalog, SerialParallel(), local=self.settings.is_local, http=self._given)


@dataclass(kw_only=True)
class Desk:
    """A new customer's desk: `onboard(changes)` writes the file that a person would write, and runs the command."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    stage: str = "prod"
    world: FakeWorld = field(default_factory=FakeWorld)

    def __post_init__(self) -> None:
        self.jaggaer = JaggaerSimulator(clock=self.world.clock.now)
        self.freshbooks = FreshBooksSimulator(clock=self.world.clock.now)
        hosts = {JAGGAER: transport(self.jaggaer), FRESHBOOKS: transport(self.freshbooks)}
        self.services = FakedServices(self.world, httpx.Client(transport=router(hosts)), stage=self.stage)
        self._grant = self.freshbooks.grant()

    def run(self, *argv: str) -> Printed:
        code = main(argv, build=lambda _: self.services, environment={})
        printed = self.capsys.readouterr()
        return Printed(code=code, out=printed.out, err=printed.err)

    def onboard(self, changes: Changes | None = None) -> Printed:
        return self.run("onboard", self.file("acme.yaml", yaml.safe_dump(self.document(changes or {}))))

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def document(self, changes: Changes) -> dict[str, Any]:
        """A good one with places changed, each named by its path: `connections.jaggaer.settings.base_url`."""
        document = self._good()
        for place, value in changes.items():
            *way, last = place.split(".")
            inside: Any = document
            for step in way:
                inside = inside[int(step)] if isinstance(inside, list) else inside.setdefault(step, {})
            inside[int(last) if isinstance(inside, list) else last] = value
        return document

    def stored(self) -> dict[str, Any]:
        """Everything that an onboarding writes, but the tokens: a refresh token works once, so it is kept at once."""
        world = self.world
        return deepcopy(
            {
                "connections": world.connections.connections,
                "flows": world.connections.settings,
                "mappings": [world.mappings.list(one) for one in world.connections.connections],
                "secrets": {name: kept for name, kept in world.secrets.versions.items() if name.startswith("conn")},
                "schedules": world.schedules.entries,
                "runs": world.runs.started,
                "notices": world.notices.bodies,
                "postings": world.postings.bodies,
                "rows": world.ledger.rows,
                "polls": world.polls.progress,
            }
        )

    @property
    def secrets(self) -> list[str]:
        application = self.freshbooks.application
        tokens = [self._grant["access_token"], self._grant["refresh_token"]]
        return [self.jaggaer.client_secret, application.client_secret, *tokens]

    def _good(self) -> dict[str, Any]:
        application = self.freshbooks.application
        return {
            "tenant": TENANT,
            "connections": {
                "jaggaer": {
                    "system": "jaggaer",
                    "settings": {
                        "base_url": f"https://{JAGGAER}",
                        "profile": {"connection": {"max_requests_per_second": 50}},
                        "confirmed": ["invoice", "supplier", "purchase_order"],
                    },
                    "secret": {"client_id": self.jaggaer.client_id, "client_secret": self.jaggaer.client_secret},
                },
                "freshbooks": {
                    "system": "freshbooks",
                    "settings": {
                        "base_url": f"https://{FRESHBOOKS}",
                        "account_id": self.freshbooks.account_id,
                        "business_id": str(self.freshbooks.business_id),
                        "business_uuid": self.freshbooks.business_uuid,
                        "redirect_uri": application.redirect_uri,
                        "requests_per_minute": 6000,
                    },
                    "secret": {"client_id": application.client_id, "client_secret": application.client_secret},
                    "grant": self._grant,
                },
            },
            "flows": [
                {"flow": SUPPLIERS, "source": "jaggaer", "target": "freshbooks", "cadence": "rate(1 hour)"},
                {"flow": INVOICES, "source": "jaggaer", "target": "freshbooks", "cadence": "rate(15 minutes)"},
            ],
            "mappings": {"freshbooks": {"account": {"600100": "Supplies"}}},
        }


def one_message(printed: Printed) -> str:
    """The refusal's text, once it is sure that it is one message on standard error, without a traceback."""
    assert printed.out == ""
    assert printed.err.startswith("ml-connector: ")
    assert printed.err.count("ml-connector: ") == 1
    assert "Traceback" not in printed.err
    assert len(printed.err) < 2000
    return printed.err.removeprefix("ml-connector: ").rstrip()


def as_json(document: dict[str, Any]) -> str:
    return json.dumps(document)
