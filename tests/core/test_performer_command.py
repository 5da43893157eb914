"""`jointlight performer`: the list, a video with its true joints, and every wrong wish."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from core.cli.run import run
from core.cli.window import WindowRequest
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.sources.choose import open_choice
from core.sources.performer.choice import chosen_performance
from core.sources.performer.motion import action_names
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.source import Performer


class FakeWindow:
    """Stands for the window: knows what it was asked for."""

    def __init__(self) -> None:
        self.sources: list[str | None] = []

    def __call__(self, request: WindowRequest) -> int:
        self.sources.append(request.source)
        return 0


WINDOW = FakeWindow()


def standing(*, frames: int = 20, persons: int = 1, rate_hz: float = 15.0) -> SkeletonSequence:
    """Somebody at ease, as the performer stands, who moves to one side."""
    joints = Performer.acting("idle", real_time=False).performance.joints(0.0)[0]
    positions = np.repeat(joints[None, None], frames, axis=0).repeat(persons, axis=1)
    positions[..., 0] += np.linspace(0, 0.4, frames, dtype=np.float32)[:, None, None]
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=positions,
        confidence=np.ones(positions.shape[:3], dtype=np.float32),
        times_s=np.arange(frames) / rate_hz,
    )


def performer(*arguments: str | Path) -> int:
    return run(["performer", *map(str, arguments)], open_window=WINDOW)


def test_the_list_has_every_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert performer("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["actions"]
    assert tuple(one["action"] for one in listed) == action_names()
    assert all(one["about"] and one["repetition_s"] > 0 for one in listed)
    assert performer("list") == 0
    assert "jumping jack" in capsys.readouterr().out


def test_a_video_has_the_frames_and_joints_that_were_acted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video, joints = tmp_path / "wave.mp4", tmp_path / "wave.npz"
    small = ("--size", "96x64", "--rate", 5, "--seed", 3, "--json")
    assert performer("render", "wave", "--out", video, "--joints", joints, *map(str, small)) == 0
    said = json.loads(capsys.readouterr().out)
    truth = load_sequence(joints)
    with av.open(video) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert said["frames"] == len(truth) == len(pictures) > 20
    assert pictures[0].shape == (64, 96, 3)
    assert said["seconds"] == pytest.approx(len(truth) / 5, abs=0.01)
    np.testing.assert_allclose(np.diff(truth.times_s), 0.2)
    hand = truth.positions_m[:, 0, KINECT_25.index("HandRight"), 1]
    assert hand.max() - hand.min() > 0.5, "the hand goes up"
    assert (
        performer("render", "wave", "--out", tmp_path / "b.mp4", "--joints", tmp_path / "b.npz", *map(str, small)) == 0
    )
    np.testing.assert_array_equal(load_sequence(tmp_path / "b.npz").positions_m, truth.positions_m)  # the same seed


def test_a_scene_is_another_picture_and_always_the_same(tmp_path: Path) -> None:
    def rendered(*more: object) -> np.ndarray:
        video = tmp_path / "x.mp4"
        assert performer("render", "idle", "--out", video, "--size", "96x64", "--rate", "5", *map(str, more)) == 0
        with av.open(video) as container:
            return np.stack([frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]).astype(int)

    usual, plain, first, again, other = (
        rendered(*more) for more in ((), ("--scene", "plain"), ("--scene", 4), ("--scene", 4), ("--scene", 5))
    )
    for one, same in ((usual, plain), (first, again)):
        assert np.abs(one - same).mean() < 1  # a busy encoder does not give the same bits
    for one in (usual, other):
        assert np.abs(first[:3] - one[:3]).mean() > 8
    body = rendered("--scene", 4, "--seed", 9)
    assert 0.1 < np.abs(first[:3] - body[:3]).mean() < np.abs(first[:3] - other[:3]).mean()


@pytest.mark.parametrize("scene", ["plain", "3"])
def test_a_file_of_two_persons_is_rendered_with_both(scene: str, tmp_path: Path) -> None:
    recorded = standing(persons=2)
    recorded.positions_m[:, 1, :, 0] += 3  # they are too far apart for the usual camera
    recorded.save(tmp_path / "two.npz")
    joints = tmp_path / "joints.npz"
    arguments = ("--joints", joints, "--size", "160x120", "--scene", scene)
    assert performer("render", tmp_path / "two.npz", "--out", tmp_path / "two.mp4", *arguments) == 0
    truth = load_sequence(joints).positions_m
    assert truth.shape[1:] == (2, 25, 3)
    focal_px = 90  # at the least, for 160 pixels of width
    pixels = np.array([80, 60]) - focal_px * truth[..., :2] / truth[..., 2:]
    assert ((pixels > 0) & (pixels < (160, 120))).all()
    hips = truth[:, :, [12, 16]].mean(axis=2)
    np.testing.assert_allclose(np.linalg.norm(hips[:, 0] - hips[:, 1], axis=-1), 3, atol=1e-3)


@pytest.mark.parametrize(("frames", "rate_hz"), [(1, 15.0), (20, 15.0), (800, 1000.0)])
def test_a_sequence_is_played_at_its_own_speed(frames: int, rate_hz: float, tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    recorded = standing(frames=frames, rate_hz=rate_hz)
    recorded.save(path)
    played = chosen_performance(str(path))
    assert isinstance(played, RecordedSequence)
    assert played.duration_s == pytest.approx(recorded.duration_s, abs=0.04)  # a frame of 30 a second
    if frames > 1:  # it moves aside by 0.4 m all in all
        moved = (played.joints(recorded.duration_s / 2) - played.joints(0.0))[..., 0]
        np.testing.assert_allclose(moved, 0.2, atol=0.02)
    assert performer("render", path, "--out", tmp_path / "x.mkv", "--size", "96x64") == 0
    assert (tmp_path / "x.mkv").stat().st_size > 0


def test_play_opens_the_window_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cli.window.why_no_window", lambda: "")
    monkeypatch.setattr(WINDOW, "sources", [])
    clip = tmp_path / "clip.npz"
    standing().save(clip)
    assert [performer("play"), performer("play", "wave"), performer("play", clip)] == [0, 0, 0]
    assert WINDOW.sources == ["performer", "performer:wave", f"performer:{clip}"]
    assert isinstance(open_choice(f"performer:{clip}", real_time=False), Performer)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["render", "fly", "--out", "x.mp4"], "it can act: arm curl"),
        (["play", "fly"], "it can act: arm curl"),
        (["render", "three.npz", "--out", "x.mp4"], "one or two persons, not 3"),
        (["render", "nobody.npz", "--out", "x.mp4"], "nobody.npz"),
        (["render", "broken.npz", "--out", "x.mp4"], "not a readable sequence file"),
        (["render", "long.npz", "--out", "x.mp4"], "too long"),
        (["render", "hours.npz", "--out", "x.mp4", "--rate", "120"], "would take hours"),
        (["render", "far.npz", "--out", "x.mp4"], "Are they millimetres?"),
        (["render", "~nobody-here/x.npz", "--out", "x.mp4"], "x.npz"),
        (["render", "wave", "--out", "x.txt"], "must end in .mp4"),
        (["render", "wave", "--out", "nowhere/x.mp4"], "does not exist"),
        (["render", "wave", "--out", "x.mp4", "--joints", "x.json"], "must end in .npz"),
        (["render", "wave", "--out", "x.mp4", "--joints", "nowhere/x.npz"], "lies in none"),
        (["render", "one.npz", "--out", "x.mp4", "--joints", "one.npz"], "that is played"),
        (["render", "wave", "--out", "x.mp4", "--size", "big"], "640x480"),
        (["render", "wave", "--out", "x.mp4", "--size", "0x480"], "from 64 to 3840"),
        (["render", "wave", "--out", "x.mp4", "--rate", "0"], "be greater than or equal to 1"),
        (["render", "wave", "--out", "x.mp4", "--scene", "night"], "is a number, or plain"),
        (["render", "wave", "--out", "x.mp4", "--scene", "-1"], "is a number, or plain"),
        (["render", "wave"], "Missing option"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_and_nothing_is_written(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    standing().save(Path("one.npz"))
    standing(persons=3).save(Path("three.npz"))
    standing(frames=2, rate_hz=1e-6).save(Path("long.npz"))
    standing(frames=2, rate_hz=1 / 30_000).save(Path("hours.npz"))
    standing().scaled(1000).save(Path("far.npz"))
    Path("broken.npz").write_bytes(b"PK nothing")
    before = sorted(path.name for path in tmp_path.iterdir())
    one = Path("one.npz").read_bytes()
    assert performer(*arguments) == 2
    said = capsys.readouterr()
    assert complaint in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert Path("one.npz").read_bytes() == one
