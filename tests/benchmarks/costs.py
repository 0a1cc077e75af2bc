"""From counted calls to dollars. What could not be counted is assumed, and each assumption has its name here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import prices
from tests.benchmarks.counted import Counted, Idle, Leg
from tests.benchmarks.prices import Price

TEMPLATE = Path(__file__).parents[2] / "template.yaml"

MINUTES = 730 * 60
"""In a month, as AWS counts it."""
FLOWS, POLL_EVERY_MINUTES = 2, 15
SEALS = 730 + 30
"""In a month: one each hour, and one for each day; of one tenant."""
SECRETS_KEPT = 3  # one a connection, one for the grant
MEMORY_GB = 0.5
AWS_CALL_SECONDS = 0.008
VENDOR_READ_SECONDS, VENDOR_WRITE_SECONDS = 0.3, 0.5
SENDS_AT_ONCE = 4  # the connection's default
LOG_BYTES_A_CALL = 700  # Lambda's own lines and one of ours
POLLERS, WAITS_A_MINUTE = 5, 3  # Lambda's long polls of a quiet queue
QUEUES_READ, TABLES = 2, 5
KEY_REFRESHES_AN_HOUR = 12  # DynamoDB asks KMS again for a table's key after five minutes
DEAD_LETTER_LOOKS = 2  # receives of one run


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One price, and how often it is paid."""

    price: Price
    count: float

    @property
    def usd(self) -> float:
        return self.price.of(self.count)


def idle_month(idle: Idle) -> list[Line]:
    """One stack with two connections and two flows, and not a document."""
    polls = FLOWS * MINUTES / POLL_EVERY_MINUTES
    runs = 2 * MINUTES  # upkeep and dead letters
    seconds = MINUTES * (_aws(idle.upkeep) + DEAD_LETTER_LOOKS * AWS_CALL_SECONDS)
    seconds += SEALS * _aws(idle.seal)
    seconds += polls * (_aws(idle.poll) + 3 * VENDOR_READ_SECONDS)
    units = Counter({name: idle.upkeep.units[name] * MINUTES for name in idle.upkeep.units})
    units += Counter({name: int(idle.poll.units[name] * polls) for name in idle.poll.units})
    units += Counter({name: idle.seal.units[name] * SEALS for name in idle.seal.units})
    log_bytes = (runs + polls) * LOG_BYTES_A_CALL + MINUTES * idle.upkeep.line_bytes
    long_polls = QUEUES_READ * POLLERS * WAITS_A_MINUTE * MINUTES
    secret_calls = polls * SECRETS_KEPT
    return [
        Line(price=prices.LAMBDA_REQUESTS, count=runs + polls),
        Line(price=prices.LAMBDA_SECONDS, count=seconds * MEMORY_GB),
        *_dynamo(units),
        Line(price=prices.SQS_REQUESTS, count=long_polls + MINUTES * DEAD_LETTER_LOOKS),
        Line(price=prices.KMS_KEYS, count=2),
        Line(price=prices.KMS_REQUESTS, count=TABLES * KEY_REFRESHES_AN_HOUR * 730 + secret_calls),
        Line(price=prices.SECRETS, count=SECRETS_KEPT),
        Line(price=prices.SECRET_CALLS, count=secret_calls),
        Line(price=prices.KMS_SIGNS, count=SEALS * idle.seal.calls["kms.Sign"]),
        Line(price=prices.S3_PUTS, count=SEALS * idle.seal.calls["s3.PutObject"]),
        Line(price=prices.S3_GETS, count=polls * idle.poll.calls["s3.GetObject"]),
        Line(price=prices.SCHEDULER, count=polls),
        Line(price=prices.ALARMS, count=alarms()),
        Line(price=prices.METRICS, count=len(idle.upkeep.series)),
        Line(price=prices.LOGS, count=log_bytes / 1e9),
        Line(price=prices.TRACES, count=runs + polls),
    ]


def thousand_documents(counted: Counted) -> list[Line]:
    """What a thousand documents add, on the clean path."""
    share = 1000 / counted.documents
    whole = counted.whole
    calls = (
        1 + counted.documents / 100 + counted.documents / 10
    )  # ten notices of ten to an ingest, ten records to a post
    gigabytes = whole.kept_bytes * share / 1e9
    return [
        Line(price=prices.LAMBDA_REQUESTS, count=calls * share),
        Line(price=prices.LAMBDA_SECONDS, count=_busy_seconds(counted) * share * MEMORY_GB),
        *_dynamo(Counter({name: int(count * share) for name, count in whole.units.items()})),
        Line(price=prices.SQS_REQUESTS, count=_of(whole, "sqs") * share),
        Line(price=prices.KMS_REQUESTS, count=_of(whole, "kms") * share),
        Line(price=prices.SECRET_CALLS, count=_of(whole, "secretsmanager") * share),
        Line(price=prices.LOGS, count=(whole.line_bytes + calls * LOG_BYTES_A_CALL) * share / 1e9),
        Line(price=prices.TRACES, count=calls * share),
        Line(price=prices.DYNAMO_STORAGE, count=gigabytes * 12),
        Line(price=prices.DYNAMO_RECOVERY, count=gigabytes * 12),
    ]


def alarms() -> int:
    return TEMPLATE.read_text().count("Type: AWS::CloudWatch::Alarm")


def _busy_seconds(counted: Counted) -> float:
    """Details are read one by one; bills leave a few at a time."""
    reading = _aws(counted.poll) + _aws(counted.ingest) + counted.documents * VENDOR_READ_SECONDS
    return reading + _aws(counted.post) + counted.documents * VENDOR_WRITE_SECONDS / SENDS_AT_ONCE


def _aws(leg: Leg) -> float:
    return leg.calls.total() * AWS_CALL_SECONDS


def _dynamo(units: Counter[str]) -> Iterator[Line]:
    yield Line(price=prices.DYNAMO_WRITES, count=units["write"] + units["index write"])
    yield Line(price=prices.DYNAMO_READS, count=units["read"] + units["index read"] / 2)  # an index is read as it is


def _of(leg: Leg, service: str) -> int:
    return sum(count for name, count in leg.calls.items() if name.startswith(f"{service}."))
