"""A run without a window: what is counted, when it ends, what it refuses before it begins."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.bench import sessions
from core.cli import headless
from core.cli.headless import RunOptions, run_headless
from core.errors import JointlightError, OutputError, SourceLostError
from core.model.folder import ActionModel, DecisionSpec
from core.sources.source import Frame
from tests.fakes import FakeEstimator, FakeSource, tiny_model


@pytest.fixture(autouse=True)
def _fake_networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pose network and a tiny model; no thread may be left."""
    monkeypatch.setattr(headless, "load_model", lambda name, device: tiny_model())
    monkeypatch.setattr(headless, "ready_pose_model", lambda chosen: Path("fake.task"))
    monkeypatch.setattr(headless, "estimator_makers", lambda path, persons: (FakeEstimator, None))
    yield
    # By name: the progress bar's own thread ends a moment after it.
    assert not {thread.name for thread in threading.enumerate()} & {"frame reader", "pose", "model"}


def options(**changes: object) -> RunOptions:
    return RunOptions(**{"model": "tiny", "device": "cpu", **changes})  # type: ignore[arg-type]


def test_every_frame_is_counted_and_written(tmp_path: Path) -> None:
    report = run_headless(FakeSource(50), options(video=tmp_path / "out.mp4"))
    assert (report.frames, report.pose_frames, report.drops, report.source) == (50, 50, 0, "fake")
    assert report.fps > 0
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_an_empty_source_gives_an_empty_report() -> None:
    report = run_headless(FakeSource(0), options())
    assert (report.frames, report.fps, report.latency_ms()) == (0, 0.0, {"p50": 0.0, "p95": 0.0})


def test_a_bad_target_is_refused_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "load_model", lambda name, device: pytest.fail("loaded"))
    for name in ("out.gif", "no/such/folder/out.mp4", ".", "n" * 300 + ".mp4"):
        with pytest.raises(OutputError):
            run_headless(FakeSource(5), options(video=tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_breaks_leaves_no_video(tmp_path: Path) -> None:
    source = FakeSource(50, error_at={20: JointlightError("It broke.")})
    with pytest.raises(JointlightError, match="It broke"):
        run_headless(source, options(video=tmp_path / "out.mp4"))
    assert list(tmp_path.iterdir()) == []


def talkative(*, least_said_s: float) -> ActionModel:
    """Says something as soon as it can, and to the end."""
    model = tiny_model()
    spec = DecisionSpec(
        enter=0, leave=0, hold_s=0, still_m_s=0, seen_frames=0, smoothing_s=0, least_said_s=least_said_s, ends_late_s=0
    )
    config = replace(model.config, decision=spec)
    return ActionModel(name=model.name, config=config, network=model.network, device=model.device)


@pytest.mark.parametrize(("least_said_s", "is_decided"), [(0.1, True), (60.0, False)])
def test_the_model_says_how_long_a_decision_must_stand(
    monkeypatch: pytest.MonkeyPatch, least_said_s: float, is_decided: bool
) -> None:
    model = talkative(least_said_s=least_said_s)
    monkeypatch.setattr(headless, "load_model", lambda name, device: model)
    report = run_headless(FakeSource(100), options())
    assert report.log.shown()
    assert bool(report.log.segments()) == is_decided
    monkeypatch.setattr(sessions, "_model", model)
    monkeypatch.setattr(sessions, "_make_estimator", FakeEstimator)
    heard = sessions._hear(Watched())
    assert heard.shown
    assert bool(heard.said) == is_decided


class Watched:
    """A job of a bench: the same frames again."""

    persons = 1

    def source(self) -> FakeSource:
        return FakeSource(100)


class Unplugged(FakeSource):
    """Delivers some frames and then is gone for good."""

    def read(self) -> Frame | None:
        if self._next < 5:
            return super().read()
        if self._closing.wait(0.01):
            return None
        raise SourceLostError("The fake camera is gone.")


def test_a_camera_that_stays_away_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(headless, "LOST_FOR_GOOD_S", 0.1)
    with pytest.raises(SourceLostError, match="gone"):
        run_headless(Unplugged(100, is_live=True), options(every_frame=False))
    assert capsys.readouterr().err.count("The fake camera is gone. Waiting for it.") == 1


def test_the_time_limit_holds_while_a_camera_is_away() -> None:
    report = run_headless(Unplugged(100, is_live=True), options(every_frame=False, seconds=0.1))
    assert 1 <= report.frames <= 5
    assert report.frames + report.drops == 5
