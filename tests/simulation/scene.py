"""What a simulated world offers the one who troubles it: its flows, its people, its vendors, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ml_connector.domain.identity import FlowId
from ml_connector.domain.posting import Action
from ml_connector.pipeline.ports import Ports
from tests.fakes.hooks import Hooks
from tests.simulation.jobs import Job
from tests.simulation.odds import Odds
from tests.world import Services, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A write of ours that took effect at a vendor. `posting` is None where the vendor cannot tell which it was."""

    action: Action
    target_id: str
    marker: str | None
    posting: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the source wants of the target. `may_wait`: something that no cycle mends stands in its way."""

    number: str
    total: str
    cancelled: bool = False
    may_wait: bool = False


@dataclass(slots=True, kw_only=True)
class Ended:
    """How a world ended, as its invariants see it. `standing` is number and total of each document in the target.

    `forgotten` are those that a person deleted because restored tables did not know of them any more.
    """

    documents: dict[str, Document]
    standing: list[tuple[str, str]]
    sources: dict[FlowId, set[str]]
    effects: list[Effect]
    left_over: list[str] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)


class Scene(Protocol):
    """`world` has stores, clock and queues; `stage` is what a test knows it by; `often` what is done, the more often
    the oftener it stands there."""

    name: str
    world: World
    stage: Any

    @property
    def flows(self) -> Sequence[FlowId]: ...

    @property
    def often(self) -> Sequence[Job]: ...

    def announce(self, hooks: Hooks) -> None:
        """From now on the calls to vendors pass these hooks."""
        ...

    def services(self, ports: Ports, hooks: Hooks) -> Services:
        """A new process on the given ports."""
        ...

    def is_outside(self, call: str) -> bool: ...

    def is_write(self, call: str) -> bool: ...

    def trouble(self, call: str, odds: Odds) -> str | None:
        """Just before a call to a vendor: perhaps it will go wrong, or somebody is faster. Answers what was done."""
        ...

    def edit(self) -> str | None:
        """People at the source."""
        ...

    def revoke(self) -> str | None:
        """The credentials end; answers what was done, None where there are none."""
        ...

    def mend(self) -> None:
        """Somebody gives the connections credentials that work, and lets them run."""
        ...

    def calm(self) -> None:
        """The vendors behave from now on."""
        ...

    def push(self, services: Services) -> str | None:
        """A vendor pushes something to this process; None where none does."""
        ...

    def given_up(self) -> frozenset[str]:
        """A person looks after what waits for one; answers what does, and why."""
        ...

    def ended(self) -> Ended: ...
