"""A host as a ping sees it: its name, its certificate, its clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ml_connector.pipeline.connections.ping_network import Network, UnreachableError, Visit
from ml_connector.pipeline.ports import Clock
from ml_connector.pipeline.probe import ProbeStep

EXPIRES_SOON = timedelta(days=14)
CLOCKS_DIFFER = timedelta(seconds=60)
"""As early as a token is renewed. Signatures with a time in them are refused at five minutes by most."""


def origins(urls: Iterable[str]) -> tuple[str, ...]:
    """Scheme and host of each, each once."""
    parts = [urlsplit(url) for url in urls]
    return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def host_steps(network: Network, clock: Clock, origin: str) -> Sequence[ProbeStep]:
    """Up to the first that fails: the rest would say the same."""
    return tuple(_until_failure(_looked_at(network, clock, origin)))


def name_step(network: Network, origin: str) -> ProbeStep:
    """Whether the name leads to where a connection may end."""
    host = urlsplit(origin).hostname or origin
    step = f"name {host}"
    try:
        addresses = network.resolve(host)
    except UnreachableError as error:
        return ProbeStep(name=step, ok=False, text=error.text, fix=error.fix)
    inside = [address for address in addresses if not network.is_allowed(address)]
    if inside:
        text = f"{host} leads to {', '.join(inside)}, inside a network: nothing is sent there"
        return ProbeStep(name=step, ok=False, text=text, fix="use the host name that is known to the public")
    return ProbeStep(name=step, ok=True, text=f"leads to {', '.join(addresses)}")


def _looked_at(network: Network, clock: Clock, origin: str) -> Iterator[ProbeStep]:
    host, is_secure = urlsplit(origin).hostname or origin, origin.startswith("https:")
    yield name_step(network, origin)
    try:
        visit, now = network.visit(f"{origin}/"), clock.now()
    except UnreachableError as error:
        yield ProbeStep(name=f"{'TLS' if is_secure else 'connect'} {host}", ok=False, text=error.text, fix=error.fix)
        return
    if visit.certificate_until is not None:
        yield _certificate(host, visit.certificate_until, now)
    yield _clock(host, visit, now)


def _certificate(host: str, until: datetime, now: datetime) -> ProbeStep:
    text = f"the certificate is valid until {until:%Y-%m-%d %H:%M} UTC"
    if until - now > EXPIRES_SOON:
        return ProbeStep(name=f"TLS {host}", ok=True, text=text)
    fix = "most are renewed by themselves; if the day comes near, ask whoever runs the host"
    return ProbeStep(name=f"TLS {host}", ok=True, text=f"{text}, which is soon", fix=fix)


def _clock(host: str, visit: Visit, now: datetime) -> ProbeStep:
    name = f"clock {host}"
    if visit.date is None:
        return ProbeStep(name=name, ok=True, text="it does not say what time it is there")
    ahead = now - visit.date
    seconds = abs(round(ahead.total_seconds()))
    if abs(ahead) <= CLOCKS_DIFFER:
        return ProbeStep(name=name, ok=True, text=f"our clocks agree (to {max(seconds, 1)} s)")
    text = f"our clock is {seconds} s {'ahead of' if ahead > timedelta() else 'behind'} theirs"
    fix = "set this machine's clock by NTP: tokens are taken for valid too long, or refused as from the future"
    return ProbeStep(name=name, ok=False, text=text, fix=fix)


def _until_failure(steps: Iterator[ProbeStep]) -> Iterator[ProbeStep]:
    for step in steps:
        yield step
        if not step.ok:
            return
