"""Small stand-ins: a vendor that answers from a list, a token source that counts, a budget that counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httpx

from ml_connector.domain.errors import RateLimitedError
from ml_connector.transport.client import ApiClient

type Step = httpx.Response | Exception


class Script:
    """Answers in order, the last one for ever; remembers what was asked."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        return step

    @property
    def http(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self))


class Tokens:
    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.dropped: list[str] = []

    def token(self) -> str:
        return self._tokens[0]

    def refused(self, token: str) -> None:
        self.dropped.append(token)
        self._tokens = [kept for kept in self._tokens if kept != token] or self._tokens


class Counter:
    def __init__(self) -> None:
        self.taken = 0

    def take(self) -> None:
        self.taken += 1

    def wait(self, error: RateLimitedError) -> bool:
        return False


def api(script: Script | Callable[[httpx.Request], httpx.Response], **settings: Any) -> ApiClient:
    values = {
        "tokens": Tokens("token-1", "token-2"),
        "budget": Counter(),
        "base_url": "https://api.example.com",
        **settings,
    }
    return ApiClient(http=httpx.Client(transport=httpx.MockTransport(script)), system="example", **values)


def answer(status: int = 200, body: str = "{}", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, content=body.encode())
