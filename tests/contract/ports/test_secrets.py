"""Secrets: versions named by tokens."""

from __future__ import annotations

import pytest

from ml_connector.aws.secrets import ManagedSecrets
from ml_connector.pipeline.ports import Ports
from tests.contract.ports.emulated import Emulated

NAME, SAME_NAME_ELSEWHERE = "connections/acme/books", "connections/globex/books"


def test_a_secret_is_read_as_it_was_written(ports: Ports) -> None:
    ports.secrets.write(NAME, {"id": "1", "key": "é"}, token="t1")

    assert ports.secrets.read(NAME) == {"id": "1", "key": "é"}


def test_the_newest_version_is_current_and_the_older_is_there(ports: Ports) -> None:
    first = ports.secrets.write(NAME, {"key": "1"}, token="t1")
    second = ports.secrets.write(NAME, {"key": "2"}, token="t2")

    assert first != second
    assert ports.secrets.read(NAME) == {"key": "2"}
    assert ports.secrets.read(NAME, version=first) == {"key": "1"}
    assert ports.secrets.read(NAME, version=second) == {"key": "2"}


def test_one_token_names_one_version(ports: Ports) -> None:
    first = ports.secrets.write(NAME, {"key": "1"}, token="t1")

    again = ports.secrets.write(NAME, {"key": "other"}, token="t1")

    assert again == first
    assert ports.secrets.read(NAME) == {"key": "1"}


def test_repeating_an_old_token_does_not_make_its_version_current(ports: Ports) -> None:
    first = ports.secrets.write(NAME, {"key": "1"}, token="t1")
    ports.secrets.write(NAME, {"key": "2"}, token="t2")

    assert ports.secrets.write(NAME, {"key": "1"}, token="t1") == first
    assert ports.secrets.read(NAME) == {"key": "2"}


def test_secrets_of_two_tenants_are_apart_even_under_one_token(ports: Ports) -> None:
    ports.secrets.write(NAME, {"key": "acme"}, token="t1")
    ports.secrets.write(SAME_NAME_ELSEWHERE, {"key": "globex"}, token="t1")

    assert ports.secrets.read(NAME) == {"key": "acme"}
    assert ports.secrets.read(SAME_NAME_ELSEWHERE) == {"key": "globex"}


def test_a_secret_or_version_that_is_not_there_is_a_key_error(ports: Ports) -> None:
    ports.secrets.write(NAME, {"key": "1"}, token="t1")

    with pytest.raises(KeyError):
        ports.secrets.read(SAME_NAME_ELSEWHERE)
    with pytest.raises(KeyError):
        ports.secrets.read(NAME, version="0" * 32)


def test_a_deleted_secret_is_gone_until_it_is_written_anew(ports: Ports) -> None:
    ports.secrets.write(NAME, {"key": "1"}, token="t1")
    ports.secrets.delete(NAME)
    ports.secrets.delete(NAME)

    with pytest.raises(KeyError):
        ports.secrets.read(NAME)
    ports.secrets.write(NAME, {"key": "2"}, token="t2")
    assert ports.secrets.read(NAME) == {"key": "2"}


def test_a_secret_that_is_too_large_is_refused(ports: Ports) -> None:
    with pytest.raises(ValueError, match="larger than"):
        ports.secrets.write(NAME, {"key": "x" * 61_000}, token="t1")


def test_a_secret_lies_under_the_stacks_own_key(aws: Emulated) -> None:
    resources = aws.resources()

    ManagedSecrets(aws.secretsmanager, resources).write(NAME, {"key": "1"}, token="t1")

    kept = aws.secretsmanager.describe_secret(SecretId=f"{resources.secret_prefix}/{NAME}")
    assert kept["KmsKeyId"] == resources.secret_key
