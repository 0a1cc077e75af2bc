"""Each promise of the simulated world can be broken: the product is spoilt in one place, and the world must say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.crossreference import State
from ml_connector.domain.decision import Reason
from ml_connector.pipeline.ingest.ingestor import Ingestor
from ml_connector.pipeline.planning import holding
from ml_connector.pipeline.posting import doubt, looking, results
from ml_connector.pipeline.posting.desk import Desk
from ml_connector.pipeline.posting.looking import Looker
from ml_connector.pipeline.posting.poster import Poster
from ml_connector.pipeline.reporting import totals
from tests.simulation.chaos import Chaos
from tests.simulation.odds import Odds
from tests.simulation.scene import Effect

LOST_ANSWERS = Odds(crash=0.0, store_error=0.0, oversleep=0.0, vendor=0.5, restore=0.0, revoke=0.0, edit=0.4)
QUIET = Odds(
    crash=0.0, store_error=0.0, oversleep=0.0, vendor=0.0, moved=0.0, duplicate=0.0, delay=0.0, restore=0.0, revoke=0.0
)
type Spoil = Callable[[pytest.MonkeyPatch], object]


def _writes_without_looking(patch: pytest.MonkeyPatch) -> None:
    def free(self: Looker, rows: list[Any], left: list[Any]) -> list[Any]:
        now = self.shift.ports.clock.now()
        ended = [self.shift.desk.end(row, lambda row: doubt.shown_absent(row, now=now), claim=None) for row in rows]
        return [row for row in ended if row is not None]

    patch.setattr(Looker, "look", free)


def _says_nothing_of_what_it_wrote(patch: pytest.MonkeyPatch) -> None:
    known = results.confirmed
    patch.setattr(
        "ml_connector.pipeline.posting.batch.confirmed", lambda *a, **how: replace(known(*a, **how), events=())
    )


def _tells_of_another_bill(patch: pytest.MonkeyPatch) -> None:
    known = results._confirmation

    def wrong(*args: Any) -> Any:
        event = known(*args)
        return replace(event, detail={**event.detail, "target_id": "F999"})

    patch.setattr(results, "_confirmation", wrong)


def _posts_yesterdays_total(patch: pytest.MonkeyPatch) -> None:
    known: dict[Any, Any] = {}
    payload = Desk.payload
    patch.setattr(Desk, "payload", lambda self, row, digest: known.setdefault(row.record, payload(self, row, digest)))


def _forgets_a_message(patch: pytest.MonkeyPatch) -> None:
    handle = Ingestor.handle

    def forgetful(self: Ingestor, notice: Any, deadline: Any) -> None:
        kept = tuple(one for one in notice.records if one.external_id != "2")
        handle(self, replace(notice, records=kept), deadline)

    patch.setattr(Ingestor, "handle", forgetful)


def _holds_without_a_reason(patch: pytest.MonkeyPatch) -> None:
    known = holding.in_state

    def mute(row: Any, state: State, now: Any, **how: Any) -> Any:
        return known(row, state, now, **{**how, "reasons": ()})

    patch.setattr(holding, "in_state", mute)


def _counts_a_state_twice(patch: pytest.MonkeyPatch) -> None:
    known = totals._counted
    patch.setattr(totals, "_counted", lambda flow, month, rows: known(flow, month, [row for row in rows for _ in "ab"]))


def _never_believes_a_look_up(patch: pytest.MonkeyPatch) -> None:
    why = Reason(code="unsure", text="it was looked up, and nobody believed it")

    def unsure(row: Any, *_: Any, now: Any, **how: Any) -> Any:
        return results.held(row, why, now=now, settled=False)

    patch.setattr(looking, "after_create_look", unsure)


def _never_posts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Poster, "_carry", lambda *_: None)


SPOILT: dict[str, tuple[Spoil, Odds, str]] = {
    "writes again without looking": (_writes_without_looking, LOST_ANSWERS, "was made 2 times"),
    "says nothing of what it wrote": (_says_nothing_of_what_it_wrote, QUIET, "nobody tells of the create"),
    "tells of another bill": (_tells_of_another_bill, QUIET, "which never happened"),
    "posts an older total": (_posts_yesterdays_total, QUIET, "should be there once"),
    "forgets a message": (_forgets_a_message, QUIET, "INV-2 has no row"),
    "holds without a reason": (_holds_without_a_reason, QUIET, "without a reason"),
    "counts a record twice": (_counts_a_state_twice, QUIET, "in the totals for"),
    "never believes a look-up": (_never_believes_a_look_up, LOST_ANSWERS, "still in doubt"),
    "never posts": (_never_posts, QUIET, "not settled after"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_product_that_is_spoilt_in_one_place_breaks_a_promise(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil, odds, words = SPOILT[name]
    spoil(monkeypatch)

    found = (fault for seed in range(8) for fault in _played(seed, odds))

    assert any(words in fault for fault in found)


@pytest.mark.parametrize("odds", [QUIET, LOST_ANSWERS], ids=["a quiet day", "lost answers"])
def test_the_same_days_break_nothing_of_a_sound_product(odds: Odds) -> None:
    assert [fault for seed in range(3) for fault in _played(seed, odds)] == []


def test_a_chain_that_was_tampered_with_is_told() -> None:
    chaos = _a_quiet_end()
    trail = next(iter(chaos.fakes.ledger._trails.values()))
    trail.pop(0)

    assert any("does not follow" in fault for fault in chaos.faults_left())


def test_a_message_that_is_left_or_dead_is_told() -> None:
    chaos = _a_quiet_end()
    record = next(iter(chaos.fakes.ledger.rows))
    chaos.fakes.postings.send([record, replace(record, external_id="2")])
    chaos.fakes.postings.dead.append(chaos.fakes.postings.messages.pop())

    told = " ".join(chaos.faults_left())

    assert "left on a queue" in told
    assert "dead letter" in told


def test_a_bill_of_nobody_is_told() -> None:
    chaos = _a_quiet_end()
    bill = chaos.world.standing[0]
    chaos.world.target_has(replace(bill, external_id="F77", number="INV-77"))

    assert "INV-77 stands in the target for nobody" in chaos.faults_left()


def test_an_effect_that_the_trail_does_not_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    chaos = _a_quiet_end()
    ended = chaos.scene.ended()
    ended.effects.append(Effect(action=ended.effects[0].action, target_id="F77", marker="m", posting="p"))
    monkeypatch.setattr(chaos.scene, "ended", lambda: ended)

    assert chaos.faults_left() == ["nobody tells of the create of F77 (p)"]


def _a_quiet_end() -> Chaos:
    chaos = Chaos(1, odds=QUIET)
    chaos.run(10)
    return chaos


def _played(seed: int, odds: Odds) -> list[str]:
    try:
        chaos = Chaos(seed, odds=odds)
        chaos.run(40)
    except AssertionError as error:  # it never came to rest
        return [str(error)]
    return chaos.faults_left()
