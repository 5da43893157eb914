"""What the pose network may cost: lighter first, then fewer pictures, and back when there is room."""

import pytest

from core.live.effort import PATIENCE_S, Effort, EffortGuard

CAMERA_HZ = 30.0


class Machine:
    """Looks at pictures as fast as it can, with a pose network that takes so long."""

    def __init__(self, *, has_lighter: bool) -> None:
        self.guard = EffortGuard(has_lighter=has_lighter)
        self.now_s = 0.0
        self.changes: list[Effort] = []

    def run(self, seconds: float, *, full_ms: float, lighter_ms: float = 0.0) -> Effort:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            takes_ms = lighter_ms if self.guard.effort.is_lighter else full_ms
            self.now_s += max(takes_ms / 1000, self.guard.effort.every / CAMERA_HZ)
            if self.guard.note(self.now_s, pose_ms=takes_ms, camera_hz=CAMERA_HZ):
                self.changes.append(self.guard.effort)
        return self.guard.effort


def test_a_machine_that_keeps_up_changes_nothing() -> None:
    machine = Machine(has_lighter=True)
    assert machine.run(60, full_ms=25) == Effort()
    assert machine.changes == []


def test_first_the_lighter_network() -> None:
    machine = Machine(has_lighter=True)
    assert machine.run(5, full_ms=45, lighter_ms=28) == Effort(is_lighter=True)
    assert machine.run(60, full_ms=45, lighter_ms=28) == Effort(is_lighter=True), "28 of 33 ms leave no room for more"


def test_then_fewer_pictures() -> None:
    machine = Machine(has_lighter=True)
    assert machine.run(60, full_ms=120, lighter_ms=70) == Effort(is_lighter=True, every=3)


def test_without_a_lighter_one_fewer_pictures_at_once() -> None:
    machine = Machine(has_lighter=False)
    assert machine.run(60, full_ms=45) == Effort(every=2)
    assert len(machine.changes) == 1


def test_what_lasts_a_second_changes_nothing() -> None:
    machine = Machine(has_lighter=True)
    machine.run(10, full_ms=20)
    machine.run(1, full_ms=150)
    assert machine.run(10, full_ms=20) == Effort()
    assert machine.changes == []


def test_it_comes_back_when_there_is_room() -> None:
    machine = Machine(has_lighter=True)
    assert machine.run(30, full_ms=200, lighter_ms=80).every > 1
    assert machine.run(6 * PATIENCE_S, full_ms=20, lighter_ms=12) == Effort()


def test_it_does_not_swing_to_and_fro() -> None:
    """What is chosen leaves room, so that it is not given up again at once."""
    for full_ms in range(20, 200, 7):
        machine = Machine(has_lighter=True)
        machine.run(300, full_ms=full_ms, lighter_ms=0.62 * full_ms)
        assert len(machine.changes) <= 3, full_ms


def test_a_source_of_unknown_rate_changes_nothing() -> None:
    guard = EffortGuard(has_lighter=True)
    for number in range(300):
        assert not guard.note(number / 10, pose_ms=500, camera_hz=0.0)


@pytest.mark.parametrize("full_ms", [450, 1500])
def test_the_slowest_machines_are_helped_too(full_ms: float) -> None:
    machine = Machine(has_lighter=True)
    effort = machine.run(60, full_ms=full_ms, lighter_ms=0.8 * full_ms)
    assert effort.is_lighter
    assert effort.every == 10


def test_what_was_far_too_much_is_taken_back_step_by_step() -> None:
    machine = Machine(has_lighter=False)
    assert machine.run(60, full_ms=250).every == 8
    assert machine.run(20 * PATIENCE_S, full_ms=20) == Effort()


@pytest.mark.parametrize(
    ("effort", "words"),
    [
        (Effort(), ""),
        (Effort(is_lighter=True), "lighter pose network"),
        (Effort(every=2), "looks at 15 of 30 pictures a second"),
        (Effort(is_lighter=True, every=3), "and looks at 10 of 30"),
    ],
)
def test_the_person_in_front_is_told(effort: Effort, words: str) -> None:
    assert words in effort.notice(30.0)
    assert bool(effort.notice(30.0)) == bool(words)
