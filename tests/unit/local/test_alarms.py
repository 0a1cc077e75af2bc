"""The local watcher judges an alarm as CloudWatch would, by the alarm's own rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.alarms import Figures, Sample, embedded_metrics, figures_in, judge, series_of

NOW = 10_000.0


def an_alarm(**changes: Any) -> dict[str, Any]:
    return {
        "Namespace": "MlConnector",
        "MetricName": "OldHolds",
        "Dimensions": [{"Name": "Stack", "Value": "ours"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
        **changes,
    }


def figures(*samples: tuple[float, float], alarm: dict[str, Any] | None = None) -> Figures:
    known = Figures()
    for seconds_ago, value in samples:
        known.add(series_of(alarm or an_alarm()), Sample(at=NOW - seconds_ago, value=value))
    return known


def test_a_figure_over_the_threshold_is_an_alarm() -> None:
    assert judge(an_alarm(), figures((30, 1)), NOW) == "ALARM"


def test_a_figure_that_has_passed_is_no_alarm() -> None:
    assert judge(an_alarm(), figures((90, 1), (30, 0)), NOW) == "OK"


def test_another_stacks_figure_is_no_alarm() -> None:
    other = an_alarm(Dimensions=[{"Name": "Stack", "Value": "theirs"}])

    assert judge(an_alarm(), figures((30, 1), alarm=other), NOW) == "OK"


def test_an_alarm_that_asks_for_three_periods_waits_for_three() -> None:
    alarm = an_alarm(EvaluationPeriods=3, Statistic="Minimum")

    assert judge(alarm, figures((30, 1), (90, 1)), NOW) == "OK"
    assert judge(alarm, figures((30, 1), (90, 1), (150, 1)), NOW) == "ALARM"


def test_one_good_figure_in_a_period_ends_a_doubt() -> None:
    alarm = an_alarm(EvaluationPeriods=2, Statistic="Minimum")

    assert judge(alarm, figures((30, 1), (90, 1), (100, 0)), NOW) == "OK"


def test_counts_of_one_period_are_added_up() -> None:
    assert judge(an_alarm(Statistic="Sum", Threshold=2), figures((10, 1), (20, 1), (30, 1)), NOW) == "ALARM"


@pytest.mark.parametrize(
    ("treatment", "state"),
    [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "OK")],
)
def test_no_data_means_what_the_alarm_says(treatment: str, state: str) -> None:
    assert judge(an_alarm(TreatMissingData=treatment), figures(), NOW) == state


def test_a_log_line_in_the_embedded_format_is_read_as_figures() -> None:
    line = json.dumps(
        {
            "_aws": {
                "Timestamp": 1,
                "CloudWatchMetrics": [
                    {"Namespace": "MlConnector", "Dimensions": [["Stack"]], "Metrics": [{"Name": "OldHolds"}]}
                ],
            },
            "Stack": "ours",
            "OldHolds": [3.0],
        }
    )

    assert list(embedded_metrics(line, NOW)) == [(series_of(an_alarm()), Sample(at=NOW, value=3.0))]


@pytest.mark.parametrize("line", ["START RequestId: 1", '{"level":"INFO"}', "[]", '{"_aws": 1}'])
def test_any_other_line_holds_no_figures(line: str) -> None:
    assert list(embedded_metrics(line, NOW)) == []


def test_a_failure_in_a_functions_log_is_an_error_of_that_function() -> None:
    ((series, sample),) = figures_in("Traceback (most recent call last):", "worker", NOW)

    assert series == ("AWS/Lambda", "Errors", frozenset({("FunctionName", "worker")}))
    assert sample.value == 1
