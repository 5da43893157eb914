"""Recorded joints seen again through pixels: what is kept, what is cached, what is left out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.datasets.dataset import Dataset, Sample
from core.errors import DataError
from core.pose.extract import extract
from core.pose.observer import Observer
from core.pose.through_performer import ExtractJob, extract_through_performer, stage
from core.skeleton.features import is_there
from core.skeleton.layouts import DIRECT_JOINTS, KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.body import Body
from core.sources.performer.programme import Act, Programme
from core.training import pixels
from tests.fakes import FakeEstimator, FakeSource


def standing(frames: int = 12) -> SkeletonSequence:
    """An authored body that stands and breathes, as a recording."""
    programme = Programme([Act(action="idle", seconds=2)], body=Body())
    positions = np.stack([programme.joints(index / 15) for index in range(frames)]).astype(np.float32)  # (T, 1, 25, 3)
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=positions,
        confidence=np.ones((frames, 1, 25), np.float32),
        times_s=np.arange(frames) / 15,
    )


def test_frames_without_a_person_are_left_out_with_their_times() -> None:
    source = FakeSource(30)
    sequence = extract(source, Observer(FakeEstimator(sees=lambda frame: frame.number % 3 != 0)))
    assert len(sequence) == 20
    np.testing.assert_allclose(sequence.times_s[:3] * 30, [1, 2, 4])
    assert source.closed


def test_a_recording_that_hardly_shows_anyone_is_refused() -> None:
    with pytest.raises(DataError, match="3 of 30"):
        extract(FakeSource(30), Observer(FakeEstimator(sees=lambda frame: frame.number < 3)))


def test_of_two_each_has_a_place_whatever_their_order() -> None:
    observer = Observer(FakeEstimator(sees=lambda frame: (0, 1) if frame.number % 2 else (1, 0)), persons=2)
    sequence = extract(FakeSource(30), observer)
    assert sequence.positions_m.shape == (30, 2, 33, 3)
    assert is_there(torch.from_numpy(sequence.positions_m)).all()
    apart_m = sequence.positions_m[:, 0, 23, 0] - sequence.positions_m[:, 1, 23, 0]
    assert (np.sign(apart_m) == np.sign(apart_m[0])).all()
    assert np.abs(apart_m).min() > 0.5


def test_who_is_not_there_lies_in_one_point_without_confidence() -> None:
    sees = {0: (0, 1), 1: (1,), 2: ()}
    observer = Observer(FakeEstimator(sees=lambda frame: sees[frame.number // 30]), persons=2)
    sequence = extract(FakeSource(80), observer)
    there: NDArray[np.bool_] = is_there(torch.from_numpy(sequence.positions_m))[:, :, 0, 0].numpy()
    assert len(sequence) == 60, "frames that show nobody are left out"
    assert there.all(axis=0).tolist() in ([True, False], [False, True])
    both: NDArray[np.bool_] = np.asarray(there.all(axis=1))
    assert both[:30].all()
    assert 30 + 11 <= both.sum() <= 30 + 12, "held for 0.4 s"
    assert (sequence.confidence[~there] == 0).all()


def test_of_three_those_two_are_kept_who_are_there_the_longest() -> None:
    sees = {0: (0, 2), 1: (0, 2), 2: (2,), 3: (2, 1), 4: (2, 1), 5: (2, 1)}
    observer = Observer(FakeEstimator(sees=lambda frame: sees[frame.number // 30]), persons=2)
    sequence = extract(FakeSource(180), observer)
    there: NDArray[np.bool_] = is_there(torch.from_numpy(sequence.positions_m))[:, :, 0, 0].numpy()
    shorter, longer = sorted(there.sum(axis=0).tolist())
    assert longer == 180
    assert 80 <= shorter <= 90, "and not the 60 frames of the other one; who is new counts after a moment"


def test_one_person_alone_is_a_sequence_of_two_as_well() -> None:
    sequence = extract(FakeSource(30), Observer(FakeEstimator(), persons=2))
    assert is_there(torch.from_numpy(sequence.positions_m)).sum(dim=0).flatten().tolist() == [30, 0]


def test_another_seed_is_another_body_and_camera() -> None:
    pictures = []
    for seed in (1, 1, 2):
        performer = stage(ExtractJob(sequence=standing(), seed=seed))
        performer.open()
        frame = performer.read()
        assert frame is not None
        pictures.append(frame.picture_bgr)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_the_joints_come_back_through_pixels_and_are_cached(tmp_path: Path, pose_model: Path) -> None:
    jobs, seen = [ExtractJob(sequence=standing(), seed=3)], []

    def run() -> SkeletonSequence:
        (result,) = extract_through_performer(
            jobs, pose_model=pose_model, cache=tmp_path, workers=1, progress=lambda done, total: seen.append(done)
        )
        assert result is not None
        return result

    first = run()
    assert seen == [0, 1]
    mapped = first.to_kinect25().positions_m[:, 0]
    truth = standing().positions_m[:, 0]
    direct = list(DIRECT_JOINTS)

    def width(joints: np.ndarray, left: int, right: int) -> float:
        return float(np.linalg.norm(joints[:, left] - joints[:, right], axis=-1).mean())

    assert np.isfinite(mapped[:, direct]).all()
    assert width(mapped, 4, 8) == pytest.approx(width(truth, 4, 8), abs=0.12)
    assert np.linalg.norm(mapped[:, 14] - mapped[:, 4], axis=-1).mean() > 1.0, "a whole body stands"

    seen.clear()
    np.testing.assert_array_equal(run().positions_m, first.positions_m)
    assert seen == [1], "the cache was used"
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(b"half a file")
    seen.clear()
    assert len(run()) == len(first)
    assert seen == [0, 1], "a damaged file is made again"


def test_training_persons_are_taken_more_often_and_nobody_changes_sides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    samples = tuple(Sample(name=f"clip{person}", sequence=standing(), label=0, person=person) for person in (1, 2, 3))
    dataset = Dataset(name="d", actions=("a",), samples=samples, train_persons=frozenset({1, 3}))

    def played(jobs: Sequence[ExtractJob], **_: object) -> list[SkeletonSequence | None]:
        assert len({job.seed for job in jobs}) == len(jobs), "every take has its own body and camera"
        return [None if index == 1 else job.sequence for index, job in enumerate(jobs)]

    monkeypatch.setattr(pixels, "extract_through_performer", played)
    seen = pixels.through_pixels(dataset, pose_model=tmp_path, train_takes=2)
    assert [sample.person for sample in seen.samples] == [1, 3, 1, 3]
    assert seen.skipped == ("clip2: nobody was found in it",)
