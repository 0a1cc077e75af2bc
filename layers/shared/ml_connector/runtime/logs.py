"""Structured logs with correlation ids; what looks like a secret is struck out before a line is written."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from ml_connector.pipeline.ports import Log
from ml_connector.transport.redaction import redact


class RuntimeLog(Log, Protocol):
    """A log that knows which invocation it speaks of."""

    def begin(self, **keys: Any) -> None: ...


class StructuredLog:
    def __init__(self, service: str) -> None:
        from aws_lambda_powertools import Logger

        self._logger = Logger(service=service or "ml-connector")

    def begin(self, **keys: Any) -> None:
        """What every line of this invocation carries."""
        self._logger.append_keys(**keys)

    def info(self, message: str, **fields: Any) -> None:
        self._logger.info(message, extra=_safe(fields))

    def warning(self, message: str, **fields: Any) -> None:
        self._logger.warning(message, extra=_safe(fields))

    def error(self, message: str, **fields: Any) -> None:
        self._logger.error(message, extra=_safe(fields))


class LateLog:
    """A structured log that is made at its first line, for a function that mostly has nothing to say."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._keys: dict[str, Any] = {}
        self._made: StructuredLog | None = None

    def begin(self, **keys: Any) -> None:
        self._keys = keys
        if self._made is not None:
            self._made.begin(**keys)

    def info(self, message: str, **fields: Any) -> None:
        self._log.info(message, **fields)

    def warning(self, message: str, **fields: Any) -> None:
        self._log.warning(message, **fields)

    def error(self, message: str, **fields: Any) -> None:
        self._log.error(message, **fields)

    @property
    def _log(self) -> StructuredLog:
        if self._made is None:
            self._made = StructuredLog(self._service)
            self._made.begin(**self._keys)
        return self._made


class QuietLog:
    """For the command line, where the answer is the output: only warnings, on standard error."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("ml_connector")

    def begin(self, **keys: Any) -> None:
        """A command is one invocation; its lines need no keys."""

    def info(self, message: str, **fields: Any) -> None:
        self._logger.info("%s %s", message, _safe(fields))

    def warning(self, message: str, **fields: Any) -> None:
        self._logger.warning("%s %s", message, _safe(fields))

    def error(self, message: str, **fields: Any) -> None:
        self._logger.error("%s %s", message, _safe(fields))


def _safe(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: redact(value) for name, value in fields.items()}
