"""One item a flow in ConnectionTable: who polls it and until when, and how far it has read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ml_connector.aws import keys
from ml_connector.aws.batches import get_one
from ml_connector.aws.faults import is_condition_failed
from ml_connector.aws.items import Item, iso, packed, unpacked
from ml_connector.aws.resources import Resources
from ml_connector.domain.codec import decode, encode
from ml_connector.domain.identity import FlowId
from ml_connector.domain.records.record import canonical
from ml_connector.domain.watermark import PollProgress

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_FREE = "attribute_not_exists(holder) OR lease_until < :now OR holder = :holder"


class DynamoPolls:
    def __init__(self, dynamodb: DynamoDBClient, resources: Resources) -> None:
        self._dynamodb = dynamodb
        self._table = resources.connection_table

    def begin(self, flow: FlowId, *, holder: str, until: datetime, now: datetime) -> PollProgress | None:
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.poll(flow).item,
                UpdateExpression="SET holder = :holder, lease_until = :until",
                ConditionExpression=_FREE,
                ExpressionAttributeValues=packed({":holder": holder, ":until": iso(until), ":now": iso(now)}),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if is_condition_failed(error):
                return None
            raise
        return _progress_of(answer["Attributes"])

    def load(self, flow: FlowId) -> PollProgress:
        return _progress_of(get_one(self._dynamodb, self._table, keys.poll(flow)) or {})

    def save(self, flow: FlowId, progress: PollProgress, *, holder: str, until: datetime) -> bool:
        values = {":body": _body(progress), ":until": iso(until), ":holder": holder}
        return self._as_holder(flow, "SET body = :body, lease_until = :until", values)

    def end(self, flow: FlowId, *, holder: str) -> None:
        self._as_holder(flow, "REMOVE holder, lease_until", {":holder": holder})

    def reset(self, flow: FlowId) -> None:
        """Takes the lease away too: a pass that is running must not write its mark over this."""
        kept = self.load(flow)
        clean = replace(PollProgress(), last_finished=kept.last_finished, last_full=kept.last_full)
        self._dynamodb.update_item(
            TableName=self._table,
            Key=keys.poll(flow).item,
            UpdateExpression="SET body = :body REMOVE holder, lease_until",
            ExpressionAttributeValues=packed({":body": _body(clean)}),
        )

    def _as_holder(self, flow: FlowId, update: str, values: dict[str, str]) -> bool:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.poll(flow).item,
                UpdateExpression=update,
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues=packed(values),
            )
        except ClientError as error:
            if is_condition_failed(error):
                return False
            raise
        return True


def _body(progress: PollProgress) -> str:
    return canonical(encode(progress)).decode()


def _progress_of(item: Item) -> PollProgress:
    progress: PollProgress = decode(PollProgress, json.loads(unpacked(item).get("body", "{}")))
    return progress
