"""An alarm says what happened, what to do next, and reaches somebody."""

import re

import pytest

from tests.contract.template import reading
from tests.contract.template.reading import Resource, by_name

OUR_METRICS = [
    *("DeadGrants", "FlowsOverdue", "OldHolds", "RecordsInDoubt", "RecordsDead", "RecordsRejected", "MappingsBroken"),
    *("OldDocuments", "DocumentsFailed", "SealsLate", "PollsFailed"),
]


@pytest.mark.parametrize("alarm", reading.alarms(), ids=by_name)
def test_an_alarm_names_the_next_step(alarm: Resource) -> None:
    description = reading.text_of(alarm.properties["AlarmDescription"])

    assert re.search(r"Next: (ml-connector|sam|aws) [a-z]", description)
    assert len(description) <= 1024


@pytest.mark.parametrize("alarm", reading.alarms(), ids=by_name)
def test_an_alarm_reaches_the_topic_and_so_does_its_end(alarm: Resource) -> None:
    assert reading.names_in(alarm.properties["AlarmActions"]) == {"AlarmTopic"}
    assert reading.names_in(alarm.properties["OKActions"]) == {"AlarmTopic"}


@pytest.mark.parametrize("alarm", reading.alarms(), ids=by_name)
def test_an_alarm_says_what_no_data_means(alarm: Resource) -> None:
    assert alarm.properties["TreatMissingData"] in {"notBreaching", "breaching"}


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
@pytest.mark.parametrize("function", reading.functions(), ids=by_name)
def test_a_function_has_an_alarm_on_errors_and_on_throttles(function: Resource, metric: str) -> None:
    assert reading.alarms(metric=metric, of=function.name)


@pytest.mark.parametrize("metric", OUR_METRICS)
def test_each_of_our_figures_has_an_alarm_for_this_stack(metric: str) -> None:
    (alarm,) = reading.alarms(metric=metric)

    assert alarm.properties["Namespace"] == "MlConnector"
    assert alarm.properties["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}]


def test_what_expires_raises_three_alarms_one_after_the_other() -> None:
    dimensions = [alarm.properties["Dimensions"] for alarm in reading.alarms(metric="ExpiringSoon")]

    assert [given[1] for given in dimensions] == [{"Name": "Days", "Value": days} for days in ("14", "7", "1")]


def test_upkeep_that_stopped_reporting_is_an_alarm() -> None:
    (alarm,) = reading.alarms(metric="FlowsOverdue")

    assert alarm.properties["TreatMissingData"] == "breaching"


def test_an_alarm_may_publish_to_the_encrypted_topic() -> None:
    services = [each.body["Principal"].get("Service") for each in reading.statements_in(reading.resource("DataKey"))]

    assert "cloudwatch.amazonaws.com" in services
