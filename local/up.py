"""`make up`: the embedded engine, the simulators and the deployed stack, kept running until `make down`.

Run again while it runs, it builds and deploys what changed. State is kept from one `up` to the next.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from local import engine, running, stack
from local.lab import INVOICES, SUPPLIERS, Lab, demo_data
from local.running import Running

SIMULATORS = {"freshbooks": 8101, "jaggaer": 8102, "jira": 8103}
ENVIRONMENT = engine.LOCAL / "env"


def main() -> None:
    up = bring_up()
    _write_what_a_person_needs(up)
    _print_where(up, stack.outputs(up.port)["ApiId"])


def bring_up() -> Running:
    """Whatever of it does not run yet is started, and the template is deployed. Says what it does in a line each."""
    up = running.load() or Running(port=engine.free_port(_wanted_port()))
    if "engine" not in up.processes:
        up = _start_engine(up)
    up = _start_simulators(up)
    _say("sam build, sam deploy ...")
    deployed = stack.deploy(up.port)
    _say(f"built in {deployed.build_seconds:.1f} s, deployed in {deployed.deploy_seconds:.1f} s")
    return _start_watcher(up)


def _start_engine(up: Running) -> Running:
    started = time.monotonic()
    running_engine = engine.start(up.port)
    _say(f"engine on port {up.port} in {time.monotonic() - started:.1f} s")
    return _saved(
        replace(
            up,
            processes={**up.processes, "engine": running_engine.pid},
            urls={**up.urls, "engine": running_engine.endpoint},
        )
    )


def _start_simulators(up: Running) -> Running:
    for name, usual in SIMULATORS.items():
        if name not in up.processes:
            port = engine.free_port(_usual_or_last(up, name, usual))
            pid = running.start_part(
                f"tests.simulators.{name}",
                *("--port", str(port), "--control", *_options(up, name)),
                log=_log(up, name),
                environment=engine.environment(up.port),
                root=engine.ROOT,
            )
            url = engine.endpoint_of(port)
            up = _saved(replace(up, processes={**up.processes, name: pid}, urls={**up.urls, name: url}))
            _await(name, pid, url, _log(up, name))
            _say(f"{name} simulator on port {port}")
    return up


def _start_watcher(up: Running) -> Running:
    if "alarms" in up.processes:
        return up
    pid = running.start_part(
        "local.alarms",
        "--port",
        str(up.port),
        log=_log(up, "alarms"),
        environment=engine.environment(up.port),
        root=engine.ROOT,
    )
    return _saved(replace(up, processes={**up.processes, "alarms": pid}))


def _write_what_a_person_needs(up: Running) -> None:
    """The environment for the command line, and onboarding files for the simulators, for this user alone."""
    there = engine.environment(up.port)
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    exports = [f"export {name}={there[name]}" for name in names]
    ENVIRONMENT.write_text("\n".join([*exports, f"export PATH={engine.BIN}:$PATH", ""]))
    at = Lab(stack=stack.found(up.port), urls=dict(up.urls), folder=engine.LOCAL)
    at.onboarding()
    at.jira_onboarding()


def _await(name: str, pid: int, url: str, log: Path) -> None:
    until = time.monotonic() + 15
    while not running.answers(url):
        if time.monotonic() > until or not running.is_ours(name, pid):
            raise SystemExit(f"the {name} simulator did not start; see {log}")
        time.sleep(0.1)


def _options(up: Running, name: str) -> list[str]:
    """FreshBooks remembers its bills and Jira its issues, as the engine remembers having posted them."""
    if name in ("freshbooks", "jira"):
        return ["--state", str(engine.folder_of(up.port) / f"{name}.state")]
    return ["--data", demo_data()]


def _usual_or_last(up: Running, name: str, usual: int) -> int:
    """The port it had before, since connections made then point there."""
    return int(up.urls[name].rsplit(":", 1)[1]) if name in up.urls else usual


def _wanted_port() -> int:
    return int(os.environ.get("ML_PORT", engine.USUAL_PORT))


def _saved(up: Running) -> Running:
    up.save()
    return up


def _log(up: Running, name: str) -> Path:
    return engine.folder_of(up.port) / f"{name}.log"


def _say(text: str) -> None:
    print(f"up: {text}", flush=True)


def _print_where(up: Running, api_id: str) -> None:
    rows = {
        "engine": f"AWS_ENDPOINT_URL={up.urls['engine']} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
        f" AWS_DEFAULT_REGION={engine.REGION}",
        "API": f"{stack.base_url(up.port, api_id)}/api/...   (signed, as with AWS)",
        **{f"{name} simulator": up.urls[name] for name in SIMULATORS},
        "logs": str(engine.folder_of(up.port).relative_to(engine.ROOT)),
        "command line": ". .local/env   then: ml-connector onboard .local/onboarding.yaml",
        "": f"and: ml-connector run {SUPPLIERS} --wait, ml-connector run {INVOICES} --wait",
        "end": "make down",
    }
    print("\n".join(f"  {name:<21} {value}" for name, value in rows.items()), flush=True)


if __name__ == "__main__":
    main()
