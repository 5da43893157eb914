"""Who is who: made-up bodies that cross, hide, come in any order, are seen twice or pass by."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from core.pose.pose import Pose
from core.pose.sighting import Sighting, clothes_colour, sightings
from core.pose.tracking import Tracker
from core.skeleton.layouts import MEDIAPIPE_33

RATE_HZ = 30.0
RED, BLUE, GREEN = ((0.1, 0.1, 0.8), (0.8, 0.2, 0.1), (0.2, 0.7, 0.2))  # BGR
STANDING = np.random.default_rng(3).uniform(-1, 1, size=(33, 2)) * (0.3, 1.0)
Colour = tuple[float, float, float]
Path = Callable[[float], float | None]  # time to x in pixels; None while not seen


def seen(x_px: float, *, colour: Colour = RED, size: float = 1.0, seed: int = 0) -> Sighting:
    """A body 200 px high at a place, with a little noise, turned to the other side in blue."""
    noise = np.random.default_rng(seed).normal(scale=2.0, size=(33, 2))
    side = np.array([-1, 1]) if colour == BLUE else np.array([1, 1])
    points_px = ((STANDING * side * 100 + noise) * size + (x_px, 240)).astype(np.float32)
    return Sighting(
        points_px=points_px,
        confidence=np.ones(33, np.float32),
        centre_px=points_px[[11, 12, 23, 24]].mean(axis=0),
        size_px=float(np.sqrt(points_px.var(axis=0).sum())),
        colour=np.array(colour, np.float32),
    )


def followed(
    tracker: Tracker, persons: dict[Colour, Path], *, seconds: float, seed: int = 1
) -> Iterator[dict[Colour, int | None]]:
    """Who is taken for whom in each frame, the sightings in a random order."""
    random = np.random.default_rng(seed)
    for number in range(round(seconds * RATE_HZ)):
        time_s = number / RATE_HZ
        there = [(colour, x) for colour, path in persons.items() if (x := path(time_s)) is not None]
        there = [there[place] for place in random.permutation(len(there))]
        found = tracker.follow(time_s, [seen(x, colour=colour, seed=number) for colour, x in there])
        yield dict(zip((colour for colour, _ in there), found, strict=True))


def identities(steps: Iterator[dict[Colour, int | None]]) -> dict[Colour, set[int | None]]:
    """All identities that each person had, but for the moment in which somebody new has none yet."""
    found: dict[Colour, set[int | None]] = {}
    for step in steps:
        for colour, identity in step.items():
            if identity is not None:
                found.setdefault(colour, set()).add(identity)
    return found


def assert_never_swapped(found: dict[Colour, set[int | None]]) -> None:
    assert all(len(one) == 1 for one in found.values()), found
    assert len(set.union(*found.values())) == len(found), found


def test_the_order_of_the_estimator_does_not_matter() -> None:
    paths: dict[Colour, Path] = {RED: lambda t: 200 + 10 * t, BLUE: lambda t: 420 - 10 * t}
    assert_never_swapped(identities(followed(Tracker(), paths, seconds=2)))


@pytest.mark.parametrize("hidden_s", [0.0, 0.2, 0.6, 1.0])
def test_two_who_cross_keep_their_identities(hidden_s: float) -> None:
    """They meet after two seconds in the middle; the blue one is behind and not seen for a while."""

    def behind(t: float) -> float | None:
        return None if abs(t - 2.0) < hidden_s / 2 else 500 - 90 * t

    paths: dict[Colour, Path] = {RED: lambda t: 140 + 90 * t, BLUE: behind}
    assert_never_swapped(identities(followed(Tracker(), paths, seconds=4)))


@pytest.mark.parametrize("hidden_s", [0.2, 0.6])
def test_two_in_the_same_clothes_cross_by_their_way_alone(hidden_s: float) -> None:
    tracker, found = Tracker(), []
    for number in range(120):
        t = number / RATE_HZ
        bodies = [seen(140 + 90 * t, seed=number)]
        if abs(t - 2.0) >= hidden_s / 2:
            bodies.append(seen(500 - 90 * t, seed=number + 500))
        if hidden_s == 0.2 or abs(t - 2.0) > 0.15:  # two of one shape in one place are one
            found.append([who for who in tracker.follow(t, bodies) if who is not None])
    assert found[0] == found[-1] == [0, 1]


@pytest.mark.parametrize("gone_s", [0.3, 0.6])
def test_who_is_lost_for_a_moment_comes_back_as_the_same(gone_s: float) -> None:
    paths: dict[Colour, Path] = {RED: lambda t: 200.0, BLUE: lambda t: None if 1 < t < 1 + gone_s else 420.0}
    assert_never_swapped(identities(followed(Tracker(), paths, seconds=3)))


def test_both_lost_for_a_moment_come_back_as_the_same() -> None:
    paths: dict[Colour, Path] = {
        RED: lambda t: None if 1 < t < 1.6 else 200.0,
        BLUE: lambda t: None if 1 < t < 1.7 else 420.0,
    }
    assert_never_swapped(identities(followed(Tracker(), paths, seconds=3)))


def test_after_an_embrace_the_clothes_tell_who_is_who() -> None:
    """For two seconds one body is seen, which drifts from the one person's side to the other's."""
    tracker = Tracker()
    before: list[int | None] = []
    for number in range(240):
        t = number / RATE_HZ
        if t < 2 or t > 4:
            bodies = [seen(max(260, 320 - abs(t - 3) * 60), seed=number), seen(380, colour=BLUE, seed=number)]
        else:
            bodies = [seen(260 + 60 * (t - 2), seed=number)]  # red, and ends where blue stands
        found = tracker.follow(t, bodies)
        before = before or found
    assert found == before == [0, 1]


def test_somebody_gone_for_long_is_somebody_new() -> None:
    paths: dict[Colour, Path] = {RED: lambda t: 200.0, BLUE: lambda t: None if 1 < t < 3 else 620.0}
    found = identities(followed(Tracker(), paths, seconds=4))
    assert found[RED] == {0} or found[RED] == {1}
    assert len(found[BLUE]) == 2


def test_a_new_person_elsewhere_is_not_taken_for_who_has_just_left() -> None:
    paths: dict[Colour, Path] = {RED: lambda t: 100.0 if t < 1 else None, BLUE: lambda t: None if t < 1.1 else 500.0}
    found = identities(followed(Tracker(), paths, seconds=2))
    assert found[RED].isdisjoint(found[BLUE])


def test_ghosts_beside_somebody_get_no_identity() -> None:
    """Sure of itself for two frames, here and there: MediaPipe sees such on the clothes of a person."""
    random, found = np.random.default_rng(1), set()
    tracker = Tracker()
    for number in range(120):
        bodies = [seen(300, seed=number)]
        if number > 20 and number % 4 < 2:
            bodies.append(seen(300 + 90 * random.normal(), colour=BLUE, size=random.uniform(0.3, 0.8), seed=number))
        found |= {who for who in tracker.follow(number / RATE_HZ, bodies) if who is not None}
    assert len(found) == 1


def test_somebody_new_beside_others_counts_after_a_moment() -> None:
    paths: dict[Colour, Path] = {RED: lambda t: 200.0, BLUE: lambda t: 420.0 if t > 1 else None}
    steps = list(followed(Tracker(), paths, seconds=2))
    waited = [step[BLUE] is None for step in steps if BLUE in step]
    assert 5 <= sum(waited) <= 9
    assert waited == sorted(waited, reverse=True)


def test_one_body_seen_twice_counts_once() -> None:
    tracker = Tracker()
    unsure = seen(300, seed=2)
    object.__setattr__(unsure, "confidence", np.full(33, 0.6, np.float32))
    for number in range(30):
        assert tracker.follow(number / RATE_HZ, [unsure, seen(303, seed=number), seen(600, colour=BLUE)]) == [
            None,
            0,
            1,
        ]


def test_a_third_who_passes_between_takes_nobodys_place() -> None:
    """The estimator finds two at a time: while somebody walks by in front, the one behind is not seen."""

    def passing(t: float) -> float | None:
        return 40 + 200 * t if 1 < t < 3.5 else None

    def behind(at_px: float) -> Path:
        def path(t: float) -> float | None:
            walker_px = passing(t)
            return None if walker_px is not None and abs(walker_px - at_px) < 60 else at_px

        return path

    found = identities(followed(Tracker(), {RED: behind(300), BLUE: behind(520), GREEN: passing}, seconds=5))
    assert_never_swapped(found)


def test_the_same_stream_gives_the_same_identities_after_a_reset() -> None:
    tracker = Tracker()
    paths: dict[Colour, Path] = {RED: lambda t: 200.0, BLUE: lambda t: 420.0}
    first = list(followed(tracker, paths, seconds=1))
    tracker.reset()
    assert tracker.main is None
    assert list(followed(tracker, paths, seconds=1)) == first


def test_a_frame_without_anybody_and_the_same_time_twice_are_no_error() -> None:
    tracker = Tracker()
    assert tracker.follow(0.0, []) == []
    assert tracker.follow(0.0, [seen(100)]) == [0]
    assert tracker.follow(0.0, [seen(100)]) == [0]
    assert tracker.follow(9.0, [seen(100)]) == [1]


# --- who the main person is ---


def main_person(tracker: Tracker, time_s: float, *bodies: Sighting) -> int | None:
    tracker.follow(time_s, bodies)
    return tracker.main


def test_the_main_person_is_the_largest_and_stays_it() -> None:
    tracker = Tracker()
    assert main_person(tracker, 0.0, seen(100, colour=BLUE), seen(400, size=1.2)) == 1
    for number in range(1, 200):
        assert main_person(tracker, number / 30, seen(100, colour=BLUE, size=1.3), seen(400, size=1.0)) == 1


def test_the_main_person_gives_way_when_gone_for_long() -> None:
    tracker = Tracker()
    main_person(tracker, 0.0, seen(100, colour=BLUE), seen(400, size=1.2))
    assert main_person(tracker, 0.9, seen(100, colour=BLUE)) == 1
    assert main_person(tracker, 1.1, seen(100, colour=BLUE)) == 0
    assert main_person(tracker, 1.2, seen(100, colour=BLUE), seen(400, size=1.2)) == 0


def test_somebody_much_larger_for_long_becomes_the_main_person() -> None:
    """Who is found first may sit in the background; who only passes close by is not meant."""

    def with_somebody_near(seconds: float) -> int | None:
        tracker, main = Tracker(), None
        for number in range(120):
            bodies = [seen(100, colour=BLUE, seed=number)]
            bodies += [seen(400, size=1.8, seed=number)] if 1 < number / 30 < 1 + seconds else []
            main = main_person(tracker, number / 30, *bodies)
        return main

    assert with_somebody_near(1.5) == 0
    assert with_somebody_near(3.0) == 1


# --- what tells who somebody is ---


def trunk(x_px: float, y_px: float) -> NDArray[np.float32]:
    return np.array([[20, 0], [-20, 0], [15, 60], [-15, 60]], np.float32) + np.array([x_px, y_px], np.float32)


def test_clothes_are_looked_at_between_shoulders_and_hips() -> None:
    picture = np.full((200, 200, 3), 255, np.uint8)
    picture[100:160, 80:120] = (10, 20, 200)
    found = clothes_colour(trunk(100, 100), np.ones(4, np.float32), picture)
    assert found is not None
    np.testing.assert_allclose(found * 255, (10, 20, 200), atol=1)


def test_clothes_that_cannot_be_seen_have_no_colour() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    sure, hidden = np.ones(4, np.float32), np.array([1, 1, 1, 0.3], np.float32)
    assert clothes_colour(trunk(100, 100), hidden, picture) is None
    assert clothes_colour(trunk(900, 100), sure, picture) is None
    assert clothes_colour(trunk(np.nan, 100), sure, picture) is None
    assert clothes_colour(trunk(0, 0), sure, picture) is not None, "half of it lies in the picture"


def test_a_pose_becomes_sightings_in_its_order() -> None:
    points_px = np.stack([seen(100).points_px, seen(300).points_px])
    pose = Pose(
        layout=MEDIAPIPE_33,
        positions_m=np.zeros((2, 33, 3), np.float32),
        positions_px=points_px,
        confidence=np.ones((2, 33), np.float32),
    )
    found = sightings(pose, np.zeros((480, 640, 3), np.uint8))
    assert found[1].centre_px[0] - found[0].centre_px[0] == pytest.approx(200)
