"""Where the stack's resources are: from the functions' environment, or from a stack's outputs. Read once, here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ml_connector.aws.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`is_local` is the laptop's stage: plain http and loopback addresses are allowed there, and nowhere else."""

    resources: Resources
    stage: str = "dev"
    hold_age: timedelta = timedelta(days=5)
    notice_dead_letter_queue_url: str = ""
    posting_dead_letter_queue_url: str = ""
    api_url: str = ""

    @property
    def is_local(self) -> bool:
        return self.stage == "local"


def from_environment() -> Settings:
    """A function's own settings. A variable that it was not given stays empty: it has no policy for it either."""
    return _settings({name: os.environ.get(name, "") for name in _VARIABLES})


def from_outputs(outputs: Mapping[str, str]) -> Settings:
    """The same from a stack's outputs, whose keys are the variables' names in Pascal case."""
    return _settings({name: outputs.get(_pascal(name), "") for name in _VARIABLES})


_VARIABLES = (
    "STAGE",
    "STACK_NAME",
    "CONNECTION_TABLE",
    "CROSS_REFERENCE_TABLE",
    "AUDIT_TRAIL_TABLE",
    "MAPPING_TABLE",
    "PAYLOAD_TABLE",
    "PAYLOAD_BUCKET",
    "NOTICE_QUEUE_URL",
    "POSTING_QUEUE_URL",
    "NOTICE_DEAD_LETTER_QUEUE_URL",
    "POSTING_DEAD_LETTER_QUEUE_URL",
    "SEAL_BUCKET",
    "SEAL_KEY_ARN",
    "DATA_KEY_ARN",
    "SECRET_PREFIX",
    "FLOW_SCHEDULE_GROUP",
    "FLOW_SCHEDULE_ROLE_ARN",
    "POLLER_FUNCTION_ARN",
    "HOLD_AGE_DAYS",
    "API_URL",
)


def _settings(values: Mapping[str, str]) -> Settings:
    return Settings(
        resources=Resources(
            stack=values["STACK_NAME"],
            connection_table=values["CONNECTION_TABLE"],
            cross_reference_table=values["CROSS_REFERENCE_TABLE"],
            audit_trail_table=values["AUDIT_TRAIL_TABLE"],
            mapping_table=values["MAPPING_TABLE"],
            payload_table=values["PAYLOAD_TABLE"],
            payload_bucket=values["PAYLOAD_BUCKET"],
            notice_queue_url=values["NOTICE_QUEUE_URL"],
            posting_queue_url=values["POSTING_QUEUE_URL"],
            seal_bucket=values["SEAL_BUCKET"],
            seal_key=values["SEAL_KEY_ARN"],
            data_key=values["DATA_KEY_ARN"],
            secret_key=values["DATA_KEY_ARN"],
            secret_prefix=values["SECRET_PREFIX"],
            schedule_group=values["FLOW_SCHEDULE_GROUP"],
            schedule_role_arn=values["FLOW_SCHEDULE_ROLE_ARN"],
            poller_function_arn=values["POLLER_FUNCTION_ARN"],
        ),
        stage=values["STAGE"] or "dev",
        hold_age=timedelta(days=float(values["HOLD_AGE_DAYS"] or 5)),
        notice_dead_letter_queue_url=values["NOTICE_DEAD_LETTER_QUEUE_URL"],
        posting_dead_letter_queue_url=values["POSTING_DEAD_LETTER_QUEUE_URL"],
        api_url=values["API_URL"],
    )


def _pascal(variable: str) -> str:
    return "".join(word.capitalize() for word in variable.split("_"))
