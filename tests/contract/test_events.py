"""Every event in `events/` is what its function gets, and each function answers as whoever called it expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.engine import ROOT
from tests.functions import EVENTS, Functions, event, functions_on_moto

ALL = sorted(str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.glob("*/*.json"))
SECOND = "19dd0b57-b21e-4ac1-bd88-01bbb068cb02"
FIRST = "19dd0b57-b21e-4ac1-bd88-01bbb068cb01"

ANSWERS: dict[str, dict[str, Any]] = {
    "authorisation/callback_without_a_cookie": {"statusCode": 400},
    "authorisation/start_with_an_unknown_invite": {"statusCode": 400},
    "console/get_overview": {"statusCode": 200},
    "console/get_record_with_a_slash": {"statusCode": 200},
    "console/get_states": {"statusCode": 200},
    "console/get_unknown_tenant": {"statusCode": 404},
    "console/post_run": {"statusCode": 202},
    "cxml_receiver/invoice_with_a_wrong_secret": {"statusCode": 200},
    "dead_letters/schedule": {"letters": 0, "marked": 0, "unreadable": 0},
    "ingest_worker/one_of_two_unreadable": {"batchItemFailures": [{"itemIdentifier": FIRST}]},
    "ingest_worker/polled_notice": {"batchItemFailures": []},
    "poller/run_now": {"finished": True, "text": "done"},
    "poller/schedule": {"finished": True, "text": "done"},
    "posting_worker/one_of_two_unreadable": {"batchItemFailures": [{"itemIdentifier": SECOND}]},
    "posting_worker/two_hints": {"batchItemFailures": []},
    "upkeep/schedule": {"finished": True},
    "webhook_receiver/unknown_registration": {"statusCode": 404},
}


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The target's lists were read, and invoice 2026/4039 is known."""
    with functions_on_moto(tmp_path_factory.mktemp("functions")) as made:
        made.call("poller", event("poller/schedule"))
        made.call("ingest_worker", event("ingest_worker/one_of_two_unreadable"))
        yield made


def test_each_function_has_an_event_and_each_event_an_answer() -> None:
    assert {name.partition("/")[0] for name in ALL} == {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert sorted(ANSWERS) == ALL


@pytest.mark.parametrize("name", ALL)
def test_an_event_is_answered(functions: Functions, name: str) -> None:
    answer = functions.call(name.partition("/")[0], event(name))

    assert answer | ANSWERS[name] == answer
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("console/")])
def test_an_answer_to_a_tool_is_json_that_nobody_keeps(functions: Functions, name: str) -> None:
    answer = functions.call("console", event(name))

    assert answer["headers"] == {"content-type": "application/json", "cache-control": "no-store"}
    assert isinstance(json.loads(answer["body"]), dict | list)


def test_a_documents_number_may_have_a_slash(functions: Functions) -> None:
    answer = functions.call("console", event("console/get_record_with_a_slash"))

    assert [record["number"] for record in json.loads(answer["body"])] == ["2026/4039"]
