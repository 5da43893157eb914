"""Trails: where hands, feet and head have just been."""

from dataclasses import replace

import numpy as np
import pytest

from app.widgets.overlay import place
from app.widgets.trails import GAP_S, JOINTS, SPAN_S, Trails
from core.live.results import LiveResult
from tests.app.fakes import figure_pose, make_result

PLACEMENT = place(picture=(64.0, 48.0), view=(128.0, 96.0), is_mirrored=False)


def moved(number: int, *, by_px: float = 0.0, persons: int = 1) -> LiveResult:
    pose = figure_pose(64, 48, persons=persons)
    return make_result(
        number, pose=replace(pose, identities=tuple(range(persons)), positions_px=pose.positions_px + np.float32(by_px))
    )


def test_a_trail_goes_where_the_joint_went() -> None:
    trails = Trails()
    for number in range(4):
        trails.add(moved(number, by_px=float(number)))
    lines = trails.lines(PLACEMENT)
    assert len(lines) == 3 * len(JOINTS)
    first = moved(0).pose.positions_px[0, JOINTS[0]] * 2
    assert lines[0].start_px == pytest.approx(first.tolist(), abs=1e-4)
    assert lines[0].end_px == pytest.approx((first + 2).tolist(), abs=1e-4)
    freshness = [line.freshness for line in lines]
    assert freshness == sorted(freshness)
    assert freshness[-1] == 1.0


def test_it_is_a_second_long() -> None:
    trails = Trails()
    for number in range(100):
        trails.add(moved(number))
    assert len(trails.lines(PLACEMENT)) <= (SPAN_S * 30 + 1) * len(JOINTS)
    assert min(line.freshness for line in trails.lines(PLACEMENT)) >= 0


def test_the_same_moment_shown_again_does_not_make_it_longer() -> None:
    trails = Trails()
    for by_px in (0.0, 1.0, 2.0):
        trails.add(moved(0, by_px=by_px))
    trails.add(moved(1))
    lines = trails.lines(PLACEMENT)
    assert len(lines) == len(JOINTS)
    assert lines[0].start_px == pytest.approx((moved(0).pose.positions_px[0, JOINTS[0]] * 2 + 4).tolist(), abs=1e-4)


@pytest.mark.parametrize("number", [5, 10 + int((GAP_S + 0.2) * 30)])
def test_a_jump_begins_anew(number: int) -> None:
    trails = Trails()
    for before in range(10):
        trails.add(moved(before))
    trails.add(moved(number))
    assert trails.lines(PLACEMENT) == []


def test_each_person_has_trails_and_nobody_takes_over_those_of_another() -> None:
    trails = Trails()
    trails.add(moved(0, persons=2))
    trails.add(moved(1, persons=2))
    assert len(trails.lines(PLACEMENT)) == 2 * len(JOINTS)
    trails.add(moved(2, persons=1))
    assert len(trails.lines(PLACEMENT)) == 3 * len(JOINTS)
    trails.add(None)
    assert trails.lines(PLACEMENT) == []
