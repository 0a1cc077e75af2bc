"""Judges the stack's alarms on the embedded engine, which has no figures of its queues, does not turn EMF lines into
metrics, and compares alarms without looking at dimensions or at missing data.

Every few seconds this works out each alarm's figures from what the engine does have (its queues, its record of
invocations, its logs), judges them by the alarm's own rules, and calls SetAlarmState, which does run its actions.
"""

from __future__ import annotations

import argparse
import json
import operator
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.engine import client, endpoint_of

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}

FAILURES = ("Traceback (most recent call last):", "Task timed out")
"""How the engine writes down that a handler raised or overran. Our own logger writes JSON: never a line like these."""

type Series = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, metric, dimensions: an alarm on one set of dimensions never sees another's figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    at: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    alarm: str
    state: str
    reason: str


@dataclass(slots=True)
class Figures:
    """The samples seen so far, for as long as the longest alarm looks back."""

    samples: dict[Series, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def add(self, series: Series, sample: Sample) -> None:
        self.samples[series].append(sample)

    def within(self, series: Series, *, after: float, until: float) -> list[float]:
        return [sample.value for sample in self.samples.get(series, ()) if after < sample.at <= until]

    def forget_before(self, instant: float) -> None:
        for series, samples in self.samples.items():
            self.samples[series] = [sample for sample in samples if sample.at > instant]


def judge(alarm: Mapping[str, Any], figures: Figures, now: float) -> str:
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`, by the alarm's own statistic, periods and treatment of missing data."""
    periods = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    points = [_point(alarm, figures, until=now - index * alarm["Period"]) for index in range(periods)]
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    known = [breaches(point, alarm["Threshold"]) for point in points if point is not None]
    missing = periods - len(known)
    treatment = alarm.get("TreatMissingData", "missing")
    if not known and treatment == "missing":
        return "INSUFFICIENT_DATA"
    if not known and treatment == "ignore":
        return str(alarm["StateValue"])
    breaching = sum(known) + (missing if treatment == "breaching" else 0)
    return "ALARM" if breaching >= needed else "OK"


def _point(alarm: Mapping[str, Any], figures: Figures, *, until: float) -> float | None:
    values = figures.within(series_of(alarm), after=until - alarm["Period"], until=until)
    return float(STATISTICS[alarm["Statistic"]](values)) if values else None


def series_of(alarm: Mapping[str, Any]) -> Series:
    dimensions = frozenset((each["Name"], each["Value"]) for each in alarm.get("Dimensions", ()))
    return alarm["Namespace"], alarm["MetricName"], dimensions


def figures_in(line: str, function: str, at: float) -> Iterator[tuple[Series, Sample]]:
    """What one line of a function's log tells: our own figures, or that an invocation failed.

    Failures are read here because the engine counts only those of direct calls, not those of a queue's.
    """
    if line.startswith(FAILURES):
        yield ("AWS/Lambda", "Errors", frozenset({("FunctionName", function)})), Sample(at=at, value=1.0)
    elif "_aws" in line:
        yield from embedded_metrics(line, at)


def embedded_metrics(line: str, at: float) -> Iterator[tuple[Series, Sample]]:
    """The figures in one log line, if it is one of CloudWatch's embedded metric format; else none."""
    try:
        document = json.loads(line)
    except ValueError:
        return
    if not isinstance(document, dict) or not isinstance(document.get("_aws"), dict):
        return
    for directive in document["_aws"].get("CloudWatchMetrics", ()):
        for names in directive.get("Dimensions") or [[]]:
            dimensions = frozenset((name, str(document.get(name, ""))) for name in names)
            for metric in directive.get("Metrics", ()):
                values = document.get(metric["Name"], ())
                for value in values if isinstance(values, list) else [values]:
                    series = (directive["Namespace"], metric["Name"], dimensions)
                    yield series, Sample(at=at, value=float(value))


class Watcher:
    """Collects figures and judges alarms. It remembers from its own start on: an alarm for fifteen minutes of something
    needs a watcher that has watched so long."""

    def __init__(self, port: int, *, stack: str) -> None:
        self._port = port
        self._stack = stack
        self._cloudwatch = client("cloudwatch", port)
        self._logs = client("logs", port)
        self._lambda = client("lambda", port)
        self._figures = Figures()
        self._started = time.time()
        self._skipped = 0.0
        self._seen: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
        self._counted: dict[tuple[Series, float], float] = {}
        self._read_until: dict[str, float] = {}

    def skip(self, seconds: float) -> None:
        """Let time pass for this watcher alone: what it has seen is older by that. For tests, which need not wait."""
        self._skipped += seconds

    def tick(self) -> list[Change]:
        """Look once. Gives the alarms that changed."""
        now = time.time() + self._skipped
        alarms = list(self._alarms())
        self._collect(alarms, now)
        changes = [change for alarm in alarms if (change := self._change(alarm, now))]
        for change in changes:
            self._cloudwatch.set_alarm_state(AlarmName=change.alarm, StateValue=change.state, StateReason=change.reason)
        return changes

    def _alarms(self) -> Iterator[dict[str, Any]]:
        for page in self._cloudwatch.get_paginator("describe_alarms").paginate():
            for alarm in page["MetricAlarms"]:
                if alarm["AlarmName"].startswith(f"{self._stack}-") and "Statistic" in alarm:
                    yield alarm

    def _change(self, alarm: Mapping[str, Any], now: float) -> Change | None:
        span = alarm["Period"] * alarm["EvaluationPeriods"]
        if alarm.get("TreatMissingData") == "breaching" and now - self._started < span:
            return None  # what this watcher has not had the time to see is not missing
        state = judge(alarm, self._figures, now)
        if state == alarm["StateValue"]:
            return None
        return Change(alarm=alarm["AlarmName"], state=state, reason=f"{alarm['MetricName']} by the local watcher")

    def _collect(self, alarms: Sequence[Mapping[str, Any]], now: float) -> None:
        longest = max((alarm["Period"] * alarm["EvaluationPeriods"] for alarm in alarms), default=0)
        self._figures.forget_before(now - longest - 60)
        self._collect_queues(alarms, now)
        self._collect_counts(alarms, now)
        self._collect_logs(now)

    def _collect_queues(self, alarms: Sequence[Mapping[str, Any]], now: float) -> None:
        queues = None
        for alarm in alarms:
            if alarm["Namespace"] != "AWS/SQS":
                continue
            queues = messages_by_queue(self._port) if queues is None else queues
            waiting = queues.get({each["Name"]: each["Value"] for each in alarm["Dimensions"]}["QueueName"], [])
            value = _queue_figure(alarm["MetricName"], waiting, now)
            if value is not None:
                self._figures.add(series_of(alarm), Sample(at=now, value=value))

    def _collect_counts(self, alarms: Sequence[Mapping[str, Any]], now: float) -> None:
        """What each minute's count of the engine's own has grown by since the last look.

        An error may be counted here and in the log: here alone are those before a handler was found.
        """
        clock = now - self._skipped
        for alarm in alarms:
            if alarm["Namespace"] != "AWS/Lambda":
                continue
            series = series_of(alarm)
            answer = self._cloudwatch.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=alarm["MetricName"],
                Dimensions=alarm["Dimensions"],
                StartTime=max(clock - 900, self._started - 60),
                EndTime=clock + 60,
                Period=60,
                Statistics=["Sum"],
            )
            for point in answer["Datapoints"]:
                minute, count = float(point["Timestamp"].timestamp()), float(point["Sum"])
                if grown := count - self._counted.get((series, minute), 0.0):
                    self._figures.add(series, Sample(at=now, value=grown))
                self._counted[series, minute] = count

    def _collect_logs(self, now: float) -> None:
        for page in self._lambda.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if function["FunctionName"].startswith(f"{self._stack}-"):
                    self._collect_log(function["LoggingConfig"]["LogGroup"], function["FunctionName"], now)

    def _collect_log(self, group: str, function: str, now: float) -> None:
        # A little is read twice, since lines are not written in the order of their times.
        clock = now - self._skipped
        since = self._read_until.get(group, clock - 900) - 5
        seen, self._seen[group] = self._seen[group], set()
        for page in self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=int(since * 1000), filterPattern=""
        ):
            for event in page["events"]:
                identity = (event["logStreamName"], event["timestamp"], event["message"])
                self._seen[group].add(identity)
                if identity not in seen:
                    at = event["timestamp"] / 1000 + self._skipped
                    for series, sample in figures_in(event["message"], function, at):
                        self._figures.add(series, sample)
        self._read_until[group] = clock


def messages_by_queue(port: int) -> dict[str, list[dict[str, Any]]]:
    """What lies in every queue, by queue name. The engine's own view: looking receives nothing."""
    with urllib.request.urlopen(f"{endpoint_of(port)}/_ministack/sqs/messages", timeout=10) as answer:
        accounts = json.load(answer)["messages"]
    return {
        urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1]: messages
        for regions in accounts.values()
        for queues in regions.values()
        for url, messages in queues.items()
    }


def _queue_figure(metric: str, waiting: Sequence[Mapping[str, Any]], now: float) -> float | None:
    if metric == "ApproximateNumberOfMessagesVisible":
        return float(sum(1 for message in waiting if message["IsVisible"]))
    if metric == "ApproximateAgeOfOldestMessage":
        return max((now - message["SentTimestamp"] for message in waiting), default=0.0)
    return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.alarms", description="Watch the local stack's alarms.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stack", default="ml-connector")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks")
    arguments = parser.parse_args()
    watcher = Watcher(arguments.port, stack=arguments.stack)
    while True:
        try:
            for change in watcher.tick():
                print(time.strftime("%H:%M:%S"), change.alarm, change.state, flush=True)
        except Exception as error:  # the engine may be restarting: say so and look again
            print(time.strftime("%H:%M:%S"), "could not look:", error, flush=True)
        time.sleep(arguments.every)


if __name__ == "__main__":
    main()
