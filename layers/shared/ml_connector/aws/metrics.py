"""Counters as embedded-metric lines: CloudWatch reads them out of the log, and no call is made."""

from __future__ import annotations

import json
from collections.abc import Callable

from ml_connector.aws.resources import Resources
from ml_connector.pipeline.ports import Clock

NAMESPACE = "MlConnector"


class EmfMetrics:
    """Each value counts once for the stack, which the alarms read, and once more by its own dimensions."""

    def __init__(self, write: Callable[[str], object], clock: Clock, resources: Resources) -> None:
        self._write = write
        self._clock = clock
        self._stack = resources.stack

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        """`write` takes one line without its end."""
        sets = [["Stack"], ["Stack", *sorted(dimensions)]] if dimensions else [["Stack"]]
        unit = "Seconds" if name.endswith("_seconds") else "Count"
        metric = {"Namespace": NAMESPACE, "Dimensions": sets, "Metrics": [{"Name": name, "Unit": unit}]}
        about = {"Timestamp": int(self._clock.now().timestamp() * 1000), "CloudWatchMetrics": [metric]}
        self._write(json.dumps({"_aws": about, **dimensions, "Stack": self._stack, name: value}))
