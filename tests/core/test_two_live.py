"""Two persons live: seats that stay, one window of both, and what happens while one of them is away."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.live.motion import motion_speed_m_s
from core.live.predictor import Values, WindowPredictor
from core.live.results import LiveResult
from core.live.seats import Seats, seated
from core.pose.mapped import to_kinect25
from core.pose.observer import Observer
from core.pose.pose import Pose
from core.skeleton.features import frame_features
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip
from core.sources.source import Frame
from tests.fakes import FakeClock, FakeEstimator, FakeSource, FramePipeline, tiny_model


def pose_of(*identities: int, held: tuple[int, ...] = ()) -> Pose:
    persons = len(identities)
    positions_m = np.random.default_rng(1).normal(size=(persons, 25, 3)).astype(np.float32)
    return Pose(
        layout=KINECT_25,
        positions_m=positions_m + np.arange(persons, dtype=np.float32)[:, None, None],
        positions_px=np.zeros((persons, 25, 2), np.float32),
        confidence=np.ones((persons, 25), np.float32),
        identities=identities,
        held=frozenset(held),
    )


def results_of(
    estimator: FakeEstimator, frames: int, *, persons: int = 2, rate_hz: float = 30.0
) -> tuple[FramePipeline, list[LiveResult]]:
    model = tiny_model(persons=persons)
    pipeline = FramePipeline(estimator=estimator, model=model, predictor=WindowPredictor(model), clock=FakeClock())
    return pipeline, [pipeline.process(frame) for frame in iter(FakeSource(frames, rate_hz=rate_hz).read, None)]


def window_of(pipeline: FramePipeline) -> Values:
    """The features (T, K, C) that the network looks at."""
    predictor = pipeline._actions._predictor
    assert isinstance(predictor, WindowPredictor)
    return predictor._window.view()


# --- seats ---


def test_seats_stay_whatever_the_order_of_the_pose() -> None:
    seats = Seats(2)
    assert seats.take(0.0, pose_of(4, 7)) == ((0, 1), False)
    assert seats.take(0.1, pose_of(7, 4)) == ((1, 0), False)
    assert seats.take(0.2, pose_of(7)) == ((None, 0), False)
    assert seats.take(0.3, pose_of()) == ((None, None), False)
    assert seats.take(9.0, pose_of(4, 7)) == ((0, 1), False), "nobody else came"


def test_somebody_else_gets_the_seat_of_who_is_away_for_long() -> None:
    seats = Seats(2)
    seats.take(0.0, pose_of(0, 1))
    assert seats.take(0.5, pose_of(0, 2)) == ((0, None), False), "a passer-by takes no seat"
    assert seats.take(1.1, pose_of(0, 2)) == ((0, 1), True)
    assert seats.take(1.2, pose_of(0, 1, 2)) == ((0, 2), False)


def test_a_seat_that_was_free_is_no_change() -> None:
    seats = Seats(2)
    assert seats.take(0.0, pose_of(0)) == ((0, None), False)
    assert seats.take(5.0, pose_of(0, 3)) == ((0, 1), False)


def test_a_single_seat_goes_to_whom_the_estimator_follows() -> None:
    seats = Seats(1)
    assert seats.take(0.0, pose_of(0)) == ((0,), False)
    assert seats.take(0.1, pose_of(1)) == ((0,), True)


def test_who_is_not_there_has_no_numbers() -> None:
    rows = seated(pose_of(0, 1), (1, None))
    assert np.isfinite(rows[0]).all()
    assert np.isnan(rows[1]).all()


# --- the window of both ---


def test_the_network_sees_both_as_in_training_whatever_their_order() -> None:
    estimator = FakeEstimator(sees=lambda frame: (0, 1) if frame.number % 3 else (1, 0))
    model = tiny_model(persons=2)
    _, results = results_of(estimator, 120, rate_hz=24.0)
    frames = list(iter(FakeSource(120, rate_hz=24.0).read, None))
    observer = Observer(estimator, persons=2)
    poses = [to_kinect25(observer.observe(frame)) for frame in frames]
    assert {pose.identities for pose in poses} == {poses[0].identities}
    clip = resample_clip(
        np.array([frame.time_s for frame in frames]), np.stack([pose.positions_m for pose in poses]), rate_hz=15
    )
    whole = model.predict(frame_features(torch.from_numpy(clip), model.config.features).numpy()[-30:])
    prediction = results[-1].prediction
    assert prediction is not None
    assert prediction.persons == 2
    np.testing.assert_allclose(prediction.probabilities, whole.probabilities, atol=1e-5)
    np.testing.assert_allclose(prediction.alpha, whole.alpha, atol=1e-5)


def test_the_window_survives_one_who_is_gone_for_a_moment() -> None:
    estimator = FakeEstimator(sees=lambda frame: (0,) if 60 <= frame.number < 66 else (0, 1))
    pipeline, results = results_of(estimator, 90)
    assert all(result.prediction is not None for result in results[30:])
    assert all(len(result.pose.held) == 1 for result in results[60:66])
    assert len(window_of(pipeline)) == 30


def test_one_alone_is_looked_at_too() -> None:
    """Whoever the other one was: the network sees one, and the other one as not there."""
    estimator = FakeEstimator(sees=lambda frame: (0, 1) if frame.number < 60 else (1,))
    pipeline, results = results_of(estimator, 120)
    last = results[-1]
    assert last.prediction is not None
    assert sorted(last.looked_at, key=str) == [0, None]
    away = last.looked_at.index(None)
    rows = window_of(pipeline).reshape(-1, 2, 21, 9)
    assert (rows[-10:, away] == 0).all()
    assert (rows[-10:, 1 - away] != 0).any()


def test_nobody_half_there_is_between_somebody_and_nobody() -> None:
    """At a rate at which grid times fall between frames, a body does not shrink on its way out."""
    estimator = FakeEstimator(sees=lambda frame: (0, 1) if frame.number < 30 else (0,))
    pipeline, _ = results_of(estimator, 50, rate_hz=24.0)
    positions = pipeline._actions._recent.view()[..., :3]
    lengths = np.linalg.norm(positions[:, :, 20] - positions[:, :, 0], axis=-1)  # (T, 2)
    assert (lengths == 0).any()
    for person in (0, 1):
        there = lengths[:, person] > 0
        assert there.any()
        np.testing.assert_allclose(lengths[there, person], np.median(lengths[there, person]), rtol=0.2)


def test_somebody_else_for_good_begins_anew() -> None:
    def sees(frame: Frame) -> tuple[int, ...]:
        return (0, 1) if frame.number < 60 else (0,) if frame.number < 150 else (0, 3)

    pipeline, results = results_of(FakeEstimator(sees=sees), 166)
    assert results[149].prediction is not None
    assert results[-1].prediction is None
    assert len(window_of(pipeline)) < 10


def test_both_gone_for_long_ends_the_stream() -> None:
    _, results = results_of(FakeEstimator(sees=lambda frame: (0, 1) if frame.number < 60 else ()), 120)
    assert results[70].prediction is not None
    assert results[-1].prediction is None
    assert results[-1].looked_at == (None, None)


def test_another_stream_starts_anew() -> None:
    pipeline, results = results_of(FakeEstimator(sees=lambda frame: (0, 1)), 60)
    assert results[-1].prediction is not None
    after = pipeline.process(replace(results[-1].frame, stream=1, time_s=2.0))
    assert after.prediction is None


def test_joints_that_were_guessed_for_a_second_are_left_out() -> None:
    class Desk(FakeEstimator):
        def estimate(self, frame: Frame) -> Pose:
            pose = super().estimate(frame)
            pose.confidence[:, 25:] = 0.1  # knees and below
            return pose

    pipeline, _ = results_of(Desk(), 60, persons=1)
    rows = window_of(pipeline)  # (T, 21, C)
    assert (rows[:, 13:15] == 0).all()
    assert (rows[-1, 4:8] != 0).any()


def test_heat_lies_on_the_body_that_it_is_of() -> None:
    estimator = FakeEstimator(sees=lambda frame: (0, 1))
    _, results = results_of(estimator, 60)
    result = results[-1]
    assert result.prediction is not None
    total = result.prediction.alpha.shape[1]
    for seat, person in enumerate(result.looked_at):
        assert person is not None
        heat = result.heat(person)
        assert heat is not None
        expected = result.prediction.alpha[-1].reshape(2, 21)[seat] * total
        np.testing.assert_allclose(heat[:21], expected, rtol=1e-5)
        assert np.isnan(heat[21:]).all()
    assert result.heat(5) is None


# --- speed ---


def moving(person: int) -> np.ndarray:
    positions = np.repeat(np.random.default_rng(1).normal(size=(1, 2, 25, 3)), 16, axis=0).astype(np.float32)
    positions[:, person, 4:8, 0] += np.linspace(0, 1, 16, dtype=np.float32)[:, None]
    return positions


@pytest.mark.parametrize("person", [0, 1])
def test_speed_is_that_of_the_faster_person(person: int) -> None:
    assert motion_speed_m_s(moving(person), rate_hz=15, joints=tuple(range(21))) == pytest.approx(1.0, rel=1e-3)


def test_who_comes_and_goes_is_not_fast() -> None:
    positions = np.repeat(moving(0)[:1], 16, axis=0)
    positions[5:10, 1] = 0
    assert motion_speed_m_s(positions, rate_hz=15, joints=tuple(range(21))) == 0
