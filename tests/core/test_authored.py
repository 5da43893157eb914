"""What the performer adds to a data set: its actions in many manners, and those who do nothing."""

from dataclasses import replace

import numpy as np
import pytest

from core.datasets.authored import FIRST_SEED, NO_ACTION, acted_takes, performed, resting_takes, with_performer
from core.errors import DataError
from core.live.motion import motion_speed_m_s
from core.sources.performer.aimless import Aimless, Manner
from core.sources.performer.body import Body
from core.sources.performer.motion import IDLE, authored_motions
from core.training.pixels import take_job
from tests.clips import small_dataset


def test_what_is_added_is_for_training_only_and_the_background_is_the_last_action() -> None:
    before = small_dataset()
    after = with_performer(before, takes=2, rest_takes=1)
    acted = [action for action in authored_motions() if action != IDLE]
    assert after.actions == (*before.actions, *acted, NO_ACTION)
    assert (after.background, after.background_label) == (NO_ACTION, len(after.actions) - 1)
    assert after.part(train=False) == before.part(train=False)
    added = [sample for sample in after.part(train=True) if sample.authored]
    assert len(added) == 2 * len(acted) + len(Manner)
    assert {after.actions[sample.label] for sample in added} == {*acted, NO_ACTION}
    assert len({sample.name for sample in after.samples}) == len(after.samples)
    assert not after.survives_mirror


def test_an_action_that_the_data_set_has_already_keeps_its_place() -> None:
    before = small_dataset(actions=("wave", "left", "squat"))
    after = with_performer(before, takes=1, rest_takes=1)
    assert after.actions[:3] == before.actions
    assert after.actions.count("wave") == 1
    assert {sample.label for sample in after.samples if sample.name == "performer squat 0"} == {2}


def test_two_persons_and_a_name_that_is_taken_are_refused() -> None:
    with pytest.raises(DataError, match="two persons"):
        with_performer(small_dataset(persons=2))
    with pytest.raises(DataError, match="rename"):
        with_performer(small_dataset(actions=("a", "b", NO_ACTION)))


def test_takes_repeat_by_seed_and_differ_in_body_manner_and_side() -> None:
    first, second = (list(acted_takes("wave", first_seed=5, takes=2)) for _ in range(2))
    for one, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(performed(one).positions_m, performed(again).positions_m)
    right_handed, left_handed = (performed(one).positions_m[:, 0] for one in reversed(first))
    raised = [float(np.median(hand[:, 11, 1] - hand[:, 7, 1])) for hand in (right_handed, left_handed)]
    assert raised[0] > 0.3
    assert raised[1] < -0.3
    sided = [performed(one).positions_m for one in acted_takes("swipe left", first_seed=5, takes=2)]
    assert all(np.ptp(hand[:, 0, 11], axis=0).max() > np.ptp(hand[:, 0, 7], axis=0).max() for hand in sided)


@pytest.mark.parametrize(("manner", "slowest", "fastest"), [(Manner.STANDING, 0.0, 0.3), (Manner.ODD, 0.3, 4.0)])
def test_who_does_nothing_moves_as_the_manner_says_and_keeps_the_bones(
    manner: Manner, slowest: float, fastest: float
) -> None:
    for number, performance in enumerate(resting_takes(manner, first_seed=40, takes=3)):
        sequence = performed(performance)
        assert 3 <= sequence.duration_s + 0.1 <= 6.2
        bones = sequence.bone_lengths_m()[:, 0]  # (T, bones)
        limbs = [number for number, (_, child) in enumerate(sequence.layout.bones) if child in (5, 6, 9, 10, 13, 17)]
        assert np.ptp(bones[:, limbs], axis=0).max() < 0.005, number
        speed = motion_speed_m_s(sequence.positions_m, rate_hz=30, joints=tuple(range(21)))
        assert slowest <= speed <= fastest


def test_nothing_that_is_done_is_named() -> None:
    aimless = Aimless(Manner.FIDGETING, seconds=4, body=Body(), seed=3)
    assert aimless.action(1.0) == ""
    assert aimless.joints(-1).shape == aimless.joints(99).shape == (1, 25, 3)


def test_the_first_take_of_a_recording_is_never_a_close_up() -> None:
    samples = with_performer(small_dataset(takes=40), takes=12, rest_takes=1).samples
    recorded, acted = ([one for one in samples if one.authored is authored] for authored in (False, True))
    assert not any(take_job(one, 0, persons=1).is_close_up for one in recorded)
    again = np.mean([take_job(one, 1, persons=1).is_close_up for one in recorded])
    assert 0.2 < again < 0.5
    assert 0.05 < np.mean([take_job(one, 0, persons=1).is_close_up for one in acted]) < 0.3
    assert not any(take_job(one, 1, persons=2).is_close_up for one in recorded)
    assert min(one.person for one in acted) == FIRST_SEED
    assert all(not replace(one).authored for one in recorded)
