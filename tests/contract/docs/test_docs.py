"""What the documents say is what the product does: codes, flows, commands, targets, links; and nothing of elsewhere."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ml_connector.cli.main import GROUPS
from ml_connector.cli.options import parser
from ml_connector.connectors.freshbooks.settings import FreshBooksSettings
from ml_connector.connectors.jira.settings import JiraSettings
from ml_connector.domain.crossreference import State
from ml_connector.pairs import freshbooks_jira
from ml_connector.pairs.freshbooks_jaggaer import FLOWS
from ml_connector.runtime import registry
from tests.contract.docs import codes, told
from tests.contract.template import reading
from tests.contract.template.reading import ROOT

JIRA_PAIR = ROOT / "layers/shared/ml_connector/pairs/freshbooks_jira/README.md"
PAIR = ROOT / "layers/shared/ml_connector/pairs/freshbooks_jaggaer/README.md"
STATES = ROOT / "docs/states.md"
ONBOARDING = ROOT / "docs/onboarding.md"
OPERATIONS = ROOT / "docs/operations.md"
LONGEST_LINE = 160

# Written apart, so that this file does not hold what it looks for.
_HOSTS = ("pypi" + ".org", "python" + "hosted", "artifact" + "ory", "npm" + "js", "ghcr" + ".io", "docker" + ".io")
_MAKERS = ("clau" + "de", "anthro" + "pic", "open" + "ai", "chat" + "gpt", "co" + "pilot")
_PATHS = r"(?<![\w.}>|*-])/(?:root|work|Users|home/\w+)(?=/|\s|$|[\"'`,;)])"
FOREIGN = re.compile("|".join([_PATHS, *map(re.escape, (*_HOSTS, *_MAKERS))]), re.IGNORECASE)

type Cells = list[str]


def test_every_state_is_explained_and_no_other() -> None:
    assert names_in(STATES, "The eleven states") == {state.value for state in State}


def test_every_reason_code_is_explained_and_no_other() -> None:
    told = set().union(*(names_in(STATES, title) for title in headings(STATES) if title not in {"The eleven states"}))

    assert told == codes.of_ours().codes | codes.of_refusals()


def test_no_reason_has_a_code_that_cannot_be_read_from_the_source() -> None:
    assert codes.of_ours().computed == codes.COMPUTED


def test_the_pairs_table_names_its_flows() -> None:
    rows = table(PAIR, "What moves")

    assert {(code(row[0]), code(row[3])) for row in rows} == {(flow.name, flow.default_cadence) for flow in FLOWS}


def test_the_table_of_the_pair_with_jira_names_its_flows() -> None:
    rows = table(JIRA_PAIR, "What moves")

    assert {(code(row[0]), code(row[3])) for row in rows} == {
        (flow.name, flow.default_cadence) for flow in freshbooks_jira.FLOWS
    }


def test_the_table_of_the_pair_with_jira_names_its_settings_and_their_choices() -> None:
    rows = table(JIRA_PAIR, "Settings")
    told = {(row[0].strip("`"), code(row[1]), tuple(all_codes(row[3]))) for row in rows}
    time = freshbooks_jira.FLOWS[-1]
    alike = {tuple((one.name, one.choices) for one in flow.settings) for flow in freshbooks_jira.FLOWS if flow != time}

    assert len(alike) == 1
    wanted = {("every issue flow", *one) for one in alike.pop()}
    wanted |= {(time.name, one.name, one.choices) for one in time.settings}
    assert {one[:2] for one in told} == {one[:2] for one in wanted}
    assert {one for one in wanted if one[2]} <= told


def test_onboarding_names_every_setting_of_jira() -> None:
    told = {name for row in table(ONBOARDING, "Jira") for name in all_codes(row[0])}

    assert told == set(JiraSettings.__dataclass_fields__)


def test_the_pairs_table_names_its_settings_with_their_defaults_and_choices() -> None:
    told = {(code(row[0]), code(row[1]), code(row[2]), tuple(all_codes(row[3]))) for row in table(PAIR, "Settings")}

    assert told == {
        (flow.name, one.name, written(one.default), tuple(map(written, one.choices)))
        for flow in FLOWS
        for one in flow.settings
    }


def written(value: object) -> str:
    """As it stands in the onboarding file, which is YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_onboarding_names_every_system_and_every_kind_of_mapping() -> None:
    connectors = registry.catalog().connectors
    systems = next(row[2] for row in table(ONBOARDING, "`connections`") if code(row[0]) == "system")
    kinds = {name for row in table(ONBOARDING, "`mappings`") for name in all_codes(row[0])}

    assert set(all_codes(systems)) == set(connectors)
    assert kinds == {kind.value for connector in connectors.values() for kind in connector.mapped_kinds}


def test_onboarding_names_the_cadence_that_each_flow_has_by_itself() -> None:
    rows = [row for row in table(ONBOARDING, "`flows`") if row[0].startswith("`rate(")]

    told = {flow: code(row[0]) for row in rows for flow in all_codes(row[1])}

    assert told == {flow.name: flow.default_cadence for flow in registry.catalog().flows.values()}


def test_onboarding_names_every_setting_of_freshbooks() -> None:
    told = {name for row in table(ONBOARDING, "FreshBooks") for name in all_codes(row[0])}

    assert set(FreshBooksSettings.__dataclass_fields__) <= told


def test_every_alarm_is_in_the_runbook_and_no_other() -> None:
    assert names_in(OPERATIONS, "Alarms") == {alarm.name for alarm in reading.alarms()}


def test_every_metric_is_in_the_runbook_with_its_dimensions_and_no_other() -> None:
    rows = table(OPERATIONS, "Metrics")

    assert {name: set(all_codes(row[1])) for row in rows for name in all_codes(row[0])} == told.metrics()


def test_every_message_that_warns_is_in_the_runbook_and_none_that_nobody_writes() -> None:
    explained = names_in(OPERATIONS, "Logs")

    assert told.messages("warning", "error") - explained == set()
    assert explained - told.messages("info", "warning", "error") == set()


def test_every_log_group_is_in_the_runbook() -> None:
    groups = [reading.text_of(group.properties["LogGroupName"]) for group in reading.resources("Logs::LogGroup")]
    named = set(spans(OPERATIONS))

    missing = [group for group in groups if not {group.replace("${AWS::StackName}", "<stack>"), end_of(group)} & named]

    assert missing == []


def end_of(group: str) -> str:
    """What sets it apart from the others of the stack."""
    return group.partition("${AWS::StackName}")[2]


def test_every_command_and_option_that_is_named_exists() -> None:
    assert [f"{where}: {line}" for where, line in commands_named() if not is_known(line)] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {found for path in documents() for span in spans(path) for found in re.findall(r"\bmake ([a-z-]+)", span)}

    assert named - targets == set()


@pytest.mark.parametrize("path", ["README.md", "ARCHITECTURE.md", "docs", "layers"])
def test_every_relative_link_leads_somewhere(path: str) -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in documents()
        if document.is_relative_to(ROOT / path)
        for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text())
        if not leads_somewhere(document, link)
    ]

    assert broken == []


def test_no_line_of_a_document_is_too_long_to_read() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in documents()
        if path.parent in (ROOT / "docs", PAIR.parent) or path == ROOT / "README.md"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > LONGEST_LINE and not line.startswith("|") and "](" not in line
    ]

    assert long == []


def test_no_file_speaks_of_the_machine_that_it_was_written_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {hit[0]}"
        for path in tracked()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if (hit := FOREIGN.search(line))
    ]

    assert found == []


@cache
def tracked() -> tuple[Path, ...]:
    """What is committed, or would be with the next `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return tuple(path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file())


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def text_of(path: Path) -> str:
    """Nothing for what is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def headings(path: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)


def table(path: Path, heading: str) -> list[Cells]:
    """The rows of the tables under a heading, up to the next heading."""
    section = re.split(rf"^#+ {re.escape(heading)}$", path.read_text(), flags=re.MULTILINE)[1]
    lines = re.split(r"^#+ ", section, flags=re.MULTILINE)[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    heads = {place - 1 for place, row in enumerate(rows) if set(row[0]) == {"-"}}
    return [row for place, row in enumerate(rows) if place not in heads and set(row[0]) != {"-"}]


def names_in(path: Path, heading: str) -> set[str]:
    return {name for row in table(path, heading) for name in all_codes(row[0])}


def all_codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def code(cell: str) -> str:
    return all_codes(cell)[0]


def spans(path: Path) -> list[str]:
    """What stands in backticks or in a fenced block, line by line."""
    text = path.read_text()
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [
        *(line for block in fenced for line in block.splitlines()),
        *(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)),
    ]


def commands_named() -> list[tuple[str, str]]:
    """Each `ml-connector ...` of the documents and of the alarms' descriptions, with its place."""
    in_documents = [(str(path.relative_to(ROOT)), span) for path in documents() for span in spans(path)]
    in_alarms = [(each.name, reading.text_of(each.properties["AlarmDescription"])) for each in reading.alarms()]
    return [
        (where, found)
        for where, text in (*in_documents, *in_alarms)
        for found in re.findall(r"ml-connector [a-z-]+[^,;.#`]*", text)
    ]


@cache
def commands() -> dict[str, set[str]]:
    """Each command with its options; those of two words under both."""
    return dict(_commands_of(parser(GROUPS), ""))


def _commands_of(whole: argparse.ArgumentParser, before: str) -> Iterator[tuple[str, set[str]]]:
    for action in whole._actions:
        for name, sub in action.choices.items() if isinstance(action, argparse._SubParsersAction) else ():
            yield f"{before}{name}", set(sub._option_string_actions)
            yield from _commands_of(sub, f"{before}{name} ")


def is_known(line: str) -> bool:
    """An alarm's sentence goes on after the command: only options are looked at, not words."""
    name, *rest = line.split()[1:]
    if rest and f"{name} {rest[0]}" in commands():
        name = f"{name} {rest[0]}"
    used = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return name in commands() and used <= commands()[name]


def leads_somewhere(document: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    file, _, anchor = link.partition("#")
    target = (document.parent / file).resolve() if file else document
    if not target.exists():
        return False
    return not anchor or anchor in {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings(target)
    }
