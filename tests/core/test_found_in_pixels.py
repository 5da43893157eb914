"""Where joints came from goes with them: through mapping, files, caches and libraries, also those of older versions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets.cache import Chunk, read_chunk, write_chunk
from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Sample
from core.errors import DataError
from core.library.growing import pose_record, sequence_of
from core.library.library import Library
from core.library.records import RecordingDocument, State
from core.model.folder import load_model, save_model
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.training.distributed import Team
from core.training.own_actions import OwnActions, OwnTraining
from core.training.own_events import OwnResult
from core.training.run import ModelTraining, Plan
from tests.clips import clip, own_library
from tests.fakes import tiny_model
from tests.refining import found, small_refiner

CHANGES: dict[str, Callable[[SkeletonSequence], SkeletonSequence]] = {
    "mapped": SkeletonSequence.to_kinect25,
    "mirrored": lambda one: one.to_kinect25().mirrored(),
    "scaled": lambda one: one.to_kinect25().scaled(2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_survives_what_is_done_to_a_sequence(change: str) -> None:
    assert found().found_in_pixels
    assert CHANGES[change](found()).found_in_pixels
    assert not CHANGES[change](clip(0, seed=1)).found_in_pixels


@pytest.mark.parametrize("sequence", [found(), found().to_kinect25(), clip(0, seed=1)])
def test_it_is_written_down(sequence: SkeletonSequence, tmp_path: Path) -> None:
    sequence.save(tmp_path / "one.npz")
    assert load_sequence(tmp_path / "one.npz").found_in_pixels == sequence.found_in_pixels


def test_files_of_before_are_those_of_a_depth_camera_unless_mediapipe_wrote_them(tmp_path: Path) -> None:
    for sequence in (found(), clip(0, seed=1)):
        np.savez(
            tmp_path / "old.npz",
            positions=sequence.positions_m,
            confidence=sequence.confidence,
            times_s=sequence.times_s,
            layout=np.array(sequence.layout.name),
            schema_version=np.array(1),
        )
        assert load_sequence(tmp_path / "old.npz").found_in_pixels == sequence.found_in_pixels


def test_a_cache_keeps_it(tmp_path: Path) -> None:
    sequences = (found().to_kinect25(), clip(0, seed=1), found(seed=2).to_kinect25())
    samples = tuple(Sample(name="a", sequence=one, label=0, person=0) for one in sequences)
    write_chunk(tmp_path / "chunk", Chunk(samples=samples, skipped=()))
    read = read_chunk(tmp_path / "chunk")
    assert read is not None
    assert [one.sequence.found_in_pixels for one in read.samples] == [True, False, True]


def test_a_folder_of_own_sequences_keeps_it(tmp_path: Path) -> None:
    for person in ("anna", "ben"):
        for action, sequence in (("wave", found()), ("clap", clip(0, seed=1))):
            (tmp_path / "own" / action).mkdir(parents=True, exist_ok=True)
            sequence.save(tmp_path / "own" / action / f"{person}_1.npz")
    dataset = load_dataset("folder", tmp_path / "own")
    for sample in dataset.samples:
        assert sample.sequence.found_in_pixels == (dataset.actions[sample.label] == "wave")


def recorded(frames: int = 30) -> SkeletonSequence:
    """As a recording of a session keeps it: Kinect-25."""
    sequence = found(frames).to_kinect25()
    records = [
        pose_record(
            time_s,
            Pose(
                layout=KINECT_25,
                positions_m=positions_m,
                positions_px=positions_m[..., :2],
                confidence=confidence,
                identities=(0,),
            ),
            (0,),
        )
        for time_s, positions_m, confidence in zip(
            sequence.times_s.tolist(), sequence.positions_m, sequence.confidence, strict=True
        )
    ]
    kept = sequence_of(np.stack(records))
    assert kept is not None
    return kept


def test_what_is_recorded_was_found_in_pixels() -> None:
    assert recorded().layout is KINECT_25
    assert recorded().found_in_pixels


@pytest.mark.parametrize("value", ["False", 2.5, [True, False]])
def test_what_is_neither_true_nor_false_is_refused(value: object, tmp_path: Path) -> None:
    sequence = clip(0, seed=1)
    np.savez(
        tmp_path / "odd.npz",
        positions=sequence.positions_m,
        confidence=sequence.confidence,
        times_s=sequence.times_s,
        layout=np.array("kinect25"),
        schema_version=np.array(1),
        found_in_pixels=np.array(value),
    )
    with pytest.raises(DataError, match="found_in_pixels"):
        load_sequence(tmp_path / "odd.npz")


@pytest.mark.parametrize(
    ("video", "sha256", "is_found"),
    [("video.mkv", "", True), ("video.mp4", "a" * 64, True), ("", "", True), ("", "a" * 64, False)],
    ids=["recorded", "film imported", "film lost", "joints imported"],
)
def test_a_library_of_before_knows_where_joints_come_from(
    tmp_path: Path, video: str, sha256: str, is_found: bool
) -> None:
    with Library.opened(tmp_path / "mine", create=True) as library:
        recording = RecordingDocument(
            person="Anna",
            prompt="wave",
            recorded_at="2026-01-01T00:00:00+00:00",
            source="camera",
            video=video,
            sha256=sha256,
        )
        entry = library.begin(recording)
        replace(recorded(), found_in_pixels=False).save(entry.poses)
        entry = library.finish(entry, replace(entry.recording, state=State.DONE), segments=())
        joints = entry.joints()
    assert joints is not None
    assert joints.found_in_pixels == is_found


def test_own_actions_are_learnt_from_joints_as_they_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refiner knows people who stand; own actions may be anything, so the model that learns them has none."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tests.clips.clip", lambda _action, *, seed: found(seed=seed).to_kinect25())
    takes = {("Anna", 0): 2, ("Anna", 1): 2, ("Ben", 0): 2, ("Ben", 1): 2}
    library = own_library(tmp_path / "mine", takes)
    model, start = tiny_model(), tmp_path / "start"
    save_model(start, network=model.network, config=model.config, metrics={}, card="", refiner=small_refiner())
    learnt: list[SkeletonSequence] = []

    def training(plan: Plan, *, team: Team, restart: bool) -> ModelTraining:
        learnt.extend(one.sequence for one in plan.data.dataset.samples)
        return ModelTraining(plan, team=team, restart=restart)

    monkeypatch.setattr("core.training.own_actions.ModelTraining", training)
    *_, result = OwnTraining(OwnActions(library=library, out=tmp_path / "out", start=str(start), epochs=1)).events()
    assert isinstance(result, OwnResult)
    assert len(learnt) == 8
    assert all(one.found_in_pixels for one in learnt)
    assert load_model(str(tmp_path / "out"), device="cpu").refiner is None
