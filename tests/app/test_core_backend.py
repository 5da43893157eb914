"""The real backend: what it offers can be opened, and what fails says so in our words."""

import threading
from pathlib import Path

import pytest

from app.bridges.backend import Request
from app.bridges.background import Cancelled
from app.bridges.core_backend import core_backend, look
from app.bridges.options import LaunchOptions
from app.sources import kind_of
from core.errors import JointlightError, ModelError, SourceError
from core.live.listeners import FrameListeners
from core.pose.bundle import OnProgress, Progress
from core.sources.camera_devices import CameraDevice
from core.sources.choose import SourceKind, open_choice
from tests.fakes import FakeEstimator


def quiet(text: str, fraction: float | None = None) -> None:
    del text, fraction


def nobody() -> None:
    pass


def test_every_offered_source_can_be_opened_and_is_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [CameraDevice(name="Desk", stable_id="usb-Desk_123", backend=0, index=0)]
    monkeypatch.setattr("core.sources.camera_devices.list_cameras", lambda: devices)
    offers = look()
    assert [choice.title for choice in offers.cameras] == ["Desk"]
    assert offers.performers[0].key == "performer"
    assert len(offers.performers) > 6
    for choice in (*offers.cameras, *offers.performers):
        open_choice(choice.key, real_time=True, loop=True).close()
    assert {kind_of(choice.key) for choice in offers.cameras} == {SourceKind.CAMERA}
    assert {kind_of(choice.key) for choice in offers.performers} == {SourceKind.PERFORMER}


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(source="performer:flying"), SourceError),
        (Request(source="nonsense"), SourceError),
        (Request(source="performer", model="no such model"), ModelError),
    ],
)
def test_wrong_wishes_are_named(tmp_path: Path, request_: Request, error: type[JointlightError]) -> None:
    options = LaunchOptions(pose_model=tmp_path / "unread.task")
    with pytest.raises(error):
        core_backend(options).prepare(request_, quiet, nobody, FrameListeners())


def test_fetching_the_pose_model_is_told_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, float | None]] = []

    def fetch(*, progress: OnProgress) -> Path:
        progress(Progress(stage="downloading the pose model", done_bytes=2_000_000, total_bytes=8_000_000))
        progress(Progress(stage="downloading the pose model", done_bytes=3_000_000, total_bytes=None))
        pytest.fail("went on although it was cancelled")

    def report(text: str, fraction: float | None = None) -> None:
        told.append((text, fraction))
        if "3.0" in text:
            raise Cancelled

    monkeypatch.setattr("core.pose.bundle.pose_model_path", fetch)
    with pytest.raises(Cancelled):
        core_backend(LaunchOptions()).prepare(Request(source="performer"), report, nobody, FrameListeners())
    assert told[-2:] == [
        ("Downloading the pose model, needed once (2.0 MB)", 0.25),
        ("Downloading the pose model, needed once (3.0 MB)", None),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", SourceKind.CAMERA),
        ("camera", SourceKind.CAMERA),
        ("camera:usb-1", SourceKind.CAMERA),
        ("0", SourceKind.CAMERA),
        ("performer", SourceKind.PERFORMER),
        ("performer:wave", SourceKind.PERFORMER),
        ("clip.mp4", SourceKind.VIDEO),
        ("/videos/camera", SourceKind.VIDEO),
        ("nonsense", SourceKind.VIDEO),  # opening it says what is wrong
    ],
)
def test_kinds_of_sources(text: str, kind: SourceKind) -> None:
    assert kind_of(text) is kind


def test_the_window_offers_models_of_one_and_of_two_persons() -> None:
    titles = {choice.key: choice.title for choice in look().models}
    assert "(two persons)" not in titles["everyday"]
    assert titles["sbu-interactions"].endswith("(two persons)")


@pytest.mark.parametrize(("model", "persons"), [("everyday", 1), ("sbu-interactions", 2)])
def test_the_estimator_looks_for_as_many_persons_as_the_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, persons: int
) -> None:
    asked: list[int] = []

    def estimator(path: Path, *, num_poses: int) -> FakeEstimator:
        asked.append(num_poses)
        return FakeEstimator()

    monkeypatch.setattr("core.pose.choice.MediaPipeEstimator", estimator)
    woken = threading.Event()
    options = LaunchOptions(pose_model=tmp_path / "unread.task", device="cpu")
    session = core_backend(options).prepare(
        Request(source="performer", model=model), quiet, woken.set, FrameListeners()
    )
    session.start()
    try:
        while not session.latest():
            assert woken.wait(20)
            woken.clear()
    finally:
        session.stop()
    assert asked == [persons]
