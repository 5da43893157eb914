"""The accuracy bench: its sources, its figures by hand on small cases, and its rows without any data."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.bench import accuracy as bench
from core.bench.accuracy import accuracy_rows
from core.bench.accuracy_clips import joint_errors_m
from core.bench.interactions import share_named, share_named_after_tuning, shared_clips
from core.bench.sessions import hear_all
from core.bench.stream import stream_jobs
from core.bench.wanted import Wanted
from core.cli.run import run
from core.cli.window import WindowRequest
from core.datasets.authored import acted_takes, performed
from core.datasets.dataset import Sample
from core.errors import DataError
from core.live.filmed import FilmJob
from core.model.folder import ActionModel
from core.pose.through_performer import ExtractJob, true_joints_m
from core.skeleton.sequence import SkeletonSequence
from core.training.configuration import model_config
from core.training.loop import TrainingRun, build_network
from core.training.presets import EVERYDAY
from core.training.tensors import to_tensors
from tests.clips import CPU, clip, small_dataset

JOB = ExtractJob(sequence=performed(next(acted_takes("wave", first_seed=3, takes=1))), seed=8)


def truth_of(job: ExtractJob, *, off_m: float = 0.0) -> SkeletonSequence:
    """What a perfect estimator would find, or one that sees every elbow a little off; anywhere in the room."""
    performer, times_s = job.source(), np.arange(10) / 5
    positions = np.stack([performer.true_joints_m(time_s) for time_s in times_s.tolist()])
    positions[:, :, [5, 9], 0] += off_m
    return SkeletonSequence(
        layout=job.sequence.layout,
        positions_m=positions + np.float32(3),
        confidence=np.ones(positions.shape[:3], np.float32),
        times_s=times_s,
    )


def test_the_joint_error_is_the_mean_distance_of_the_direct_joints_from_the_hips() -> None:
    found = truth_of(JOB)
    truth_m = true_joints_m(JOB, found.times_s, is_level=False)
    assert joint_errors_m(found, truth_m) == pytest.approx((0, 0), abs=1e-5)
    from_hips, fitted = joint_errors_m(truth_of(JOB, off_m=0.06), truth_m)
    assert from_hips == pytest.approx(0.06 * 2 / 12, abs=1e-5)
    assert 0 < fitted < 0.06


def test_how_far_a_camera_looks_down_is_no_difference_of_shape() -> None:
    truth = truth_of(JOB)
    down = np.array([[1, 0, 0], [0, np.cos(0.2), -np.sin(0.2)], [0, np.sin(0.2), np.cos(0.2)]], dtype=np.float32)
    turned = replace(truth, positions_m=(1.1 * truth.positions_m @ down).astype(np.float32))
    from_hips, fitted = joint_errors_m(turned, true_joints_m(JOB, truth.times_s, is_level=False))
    assert from_hips > 0.05
    assert fitted == pytest.approx(0, abs=1e-5)


def test_a_stream_holds_each_action_of_a_person_once_and_repeats() -> None:
    dataset = small_dataset()
    first, again = stream_jobs(dataset), stream_jobs(dataset)
    assert len(first) == 2, "of the persons 1 and 3"
    for one, same in zip(first, again, strict=True):
        assert sorted(segment.action for segment in one.done) == sorted(dataset.actions)
        np.testing.assert_array_equal(one.positions_m, same.positions_m)
    assert not np.array_equal(first[0].positions_m[0], first[1].positions_m[0])


def test_clips_that_both_sets_name_are_found_by_their_names(tmp_path: Path) -> None:
    for name in ("0_1_4.avi", "7_10_0.avi", "3_2_3.avi", "notes.txt", "odd.avi"):
        (tmp_path / name).touch()
    found = {clip.path.name: (clip.group, clip.action) for clip in shared_clips(tmp_path)}
    assert found == {"0_1_4.avi": (1, "punching"), "7_10_0.avi": (10, "shaking hands")}
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no clip of UT-Interaction"):
        shared_clips(tmp_path / "empty")


RECIPE = replace(
    EVERYDAY.adapted_to(small_dataset(persons=2)), members=1, hidden=12, gate_hidden=8, augment=None, batch=8
)


def two_person_model() -> ActionModel:
    network = build_network(RECIPE, classes=3, seed=1)
    config = model_config(RECIPE, network, actions=("bend", "left", "right"), title="")
    return ActionModel(name="two", config=config, network=network, device=CPU)


def pairs(count: int = 12) -> list[Sample | None]:
    """Two persons of one body who do the same thing, in groups of three."""
    found: list[Sample | None] = []
    for number in range(count):
        label = number % 3
        sequence = clip(label, seed=5, frames=40, persons=2)
        far = sequence.positions_m + np.array([[[[0, 0, 0]], [[1.0, 0, 0]]]], np.float32)
        found.append(
            Sample(
                name=str(number), sequence=replace(sequence, positions_m=far), label=label, person=0, group=number // 3
            )
        )
    return found


@pytest.fixture(scope="module")
def knowing() -> ActionModel:
    """A network that knows those pairs by heart."""
    model = two_person_model()
    tensors = to_tensors([one for one in pairs() if one], rate_hz=15, persons=2, device=CPU)
    stage = replace(RECIPE.stages[0], epochs=60, rate=0.02)
    for _ in TrainingRun(model.network, tensors, replace(RECIPE, stages=(stage,)), seed=0).events():
        pass
    return model


def test_a_clip_in_which_nobody_was_found_counts_as_wrong(knowing: ActionModel) -> None:
    assert share_named(knowing, pairs()) == 1
    assert share_named(knowing, [*pairs(), None, None, None, None]) == pytest.approx(12 / 16)
    assert share_named(knowing, [None]) == 0


def test_tuning_begins_at_the_model_for_each_group_anew_and_leaves_it_as_it_was(knowing: ActionModel) -> None:
    before = copy.deepcopy(knowing.network.state_dict())
    made: list[ActionModel] = []

    def make() -> ActionModel:
        fresh = ActionModel(name="", config=knowing.config, network=copy.deepcopy(knowing.network), device=CPU)
        made.append(fresh)
        return fresh

    rows = list(share_named_after_tuning(make, pairs(), RECIPE))
    assert rows == [(3, 3)] * 4
    torch.testing.assert_close(knowing.network.state_dict(), before)
    assert all(any(not torch.equal(one, before[name]) for name, one in m.network.state_dict().items()) for m in made)


def test_whole_sessions_run_over_processes_in_the_order_of_the_jobs(pose_model: Path) -> None:
    jobs = [
        FilmJob(positions_m=performed(one).positions_m[: 30 * seconds, 0], done=(), seed=5)
        for seconds, one in zip((2, 1), acted_takes("squat", first_seed=5, takes=2), strict=True)
    ]
    shares: list[float] = []
    heard = hear_all(jobs, model="everyday", pose_model=pose_model, workers=1, tell=shares.append)
    assert [round(one.duration_s, 1) for one in heard] == [2.0, 1.0]
    assert shares == [0.5, 1.0]


def test_without_data_those_rows_say_what_is_missing(monkeypatch: pytest.MonkeyPatch, pose_model: Path) -> None:
    monkeypatch.setattr(bench, "authored_rows", lambda *_: iter(()))  # minutes of rendering
    rows = list(accuracy_rows(Wanted(data=None, pose_model=pose_model), tell=lambda *_: None))
    assert [row.value for row in rows] == [None] * len(rows)
    assert [row.at_least for row in rows] == [96, 91, 6, 80, 0.8, 50, 80]
    assert all("--data" in row.protocol for row in rows)


def test_the_command_prints_the_rows_and_refuses_a_folder_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pose_model: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "authored_rows", lambda *_: iter(()))

    def no_window(_request: WindowRequest) -> int:
        raise AssertionError("a bench opens no window")

    arguments = ["bench", "accuracy", "--json", "--pose-model", str(pose_model)]
    assert run(arguments, open_window=no_window) == 0
    report = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in report["rows"]} >= {"UTD-MHAD test persons, Kinect joints"}
    assert run([*arguments, "--data", str(tmp_path / "nowhere")], open_window=no_window) == 2
    assert "no folder" in capsys.readouterr().err
