"""The live bench on a small scale: real film, real window, real networks."""

import json
from pathlib import Path

import pytest
import torch

from core.bench import live as bench
from core.bench.film import film
from core.bench.live import LiveBench, Sizes
from core.bench.soak import Soak
from core.bench.steps import step_rows, stream_row
from core.errors import WindowError
from core.model.folder import load_model
from core.paths import DEFAULT_MODEL
from core.sources.video import VideoFile
from tests.fakes import tiny_model

SMALL = Sizes(size_px=(320, 240), film_s=1.5, rounds=1, watched_s=1.0, steps=30, soak_s=8.0, first_s=2.0)


def quiet(_what: str, _share: float) -> None:
    """Nobody watches."""


def test_the_film_has_the_frames_that_it_says(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    assert film(path, size_px=(320, 240), seconds=1.0, rate_hz=30) == 30
    source = VideoFile(path, real_time=False)
    info = source.open()
    frames = list(iter(source.read, None))
    source.close()
    assert (info.width_px, info.height_px, len(frames)) == (320, 240, 30)


def test_all_rows_with_the_real_window(pose_model: Path) -> None:
    measured = LiveBench(pose_model=pose_model, sizes=SMALL)
    rows = {row.name: row for row in measured.rows(quiet)}
    assert len(rows) == 9
    for name, row in rows.items():
        if "GPU" in name and not torch.cuda.is_available():
            assert row.value is None
            assert "bench live" in row.protocol
        else:
            assert row.value is not None, name
    assert {"capture wait", "wait", "pose", "map", "features", "decision", "paint", "end to end"} <= set(
        measured.stages
    )
    assert set(measured.stages["pose"]) == {"p50", "p95", "p99"}
    assert measured.counts["painted"] > 0
    json.dumps({"stages": measured.stages, "counts": measured.counts})


def test_a_window_that_does_not_open_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    measured = LiveBench(pose_model=tmp_path / "no.task", sizes=SMALL)
    with pytest.raises(WindowError, match=r"did not get far.*no\.(task|mp4)"):
        measured._in_window(tmp_path / "no.mp4", fast=True)


def test_steps_are_measured_against_windows_of_the_same_network() -> None:
    step, ratio, predictions = step_rows(load_model(DEFAULT_MODEL, device="cpu"), steps=40, tell=quiet)
    assert step.value is not None
    assert predictions.value == pytest.approx(1000 / step.value)
    assert ratio.value is not None
    assert ratio.value > 0
    if not torch.cuda.is_available():
        assert stream_row(DEFAULT_MODEL, tell=quiet).value is None


def test_a_soak_plays_every_frame(pose_model: Path) -> None:
    shares: list[float] = []
    first_mb, last_mb = Soak(tiny_model(), pose_model=pose_model).run(40.0, first_s=5.0, progress=shares.append)
    assert 50 < first_mb < 8000
    assert abs(last_mb / first_mb - 1) < 0.2
    assert shares == sorted(shares)
    assert len(shares) == 2


def test_the_window_is_the_one_of_this_program() -> None:
    assert (bench._ROOT / "main.py").is_file()
