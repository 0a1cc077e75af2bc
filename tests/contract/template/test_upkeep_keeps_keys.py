"""Upkeep registers where Jira pushes and keeps the key of it, with the rights that the template gives it (FI7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from ml_connector.aws.resources import Resources
from ml_connector.aws.secrets import ManagedSecrets
from ml_connector.domain.registration import RegistrationState
from ml_connector.pipeline.connections.registrations import Registrar
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.upkeep import Upkeep, UpkeepReport
from tests.contract.template import reading
from tests.fakes.clock import FakeDeadline
from tests.freshbooks_jira import a_customer
from tests.jira_pushing import API_URL, PushingJira


class Guarded:
    """Secrets Manager in memory, behind what a function may do with signing keys."""

    def __init__(self, function: str) -> None:
        self.kept: dict[str, str] = {}
        self._allowed = {
            action
            for each in reading.statements_for(reading.resource(function))
            if "/signing-keys/*" in str(each.resources)
            for action in each.actions
        }

    def get_secret_value(self, *, SecretId: str, **_: Any) -> dict[str, str]:
        self._check("GetSecretValue", there=SecretId)
        return {"SecretString": self.kept[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str, **_: Any) -> None:
        self._check("PutSecretValue", there=SecretId)
        self.kept[SecretId] = SecretString

    def create_secret(self, *, Name: str, **_: Any) -> None:
        self._check("CreateSecret")
        self.kept[Name] = ""

    def delete_secret(self, *, SecretId: str, **_: Any) -> None:
        self._check("DeleteSecret", there=SecretId)
        del self.kept[SecretId]

    def _check(self, action: str, *, there: str | None = None) -> None:
        if f"secretsmanager:{action}" not in self._allowed:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, action)
        if there is not None and there not in self.kept:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, action)


def upkeep_of(pushing: PushingJira, secrets: Any) -> UpkeepReport:
    services, world = pushing.customer.world.services, pushing.customer.world
    keys = SigningKeys(ManagedSecrets(secrets, Resources(secret_prefix="stack")))
    doors = pushing.door.doors.ports(world.fakes.hooks)
    registrar = Registrar(services.ports, world.catalog, services.systems, doors, keys, api_url=API_URL)
    upkeep = Upkeep(
        services.ports,
        world.catalog,
        services.releaser,
        hold_age=timedelta(days=5),
        tend=lambda one: registrar.tend(one).changed,
    )
    return upkeep.run(FakeDeadline(world.fakes.clock))


def test_upkeep_may_keep_the_key_of_what_it_registers_with_jira() -> None:
    pushing, secrets = PushingJira(a_customer(oauth=True, webhooks="dynamic")), Guarded("UpkeepFunction")

    report = upkeep_of(pushing, secrets)

    assert [one.state for one in pushing.registrations] == [RegistrationState.VERIFIED]
    assert (len(secrets.kept), report.failed) == (1, 0)


def test_upkeep_may_replace_what_jira_forgot_and_forget_its_key() -> None:
    pushing, secrets = PushingJira(a_customer(oauth=True, webhooks="dynamic")), Guarded("UpkeepFunction")
    upkeep_of(pushing, secrets)
    pushing.jira.webhooks.rows.clear()
    pushing.customer.later(days=2)

    report = upkeep_of(pushing, secrets)

    assert [one.state for one in pushing.registrations] == [RegistrationState.VERIFIED]
    assert (len(secrets.kept), report.failed) == (1, 0)
