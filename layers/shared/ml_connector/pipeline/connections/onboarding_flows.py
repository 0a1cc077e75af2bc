"""Read the flows that a tenant wants: which exist, between which connections, how often, and with which choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.errors import SettingsError
from ml_connector.domain.identity import FlowId
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.cadence import check_blackouts, check_cadence, check_time_zone
from ml_connector.pipeline.connections.problems import Problems
from ml_connector.pipeline.flow import Flow, Side
from ml_connector.pipeline.ports import Ports

OF_EVERY_POLL = ("full_read_hours", "overlap_minutes")
"""Settings that any flow takes beside its own: positive numbers."""

COMMON_CODES = "common_codes"
"""True where two sources into one target number alike. Any flow takes it: mappings and codes are kept by the target."""

_LONGEST = 100_000
_FLOW = ("flow", "source", "target", "cadence", "time_zone", "blackouts", "settings", "enabled")


class FlowReader:
    """`known` are the connections, stored and wanted; `named` also those of the file that are wrong themselves."""

    def __init__(
        self,
        ports: Ports,
        catalog: Catalog,
        problems: Problems,
        tenant: str,
        known: Mapping[str, Connection],
        named: frozenset[str],
    ) -> None:
        self._catalog = catalog
        self._problems = problems
        self._tenant = tenant
        self._known = known
        self._named = named
        self._stored = {settings.id: settings for settings in ports.connections.flows(tenant)}

    def read(self, given: Any) -> tuple[FlowSettings, ...]:
        if given is not None and not isinstance(given, list | tuple):
            self._problems.add("flows", "write them as a list")
            return ()
        wanted: dict[FlowId, FlowSettings] = {}
        for place, fields in ((f"flows[{number}]", fields) for number, fields in enumerate(given or (), start=1)):
            settings = self._flow(self._problems.mapping(fields, place), place)
            if settings is not None and settings.id in wanted:
                self._problems.add(place, f"{settings.id} is there twice")
            elif settings is not None:
                wanted[settings.id] = settings
                self._codes_apart(settings, {**self._stored, **wanted}, place)
        return tuple(wanted.values())

    def _codes_apart(self, settings: FlowSettings, others: Mapping[FlowId, FlowSettings], place: str) -> None:
        """Number 1001 of a second source would be taken for 1001 of the first: somebody must have said that it is."""
        for one in others.values():
            common = any(each.settings.get(COMMON_CODES) is True for each in (one, settings))
            if self._look_up_alike(one.id, settings.id) and not common:
                text = f"numbers and codes of {one.id.source} and {settings.id.source} are looked up in {one.id.target}"
                told = f"{text} alike: write true if they are the same, else give each a target of its own"
                self._problems.add(f"{place}.settings.{COMMON_CODES}", told)
                return

    def _look_up_alike(self, one: FlowId, other: FlowId) -> bool:
        """Whether two connections to one system have their codes looked up in one target."""
        apart, together = one.source != other.source, one.target == other.target
        return apart and together and self._looks_up(one) is not None and self._looks_up(one) == self._looks_up(other)

    def _looks_up(self, flow_id: FlowId) -> str | None:
        """The system whose codes the flow looks up; None where it looks up none, or is set up wrongly."""
        flow, source = self._catalog.flows.get(flow_id.flow), self._known.get(flow_id.source)
        if flow is None or source is None or not flow.references or source.system != flow.source.system:
            return None
        return source.system

    def _flow(self, fields: Mapping[str, Any], place: str) -> FlowSettings | None:
        self._problems.only(fields, _FLOW, place)
        with self._problems.at(place):
            flow = self._catalog.flow(str(fields.get("flow")))
            source = self._side(flow.source, fields.get("source"), "source", place)
            target = self._side(flow.target, fields.get("target"), "target", place)
            flow_id = FlowId(tenant=self._tenant, flow=flow.name, source=source, target=target)
            before = self._stored.get(flow_id)
            settings = fields.get("settings", before.settings if before else {})
            checked = self._settings(flow, self._problems.mapping(settings, f"{place}.settings"), f"{place}.settings")
            return FlowSettings(
                id=flow_id,
                enabled=self._enabled(fields, before, place),
                paused=before.paused if before else False,
                cadence=self._cadence(flow, fields, before, place),
                time_zone=self._time_zone(fields, before, place),
                blackouts=self._blackouts(fields, before, place),
                settings=checked,
            )
        return None

    def _side(self, side: Side, name: Any, which: str, place: str) -> str:
        """A connection's name. That of a connection that is wrong itself is let pass: its problem is told already."""
        connection = self._known.get(str(name))
        if connection is None and str(name) not in self._named:
            there = ", ".join(sorted({*self._known, *self._named})) or "none"
            self._problems.add(f"{place}.{which}", f"there is no connection {name!r}; there are: {there}")
        elif connection is not None and connection.system != side.system:
            self._problems.add(
                f"{place}.{which}",
                f"{name} is a connection to {connection.system}; the flow needs one to {side.system}",
            )
        return str(name)

    def _cadence(self, flow: Flow, fields: Mapping[str, Any], before: FlowSettings | None, place: str) -> str | None:
        if "cadence" in fields and fields["cadence"] in (False, "off"):  # YAML reads a bare off as false
            return None
        cadence = fields.get("cadence") or (before.cadence if before else flow.default_cadence)
        if cadence is None:
            return None
        with self._problems.at(place):
            return check_cadence(cadence, setting="cadence")
        return None

    def _time_zone(self, fields: Mapping[str, Any], before: FlowSettings | None, place: str) -> str:
        with self._problems.at(place):
            return check_time_zone(fields.get("time_zone", before.time_zone if before else "UTC"), setting="time_zone")
        return "UTC"

    def _blackouts(self, fields: Mapping[str, Any], before: FlowSettings | None, place: str) -> tuple[str, ...]:
        given = fields.get("blackouts", before.blackouts if before else ())
        if not isinstance(given, list | tuple):
            self._problems.add(f"{place}.blackouts", "write them as a list")
            return ()
        with self._problems.at(place):
            return check_blackouts(given, setting="blackouts")
        return ()

    def _enabled(self, fields: Mapping[str, Any], before: FlowSettings | None, place: str) -> bool:
        enabled = fields.get("enabled", before.enabled if before else True)
        if not isinstance(enabled, bool):
            self._problems.add(f"{place}.enabled", "write true or false")
        return bool(enabled)

    def _settings(self, flow: Flow, given: Mapping[str, Any], place: str) -> Mapping[str, Any]:
        choices = {setting.name: setting.choices for setting in flow.settings}
        self._problems.only(given, (*choices, *OF_EVERY_POLL, COMMON_CODES), place)
        for name, value in given.items():
            with self._problems.at(place):
                _check_choice(name, value, choices.get(name))
        for setting in flow.settings:
            why = setting.check(given.get(setting.name, setting.default)) if setting.check is not None else None
            if why is not None:
                self._problems.add(f"{place}.{setting.name}", why)
        return given


def _check_choice(name: str, value: Any, choices: tuple[Any, ...] | None) -> None:
    if choices and value not in choices:
        text = f"{value!r} is no choice; the choices are: {', '.join(map(str, choices))}"
        raise SettingsError(text, setting=name)
    if name == COMMON_CODES and not isinstance(value, bool):
        raise SettingsError("write true or false", setting=name)
    if name in OF_EVERY_POLL and not (type(value) in (int, float) and 0 < value <= _LONGEST):
        raise SettingsError(f"write a number greater than 0, {_LONGEST} at most", setting=name)
