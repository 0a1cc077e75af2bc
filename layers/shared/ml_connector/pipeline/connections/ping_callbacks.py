"""Does a system reach us? A knock at our own door, by the address that systems are given, and what they were told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ml_connector.domain.connection import Connection
from ml_connector.domain.registration import RegistrationState, door_mark
from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.ping_hosts import name_step
from ml_connector.pipeline.connections.ping_network import Network, UnreachableError
from ml_connector.pipeline.connections.registrations import HANDSHAKE_WITHIN, Registrar, Wanted, kept_of
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.probe import ProbeStep

NOBODYS = 404
"""What our door says to a registration that nobody has; see `runtime/receiving.py`."""

_REPAIR = "see why, and have it put right: ml-connector registrations --repair"
_DOOR, _TOLD = "our door", "registrations"


class CallbackChecks:
    def __init__(self, ports: Ports, catalog: Catalog, registrar: Registrar, network: Network, *, stack: str) -> None:
        self._ports = ports
        self._catalog = catalog
        self._registrar = registrar
        self._network = network
        self._stack = stack

    def of(self, connection: Connection) -> Iterator[tuple[str, Callable[[], Sequence[ProbeStep]]]]:
        """Nothing where no flow needs to be pushed anything."""
        wanted = self._registrar.wanted(connection)
        if wanted.events:
            yield _DOOR, lambda: self._door(connection, wanted)
            yield _TOLD, lambda: [self._registered(connection, wanted)]

    def _door(self, connection: Connection, wanted: Wanted) -> list[ProbeStep]:
        """There and back with an id that is nobody's: the door looks for it, and says by its mark whose door it is."""
        named = name_step(self._network, wanted.address)
        return [named, self._knock(connection, wanted)] if named.ok else [named]

    def _knock(self, connection: Connection, wanted: Wanted) -> ProbeStep:
        new = self._ports.ids.new()
        kind = min(self._catalog.webhooks[connection.system].content_types)
        try:
            answered = self._network.knock(wanted.uri(new), content_type=kind)
        except UnreachableError as error:
            return _door(f"{error.text}: nothing that is pushed arrives", error.fix)
        if answered.mark != door_mark(self._stack, new):
            fix = (
                "set `callback_base_url` to this stack's own address (its output ApiUrl), or let what stands before it "
                "pass POST /in/... on unchanged; a 5xx is explained in the log of the webhook receiver"
            )
            return _door(f"HTTP {answered.status} came from {wanted.address}, and not from this stack's door", fix)
        if answered.status != NOBODYS:
            fix = "look into the log of the webhook receiver"
            return _door(f"our door answers HTTP {answered.status} where {NOBODYS} is right", fix)
        return ProbeStep(name=_DOOR, ok=True, text=f"answers at {wanted.address}")

    def _registered(self, connection: Connection, wanted: Wanted) -> ProbeStep:
        kept = {one.event: one for one in kept_of(wanted, self._registrar.stored(connection))}
        verified = {event for event, one in kept.items() if one.state is RegistrationState.VERIFIED}
        missing = sorted(wanted.events - set(kept))
        waiting = sorted(set(kept) - verified)
        if not missing and not waiting:
            return ProbeStep(name=_TOLD, ok=True, text=f"{', '.join(sorted(verified))}: verified")
        told = [f"{', '.join(missing)}: not registered"] if missing else []
        told += [f"{', '.join(waiting)}: no handshake yet"] if waiting else []
        began = [kept[event].created_at for event in waiting] + ([connection.created_at] if missing else [])
        since = [moment for moment in began if moment is not None]
        is_young = bool(since) and self._ports.clock.now() - min(since) < HANDSHAKE_WITHIN
        fix = "upkeep sees to it every minute" if is_young else _REPAIR
        return ProbeStep(name=_TOLD, ok=is_young, text="; ".join(told), fix=fix)


def _door(text: str, fix: str) -> ProbeStep:
    return ProbeStep(name=_DOOR, ok=False, text=text, fix=fix)
