"""Where a connection may call."""

from __future__ import annotations

import pytest

from ml_connector.domain.errors import SettingsError
from ml_connector.transport.urls import checked_url, host_of


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.jaggaer.com",
        "https://prep-reg02.api.jaggaer.com/",
        "https://example.com:8443/base",
        "https://8.8.8.8",
    ],
)
def test_a_public_https_address_is_taken_as_it_is(url: str) -> None:
    assert checked_url(url, setting="base_url", local=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.jaggaer.com",
        "ftp://acme.jaggaer.com",
        "acme.jaggaer.com",
        "",
        "https://",
        "https://user:pass@acme.jaggaer.com",
        "https://acme.jaggaer.com@evil.example.com",
        "https://acme.jaggaer.com/#x",
        "https://acme.jaggaer.com\\@evil.example.com",
        "https://acme .jaggaer.com",
        "https://acme.jaggaer.com\n",
        "https://acme.jaggaer.com:port",
        "https://ａcme.com",
        "https://-acme.com",
        "https://a..com",
        "https://%31%32%37.0.0.1",
        "https://localhost",
        "https://localhost.",
        "https://api.localhost",
        "https://intranet",
        "https://metadata.google.internal",
        "https://db.corp",
        "https://printer.local",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://169.254.169.254",
        "https://2852039166",
        "https://10.0.0.5",
        "https://172.16.9.1",
        "https://192.168.1.1",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[::1]",
        "https://[::]",
        "https://[fe80::1]",
        "https://[fd00:ec2::254]",
        "https://[::ffff:169.254.169.254]",
        "https://[64:ff9b::a9fe:a9fe]",
        "https://[2002:a9fe:a9fe::1]",
        "https://1.2.3.999",
    ],
)
def test_an_address_that_is_not_a_vendors_is_refused_by_the_settings_name(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^token_url: ") as raised:
        checked_url(url, setting="token_url", local=False)

    assert raised.value.setting == "token_url"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8123", "http://localhost:8123", "http://[::1]:8123"])
def test_a_laptop_may_call_its_own_simulators(url: str) -> None:
    assert checked_url(url, setting="base_url", local=True) == url


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://10.0.0.5", "http://metadata.google.internal"])
def test_even_a_laptop_calls_nobody_elses_network(url: str) -> None:
    with pytest.raises(SettingsError):
        checked_url(url, setting="base_url", local=True)


def test_the_host_of_a_url_is_in_lower_case() -> None:
    assert host_of("https://ACME.Jaggaer.com:443/x") == "acme.jaggaer.com"
