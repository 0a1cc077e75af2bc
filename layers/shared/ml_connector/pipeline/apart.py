"""Work of many, one after the other: what fails for one of them is logged and counted, and the others' goes on."""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.pipeline.ports import Log, Metrics


class Apart:
    """For one run of upkeep. `failed` counts what raised; whoever ends the run says so, or nobody would be alarmed."""

    def __init__(self, log: Log, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics
        self.failed = 0

    def __call__[**Given, Got](
        self, at: str, of: object, otherwise: Got, work: Callable[Given, Got], *args: Given.args, **named: Given.kwargs
    ) -> Got:
        """What `work` answers, or `otherwise`. `of` is whose work it is: a tenant, a connection."""
        try:
            return work(*args, **named)
        except Exception as error:
            self.failed += 1
            self._metrics.count("UpkeepFailures")
            self._log.error("upkeep failed", at=at, of=str(of), why=repr(error))
            return otherwise
