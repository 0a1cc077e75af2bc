"""A call ends with its timeout, however slowly the answer drips, and with the error that a timeout gives (P1, FJ8)."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

import httpx
import pytest

from ml_connector.domain.errors import ConnectorError, OutcomeUnknownError, TransientError
from ml_connector.transport.client import ApiClient, received
from ml_connector.transport.single_call import Uncounted
from tests.unit.transport.dripping import dripping_host

TIMEOUT = 0.3
SOON = 5.0
"""Far more than the timeout, and far less than the answer would take: a busy machine is no defect."""


def test_an_answer_that_drips_ends_as_one_that_timed_out() -> None:
    with dripping_host() as port, httpx.Client() as http:
        request = http.build_request("GET", f"http://127.0.0.1:{port}/", timeout=httpx.Timeout(TIMEOUT))
        began = monotonic()

        with pytest.raises(httpx.ReadTimeout, match="took longer"):
            received(http, request)

    assert monotonic() - began < SOON


@pytest.mark.parametrize(
    ("method", "error"), [("GET", TransientError), ("POST", OutcomeUnknownError)], ids=["read", "write"]
)
def test_a_write_is_in_doubt_then_and_a_read_is_tried_again(method: str, error: type[ConnectorError]) -> None:
    with dripping_host() as port, httpx.Client() as http:
        api = ApiClient(
            http=http,
            system="x",
            base_url=f"http://127.0.0.1:{port}",
            tokens=None,
            budget=Uncounted(),
            timeout=timedelta(seconds=TIMEOUT),
        )

        with pytest.raises(error):
            api.send(method, "/", operation="it") if method == "POST" else api.get("/", operation="it")
