"""Set up a tenant from a parsed file: all of it is checked first, then written; onboarding again is an update.

One thing outlives a refusal: tokens. A refresh token works once, so it is stored before the lists are read with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ml_connector.domain.audit import Step
from ml_connector.domain.codec import encode
from ml_connector.domain.connection import Connection, ConnectionState, FlowSettings, MappingEntry
from ml_connector.domain.records.record import canonical
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.grant_shelf import GrantShelf
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.mapping_targets import resolved
from ml_connector.pipeline.connections.onboarding_file import OnboardingFile, Wanted, WantedConnection
from ml_connector.pipeline.connections.problems import OnboardingError
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.connections.switches import Feed, note, schedule
from ml_connector.pipeline.ports import Ports, Secrets

__all__ = ["Onboarded", "Onboarding", "OnboardingError", "SystemsOf"]

type SystemsOf = Callable[[Ports], Systems]
"""Opens connections over these ports: onboarding reads a target's lists with credentials that are not stored yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarded:
    """What changed, a sentence each, without any secret in it; empty where all stood already."""

    tenant: str
    changes: tuple[str, ...]
    released: int = 0
    fed: int = 0


class StagedSecrets:
    """The stored secrets, with those in front that are about to be stored."""

    def __init__(self, stored: Secrets, staged: Mapping[str, Mapping[str, str]]) -> None:
        self._stored = stored
        self._staged = staged

    def read(self, name: str, *, version: str | None = None) -> Mapping[str, str]:
        return self._staged[name] if name in self._staged else self._stored.read(name, version=version)

    def write(self, name: str, value: Mapping[str, str], *, token: str) -> str:
        return self._stored.write(name, value, token=token)

    def delete(self, name: str) -> None:
        self._stored.delete(name)


class Onboarding:
    def __init__(
        self, ports: Ports, catalog: Catalog, systems_of: SystemsOf, book: MappingBook, feed: Feed, *, local: bool
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems_of = systems_of
        self._book = book
        self._feed = feed
        self._local = local

    def check(self, file: Mapping[str, Any]) -> None:
        """All that can be told without a call to any system. Raises: OnboardingError."""
        self._read(file)

    def onboard(self, file: Mapping[str, Any], *, actor: str) -> Onboarded:
        """Raises: OnboardingError with every problem; then no connection, flow or mapping was touched."""
        wanted, reading = self._read(file)
        authorised = {one.connection.id for one in wanted.connections if self._authorise(one)}
        entries = resolved(self._ports, self._staged(wanted), wanted.mappings, reading.problems, actor=actor)
        reading.problems.raise_if_any()
        changes: list[str] = [f"authorisation of {one.name}: stored" for one in sorted(authorised)]
        fed = 0
        for one in wanted.connections:
            told = self._secret(one, actor=actor)
            changes += told + self._connection(one, actor=actor, mended=bool(told) or one.connection.id in authorised)
        kept = self._book.keep(entries)
        changes += [f"mapping {_named(done.entry)}" for done in kept.sets if done.changed]
        for settings in wanted.flows:
            changes += self._flow(settings, actor=actor)
        for one in wanted.connections:
            if one.stored is not None and not one.stored.is_running:
                fed += self._feed(one.connection.id)
        self._ports.log.info("onboarded", tenant=wanted.tenant, changes=len(changes), actor=actor)
        return Onboarded(tenant=wanted.tenant, changes=tuple(changes), released=kept.released, fed=fed)

    def _read(self, file: Mapping[str, Any]) -> tuple[Wanted, OnboardingFile]:
        reading = OnboardingFile(self._ports, self._catalog, local=self._local)
        wanted = reading.read(file)
        reading.problems.raise_if_any()
        return wanted, reading

    def _authorise(self, one: WantedConnection) -> bool:
        if one.tokens is None or one.connection.grant is None:
            return False
        shelf = GrantShelf(self._ports, tenant=one.connection.id.tenant, grant=one.connection.grant)
        return shelf.authorise(one.tokens, now=self._ports.clock.now())

    def _staged(self, wanted: Wanted) -> ReferenceData:
        staged = {one.connection.secret: one.secret for one in wanted.connections if one.secret is not None}
        ports = replace(self._ports, secrets=StagedSecrets(self._ports.secrets, staged))
        return ReferenceData(ports, self._catalog, self._systems_of(ports))

    def _secret(self, one: WantedConnection, *, actor: str) -> list[str]:
        if one.secret is None:
            return []
        try:
            stored = dict(self._ports.secrets.read(one.connection.secret))
        except KeyError:
            stored = {}
        if stored == dict(one.secret):
            return []
        changed = sorted(name for name, value in one.secret.items() if stored.get(name) != value)
        note(self._ports, one.connection.id, Step.SECRET_REPLACED, f"by onboarding: {', '.join(changed)}", actor=actor)
        self._ports.secrets.write(one.connection.secret, one.secret, token=self._ports.ids.new())
        return [f"secret of {one.connection.id.name}: {'replaced' if stored else 'stored'} ({', '.join(changed)})"]

    def _connection(self, one: WantedConnection, *, actor: str, mended: bool) -> list[str]:
        """A stopped connection runs again once something of it was mended; a person's pause stands."""
        wanted, name = one.connection, one.connection.id.name
        if one.stored is None:
            note(self._ports, wanted.id, Step.ONBOARDED, f"new, {wanted.system}", actor=actor)
            self._ports.connections.save(wanted)
            state = f", {wanted.state}: {wanted.state_why}" if not wanted.is_running else ""
            return [f"connection {name}: new, {wanted.system}{state}"]
        changes = _differences(one.stored, wanted)
        if one.stored.state is ConnectionState.STOPPED and (mended or changes):
            wanted = replace(wanted, state=ConnectionState.ACTIVE, state_why=None)
            changes.append("runs again")
        if changes:
            note(self._ports, wanted.id, Step.ONBOARDED, "; ".join(changes), actor=actor)
            self._ports.connections.save(wanted)
        return [f"connection {name}: {change}" for change in changes]

    def _flow(self, wanted: FlowSettings, *, actor: str) -> list[str]:
        """The schedule is put in any case: one that was changed by hand is set right."""
        try:
            stored = self._ports.connections.flow(wanted.id)
        except KeyError:
            stored = None
        changes = ["new"] if stored is None else _flow_differences(stored, wanted)
        if changes:
            note(self._ports, wanted.id, Step.ONBOARDED, "; ".join(changes), actor=actor)
            self._ports.connections.save_flow(wanted)
        schedule(self._ports, wanted)
        return [f"flow {wanted.id.flow} ({wanted.id.source} to {wanted.id.target}): {change}" for change in changes]


def _named(entry: MappingEntry) -> str:
    return f"of {entry.connection.name}: {entry.kind} {entry.code} is {entry.target_name} ({entry.target_id})"


def _differences(before: Connection, after: Connection) -> list[str]:
    return [
        *_changed_settings(before.settings, after.settings),
        *(["shares another authorisation"] if before.grant != after.grant else []),
        *(["its secret has another name"] if before.secret != after.secret else []),
        *(
            [f"its secret expires on {after.secret_expires_on or 'a day that nobody has said'}"]
            if before.secret_expires_on != after.secret_expires_on
            else []
        ),
    ]


def _flow_differences(before: FlowSettings, after: FlowSettings) -> list[str]:
    return [
        *(
            f"{name} {getattr(before, name)} -> {getattr(after, name)}"
            for name in ("enabled", "cadence", "time_zone", "blackouts")
            if getattr(before, name) != getattr(after, name)
        ),
        *_changed_settings(before.settings, after.settings),
    ]


def _changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Compared as they are stored: a tuple and a list are one."""
    names = sorted({*before, *after})
    return [
        f"{name} {before.get(name)!r} -> {after.get(name)!r}"
        for name in names
        if canonical(encode(before.get(name))) != canonical(encode(after.get(name)))
    ]
