"""AWS clients made at their first use: a function pays only for the ones its call needs."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from ml_connector.runtime.target import Target

if TYPE_CHECKING:
    import boto3


_MAKING = Lock()
"""A session makes one client at a time: making them is not safe in threads, using them is."""


class LazyClient:
    """Stands for one service's client; the first attribute that is asked for makes it."""

    def __init__(self, clients: Clients, service: str) -> None:
        self._clients = clients
        self._service = service
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            with _MAKING:
                self._made = self._made or self._clients.make(self._service)
        return getattr(self._made, name)


class Clients:
    """One session's clients, with short timeouts and the SDK's own retries."""

    def __init__(self, target: Target | None = None) -> None:
        self._target = target or Target()

    def lazy(self, service: str) -> Any:
        return LazyClient(self, service)

    def make(self, service: str) -> Any:
        from botocore.config import Config

        config = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})
        return self._session.client(service, endpoint_url=self._target.endpoint_url, config=config)  # type: ignore[call-overload]

    @cached_property
    def _session(self) -> boto3.Session:
        import boto3

        return boto3.Session(profile_name=self._target.profile, region_name=self._target.region)
