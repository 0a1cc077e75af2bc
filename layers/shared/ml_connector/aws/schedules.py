"""EventBridge Scheduler: one schedule per flow and connection, in the stack's group, calling the poller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ml_connector.aws.faults import code_of
from ml_connector.aws.resources import Resources
from ml_connector.domain.identity import FlowId, fingerprint

if TYPE_CHECKING:
    from types_boto3_scheduler import EventBridgeSchedulerClient


class SchedulerSchedules:
    def __init__(self, scheduler: EventBridgeSchedulerClient, resources: Resources) -> None:
        self._scheduler = scheduler
        self._group = resources.schedule_group
        self._role = resources.schedule_role_arn
        self._target = resources.poller_function_arn

    def put(self, flow: FlowId, cadence: str, *, enabled: bool, time_zone: str = "UTC") -> None:
        """`cadence` is `rate(...)` or `cron(...)`. One that exists is replaced."""
        schedule = self._schedule(flow, cadence, enabled=enabled, time_zone=time_zone)
        try:
            self._scheduler.update_schedule(**schedule)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            self._create(schedule)

    def remove(self, flow: FlowId) -> None:
        try:
            self._scheduler.delete_schedule(GroupName=self._group, Name=schedule_name(flow))
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

    def _create(self, schedule: dict[str, Any]) -> None:
        try:
            self._scheduler.create_schedule(**schedule)
        except ClientError as error:
            if code_of(error) != "ConflictException":
                raise
            self._scheduler.update_schedule(**schedule)

    def _schedule(self, flow: FlowId, cadence: str, *, enabled: bool, time_zone: str) -> dict[str, Any]:
        return {
            "GroupName": self._group,
            "Name": schedule_name(flow),
            "Description": str(flow)[:512],
            "ScheduleExpression": cadence,
            "ScheduleExpressionTimezone": time_zone,
            "State": "ENABLED" if enabled else "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self._target,
                "RoleArn": self._role,
                "Input": json.dumps({"flow": str(flow)}),
                # A run that came too late is not made up for: the next one reads what it would have read.
                "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 900},
            },
        }


def schedule_name(flow: FlowId) -> str:
    """Names take 64 characters, flows may have more."""
    return f"flow-{fingerprint(str(flow))}"
