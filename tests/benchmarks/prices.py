"""AWS list prices in US dollars for us-east-1, without free tiers or discounts, each with its unit.

Written down by hand from AWS's public price pages (2025): check them before anything rests on a sum. European regions
are dearer, DynamoDB and logs by about a fifth.
"""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """So many dollars for `per` of the unit."""

    name: str
    usd: float
    per: float
    unit: str

    def of(self, count: float) -> float:
        return self.usd * count / self.per


_MILLION = 1_000_000.0

LAMBDA_REQUESTS = Price(name="Lambda requests", usd=0.20, per=_MILLION, unit="requests")
LAMBDA_SECONDS = Price(name="Lambda arm64 duration", usd=0.0000133334, per=1, unit="GB-seconds")
DYNAMO_WRITES = Price(name="DynamoDB on-demand writes", usd=0.625, per=_MILLION, unit="write units")
DYNAMO_READS = Price(name="DynamoDB on-demand reads", usd=0.125, per=_MILLION, unit="read units")
DYNAMO_STORAGE = Price(name="DynamoDB storage", usd=0.25, per=1, unit="GB-months")
DYNAMO_RECOVERY = Price(name="DynamoDB point-in-time recovery", usd=0.20, per=1, unit="GB-months")
SQS_REQUESTS = Price(name="SQS standard requests", usd=0.40, per=_MILLION, unit="requests")
KMS_KEYS = Price(name="KMS customer-managed keys", usd=1.00, per=1, unit="key-months")
KMS_REQUESTS = Price(name="KMS requests", usd=0.03, per=10_000, unit="requests")
KMS_SIGNS = Price(name="KMS signatures (ECC)", usd=0.15, per=10_000, unit="requests")
SECRETS = Price(name="Secrets Manager secrets", usd=0.40, per=1, unit="secret-months")
SECRET_CALLS = Price(name="Secrets Manager calls", usd=0.05, per=10_000, unit="calls")
S3_PUTS = Price(name="S3 writes", usd=0.005, per=1000, unit="requests")
S3_GETS = Price(name="S3 reads", usd=0.0004, per=1000, unit="requests")
SCHEDULER = Price(name="EventBridge Scheduler", usd=1.00, per=_MILLION, unit="invocations")
ALARMS = Price(name="CloudWatch alarms", usd=0.10, per=1, unit="alarm-months")
METRICS = Price(name="CloudWatch custom metrics", usd=0.30, per=1, unit="metric-months")
LOGS = Price(name="CloudWatch log ingestion", usd=0.50, per=1, unit="GB")
TRACES = Price(name="X-Ray traces", usd=5.00, per=_MILLION, unit="traces")
