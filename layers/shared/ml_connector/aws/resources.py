"""The names of what the stack gave us. Read once by `runtime`, passed in here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """`fair_queues` off leaves the message group out, for a queue that takes none."""

    stack: str = ""
    connection_table: str = ""
    cross_reference_table: str = ""
    audit_trail_table: str = ""
    mapping_table: str = ""
    payload_table: str = ""
    payload_bucket: str = ""
    notice_queue_url: str = ""
    posting_queue_url: str = ""
    seal_bucket: str = ""
    seal_key: str = ""
    data_key: str = ""
    secret_key: str = ""
    secret_prefix: str = ""
    schedule_group: str = ""
    schedule_role_arn: str = ""
    poller_function_arn: str = ""
    fair_queues: bool = True
