"""A whole installation on this laptop: engine, simulators, the deployed stack, and the command line pointed at it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from local import engine, running, stack
from local.engine import ROOT
from local.stack import Stack
from tests.simulators.jaggaer import JaggaerSimulator

TENANT = "hillside"
SUPPLIERS = "jaggaer_supplier_to_freshbooks_vendor"
INVOICES = "jaggaer_invoice_to_freshbooks_bill"
ISSUES = "freshbooks_invoice_to_jira_issue"
WORKLOGS = "freshbooks_time_entry_to_jira_worklog"

ACCOUNTS = {
    "600100": "Supplies",
    "600200": "Hardware",
    "610000": "Freight & Shipping",
    "620000": "Professional Services",
    "630000": "Rent",
}
"""JAGGAER's account segment -> FreshBooks' expense category by name; onboarding looks it up in the live chart."""


@dataclass(kw_only=True)
class Lab:
    """Everything by name: `cli(...)` as a person would type it, `ask`/`tell` for a simulator's back door."""

    stack: Stack
    urls: dict[str, str]
    folder: Path
    tenant: str = TENANT
    processes: list[int] = field(default_factory=list)

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `ml-connector ...` on this stack; raises with its words where it fails and `check` is set."""
        done = subprocess.run(
            [str(engine.BIN / "ml-connector"), *arguments],
            cwd=ROOT,
            env={**self.stack.environment, "ML_STACK": self.stack.name, "ML_TENANT": self.tenant},
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise SystemExit(f"ml-connector {' '.join(arguments)} failed\n{done.stdout}{done.stderr}")
        return done

    def shown(self, *arguments: str) -> Any:
        """The command's `--json` answer."""
        return json.loads(self.cli(*arguments, "--json").stdout)

    def ask(self, simulator: str, what: str) -> Any:
        with urllib.request.urlopen(f"{self.urls[simulator]}/_control/{what}", timeout=30) as answer:
            return json.loads(answer.read())

    def tell(self, simulator: str, what: str, **values: Any) -> Any:
        request = urllib.request.Request(
            f"{self.urls[simulator]}/_control/{what}", data=json.dumps(values).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def onboarding(self, **changes: Any) -> Path:
        """The file a person would write for JAGGAER and FreshBooks, with `changes` to its top-level keys."""
        return self._file("onboarding.yaml", onboarding_document(self) | changes)

    def jira_onboarding(self) -> Path:
        """The file that adds Jira to the same tenant."""
        return self._file("jira.yaml", jira_document(self))

    def consent(self, connection: str) -> str:
        """Somebody opens the link that `authorise` gives, signs in at the vendor and says yes; gives the link."""
        link = str(self.shown("authorise", connection)["url"])
        with httpx.Client(follow_redirects=True, timeout=90) as browser:
            page = browser.get(link)
        if page.status_code != 200:
            raise SystemExit(f"the consent failed: {page.status_code} {page.text}")
        return link

    def _file(self, name: str, document: dict[str, Any]) -> Path:
        file = self.folder / name
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        file.chmod(0o600)
        return file


def onboarding_document(lab: Lab) -> dict[str, Any]:
    """Registers the stack's own address with the application too, as a person does on FreshBooks' developer page."""
    lab.tell("freshbooks", "register", redirect_uri=f"{lab.stack.base_url}/oauth/freshbooks/callback")
    about = lab.ask("freshbooks", "about")
    application = about["application"]
    return {
        "tenant": lab.tenant,
        "connections": {
            "jaggaer": {
                "system": "jaggaer",
                "settings": {
                    "base_url": lab.urls["jaggaer"],
                    "profile": {"connection": {"max_requests_per_second": 50}},
                    "confirmed": ["invoice", "supplier", "purchase_order"],
                },
                "secret": {"client_id": JaggaerSimulator.client_id, "client_secret": JaggaerSimulator.client_secret},
            },
            "freshbooks": {
                "system": "freshbooks",
                "settings": {
                    "base_url": lab.urls["freshbooks"],
                    "account_id": about["account_id"],
                    "business_id": str(about["business_id"]),
                    "business_uuid": about["business_uuid"],
                    "redirect_uri": application["redirect_uri"],
                    "requests_per_minute": 6000,
                    "callback_base_url": lab.stack.base_url,
                },
                "secret": {"client_id": application["client_id"], "client_secret": application["client_secret"]},
                "grant": lab.tell("freshbooks", "grant"),
            },
        },
        "flows": [
            {"flow": SUPPLIERS, "source": "jaggaer", "target": "freshbooks", "cadence": "cron(* * * * ? *)"},
            {"flow": INVOICES, "source": "jaggaer", "target": "freshbooks", "cadence": "rate(15 minutes)"},
        ],
        "mappings": {"freshbooks": {"account": ACCOUNTS}},
    }


def jira_document(lab: Lab) -> dict[str, Any]:
    """What is in no file already: the FreshBooks connection is the tenant's own. The consent fills in Jira's site."""
    redirect_uri = f"{lab.stack.base_url}/oauth/jira/callback"
    lab.tell("jira", "register", redirect_uri=redirect_uri)
    application = lab.ask("jira", "about")["application"]
    between = {"source": "freshbooks", "target": "jira"}
    worker = str(lab.ask("freshbooks", "about")["identity_id"])
    return {
        "tenant": lab.tenant,
        "connections": {
            "jira": {
                "system": "jira",
                "settings": {
                    "sign_in": "oauth",
                    "gateway_url": lab.urls["jira"],
                    "auth_url": lab.urls["jira"],
                    "redirect_uri": redirect_uri,
                    "projects": ["FIN", "OPS"],
                    "webhooks": "dynamic",
                    "callback_base_url": lab.stack.base_url,
                },
                "secret": {"client_id": application["client_id"], "client_secret": application["client_secret"]},
            }
        },
        "flows": [
            {"flow": ISSUES, **between, "settings": {"project": "FIN", "fields": {"Amount": "amount"}}},
            {"flow": WORKLOGS, **between, "settings": {"workers": {worker: "Ida Fenn"}}},
        ],
    }


@contextmanager
def lab(folder: Path, *, data: str | None = "invented", say: Callable[[str], None] = lambda _: None) -> Iterator[Lab]:
    """Bring one up on free ports, keep nothing, and end every part of it whatever happens."""
    made = engine.start(engine.free_port(), folder=folder, persist=False)
    processes: list[int] = []
    try:
        urls = {}
        for name, options in {"freshbooks": [], "jaggaer": ["--data", data] if data else [], "jira": []}.items():
            urls[name] = _simulator(name, made.port, folder, processes, options)
        say(f"embedded AWS engine and the simulators are up (loopback only, ports {_ports(made.port, urls)})")
        deployed = stack.deploy(made.port)
        say(f"template.yaml built in {deployed.build_seconds:.0f} s and deployed in {deployed.deploy_seconds:.0f} s")
        yield Lab(stack=deployed, urls=urls, folder=folder, processes=processes)
    finally:
        for process in processes:
            engine.end(process, patience=2)
        engine.stop(made, patience=5)


def _simulator(name: str, port: int, folder: Path, processes: list[int], options: list[str]) -> str:
    chosen = engine.free_port()
    log = folder / f"{name}.log"
    process = running.start_part(
        f"tests.simulators.{name}",
        *("--port", str(chosen), "--control", *options),
        log=log,
        environment=engine.environment(port),
        root=ROOT,
    )
    processes.append(process)
    url = engine.endpoint_of(chosen)
    until = time.monotonic() + 15
    while not running.answers(url):
        if time.monotonic() > until:
            raise SystemExit(f"the {name} simulator did not start; see {log}")
        time.sleep(0.05)
    return url


def _ports(port: int, urls: dict[str, str]) -> str:
    return ", ".join([str(port), *(url.rsplit(":", 1)[1] for url in urls.values())])


def demo_data() -> str:
    """`invented`, or the folder that DEMO_JAGGAER_DATA names."""
    folder = os.environ.get("DEMO_JAGGAER_DATA")
    if not folder:
        return "invented"
    if not (Path(folder).expanduser() / "invoice-list.json").is_file():
        raise SystemExit(f"DEMO_JAGGAER_DATA={folder}: there is no invoice-list.json in that folder")
    return str(Path(folder).expanduser().resolve())
