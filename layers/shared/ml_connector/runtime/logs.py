"""Structured logs with correlation ids; what looks like a secret is struck out before a line is written."""

from __future__ import annotations

import logging
from typing import Any

from aws_lambda_powertools import Logger

from ml_connector.transport.redaction import redact


class StructuredLog:
    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def info(self, message: str, **fields: Any) -> None:
        self._logger.info(message, extra=_safe(fields))

    def warning(self, message: str, **fields: Any) -> None:
        self._logger.warning(message, extra=_safe(fields))

    def error(self, message: str, **fields: Any) -> None:
        self._logger.error(message, extra=_safe(fields))


class QuietLog:
    """For the command line, where the answer is the output: only warnings, on standard error."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("ml_connector")

    def info(self, message: str, **fields: Any) -> None:
        self._logger.info("%s %s", message, _safe(fields))

    def warning(self, message: str, **fields: Any) -> None:
        self._logger.warning("%s %s", message, _safe(fields))

    def error(self, message: str, **fields: Any) -> None:
        self._logger.error("%s %s", message, _safe(fields))


def _safe(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: redact(value) for name, value in fields.items()}
