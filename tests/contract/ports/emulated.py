"""Tables, queues, bucket and keys as the template makes them, on clients of an emulated AWS; fresh names each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3

from ml_connector.aws.resources import Resources

_PAIR = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
_INDEXED = ("open_work", "due_at", "period", "record")
_INDEXES = [
    {
        "IndexName": "open_work",
        "KeySchema": [
            {"AttributeName": "open_work", "KeyType": "HASH"},
            {"AttributeName": "due_at", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    },
    {
        "IndexName": "by_period",
        "KeySchema": [{"AttributeName": "period", "KeyType": "HASH"}, {"AttributeName": "record", "KeyType": "RANGE"}],
        "Projection": {
            "ProjectionType": "INCLUDE",
            "NonKeyAttributes": ["state", "amount", "currency", "number", "flow"],
        },
    },
]


def client(service: str) -> Any:
    made: Any = boto3.client(
        service,  # type: ignore[call-overload]  # the name is a variable here
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return made


@dataclass(slots=True)
class Emulated:
    dynamodb: Any = field(default_factory=lambda: client("dynamodb"))
    kms: Any = field(default_factory=lambda: client("kms"))
    s3: Any = field(default_factory=lambda: client("s3"))
    sqs: Any = field(default_factory=lambda: client("sqs"))
    secretsmanager: Any = field(default_factory=lambda: client("secretsmanager"))
    scheduler: Any = field(default_factory=lambda: client("scheduler"))
    master_key: str = ""
    seal_key: str = ""
    numbers: Any = field(default_factory=count)

    def resources(self) -> Resources:
        suffix = f"n{next(self.numbers)}"
        self.master_key = self.master_key or self.kms.create_key()["KeyMetadata"]["Arn"]
        self.seal_key = self.seal_key or self._signing_key()
        return Resources(
            stack=f"stack-{suffix}",
            connection_table=self._table(f"Connection-{suffix}"),
            cross_reference_table=self._table(f"CrossReference-{suffix}", indexed=True),
            audit_trail_table=self._table(f"AuditTrail-{suffix}"),
            mapping_table=self._table(f"Mapping-{suffix}"),
            payload_table=self._table(f"Payload-{suffix}"),
            payload_bucket=self._bucket(f"payloads-{suffix}"),
            notice_queue_url=self._queue(f"notices-{suffix}"),
            posting_queue_url=self._queue(f"postings-{suffix}"),
            seal_bucket=self._locked_bucket(f"seals-{suffix}"),
            seal_key=self.seal_key,
            data_key=self.master_key,
            secret_key=self.master_key,
            secret_prefix=f"stack-{suffix}",
            schedule_group=self._group(f"flows-{suffix}"),
            schedule_role_arn="arn:aws:iam::123456789012:role/schedules",
            poller_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:poller",
        )

    def _table(self, name: str, *, indexed: bool = False) -> str:
        attributes = ("pk", "sk", *_INDEXED) if indexed else ("pk", "sk")
        self.dynamodb.create_table(
            TableName=name,
            KeySchema=_PAIR,
            AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": _INDEXES} if indexed else {}),
        )
        return name

    def _bucket(self, name: str) -> str:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        return name

    def _locked_bucket(self, name: str) -> str:
        where = {"LocationConstraint": "eu-central-1"}
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
        retention = {"Mode": "COMPLIANCE", "Days": 30}
        self.s3.put_object_lock_configuration(
            Bucket=name,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
        )
        return name

    def _signing_key(self) -> str:
        made = self.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        arn: str = made["KeyMetadata"]["Arn"]
        return arn

    def _queue(self, name: str) -> str:
        url: str = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url

    def _group(self, name: str) -> str:
        self.scheduler.create_schedule_group(Name=name)
        return name
