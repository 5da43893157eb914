"""Camera against a fake driver: modes, failing opens, unplug and replug, close, times; and the listing of devices."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.errors import SourceError, SourceLostError
from core.opencv import cv2
from core.sources import camera_devices
from core.sources.camera import Camera, CameraMode, as_bgr, fourcc_text
from core.sources.camera_devices import CameraDevice, device_links, devices_from, find_camera, list_cameras
from core.sources.source import Frame

MJPG = float(cv2.VideoWriter.fourcc(*"MJPG"))
YUYV = float(cv2.VideoWriter.fourcc(*"YUYV"))


def device(index: int = 0, name: str = "HD Webcam", stable_id: str = "") -> CameraDevice:
    return CameraDevice(name=name, stable_id=stable_id or f"usb-{name}", backend=cv2.CAP_V4L2, index=index)


@dataclass
class FakeDriver:
    """Cameras that are plugged in, and time, which only grabbing and waiting move."""

    devices: list[CameraDevice] = field(default_factory=lambda: [device()])
    now_s: float = 100.0
    period_s: float = 1 / 30
    grants_mjpg: bool = True
    kept_frames: int = 0  # frames that the driver holds back and gives out at once
    dead_reads: int = 0  # reads that give nothing
    refuses: bool = False
    on_grab: Callable[[], None] = lambda: None
    captures: list["FakeCapture"] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.now_s += seconds

    def capture(self, wanted: CameraDevice) -> "FakeCapture":
        self.captures.append(FakeCapture(self, wanted))
        return self.captures[-1]

    def camera(self, wanted: str = "", mode: CameraMode | None = None) -> Camera:
        return Camera(
            wanted,
            mode=mode,
            clock=self.clock,
            wait=self.wait,
            list_devices=lambda: list(self.devices),
            make_capture=self.capture,
        )

    @property
    def open_captures(self) -> int:
        return sum(not capture.is_released for capture in self.captures)


class FakeCapture:
    """One opened device."""

    def __init__(self, driver: FakeDriver, wanted: CameraDevice) -> None:
        self.driver = driver
        self.device = wanted
        self.asked: list[tuple[int, float]] = []
        self.is_released = False

    def isOpened(self) -> bool:
        return self.device in self.driver.devices and not self.driver.refuses

    def set(self, prop: int, value: float, /) -> bool:
        self.asked.append((prop, value))
        return True

    def get(self, prop: int, /) -> float:
        if prop == cv2.CAP_PROP_FOURCC:
            return MJPG if self.driver.grants_mjpg else YUYV
        return 1 / self.driver.period_s if prop == cv2.CAP_PROP_FPS else 0.0

    def grab(self) -> bool:
        assert not self.is_released
        self.driver.on_grab()
        if self.device not in self.driver.devices:
            return False
        if self.driver.dead_reads:
            self.driver.dead_reads -= 1
            return False
        if self.driver.kept_frames:
            self.driver.kept_frames -= 1
        else:
            self.driver.now_s += self.driver.period_s
        return True

    def retrieve(self) -> tuple[bool, Any]:
        return True, np.zeros((480, 640, 3), np.uint8)

    def release(self) -> None:
        self.is_released = True


def read(camera: Camera) -> Frame:
    frame = camera.read()
    assert frame is not None
    return frame


def test_the_mode_is_asked_for_in_the_order_that_drivers_need() -> None:
    driver = FakeDriver()
    driver.camera(mode=CameraMode(width_px=1280, height_px=720, rate_hz=60)).open()
    assert driver.captures[0].asked == [
        (cv2.CAP_PROP_FOURCC, MJPG),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 60),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_what_was_granted_is_read_back_not_what_was_asked() -> None:
    driver = FakeDriver(grants_mjpg=False, period_s=1 / 15)
    info = driver.camera(mode=CameraMode(width_px=1920, height_px=1080)).open()
    assert (info.label, info.detail) == ("HD Webcam", "YUYV")
    assert (info.width_px, info.height_px) == (640, 480)
    assert info.rate_hz == pytest.approx(15)
    assert (info.is_live, info.frame_count) == (True, None)


def test_frames_are_numbered_and_stamped_when_they_were_captured() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    start_s = driver.now_s
    frames = [read(camera) for _ in range(4)]
    assert [frame.number for frame in frames] == [0, 1, 2, 3]
    assert [frame.time_s - start_s for frame in frames] == pytest.approx([(n + 1) / 30 for n in range(4)])


def test_times_increase_even_where_the_clock_stands_still() -> None:
    driver = FakeDriver(period_s=1e-9)
    camera = driver.camera()
    camera.open()
    times_s = [read(camera).time_s for _ in range(5)]
    assert all(later > earlier for earlier, later in pairwise(times_s))


def test_after_a_pause_the_frames_that_the_driver_kept_are_skipped() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    read(camera)
    driver.now_s += 5.0
    driver.kept_frames = 3
    resumed_s = driver.now_s
    frame = read(camera)
    assert frame.time_s == pytest.approx(resumed_s + 1 / 30)
    assert (driver.kept_frames, frame.number) == (0, 1)


def test_without_a_pause_no_frame_is_skipped() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    read(camera)
    driver.kept_frames = 3
    read(camera)
    assert driver.kept_frames == 2


def test_a_slow_start_is_waited_for() -> None:
    driver = FakeDriver(dead_reads=3)
    driver.camera().open()
    assert driver.open_captures == 1


@pytest.mark.parametrize("fault", ["refuses", "dead"])
def test_a_failed_open_undoes_itself_and_can_be_tried_again(fault: str) -> None:
    driver = FakeDriver(refuses=fault == "refuses", dead_reads=5 if fault == "dead" else 0)
    camera = driver.camera()
    with pytest.raises(SourceError, match="'HD Webcam' gives no picture"):
        camera.open()
    assert driver.open_captures == 0
    driver.refuses = False
    camera.open()
    assert read(camera).number == 0


def test_reading_before_opening_is_an_error() -> None:
    with pytest.raises(SourceError, match="opened"):
        FakeDriver().camera().read()


def test_unplug_and_replug_at_another_index_goes_on_with_numbers_and_times() -> None:
    driver = FakeDriver(devices=[device(0, "Other"), device(2, "HD Webcam")])
    camera = driver.camera("hd")
    camera.open()
    before = read(camera)
    driver.devices = [device(0, "Other")]
    for _ in range(3):
        with pytest.raises(SourceLostError, match="unplugged"):
            camera.read()
    assert driver.open_captures == 0
    driver.devices = [device(0, "Other"), device(5, "HD Webcam")]
    after = read(camera)
    assert driver.captures[-1].device.index == 5
    assert after.number == before.number + 1
    assert after.time_s > before.time_s
    assert (before.stream, after.stream, read(camera).stream) == (0, 1, 1)  # what it shows now is another scene


def test_looking_for_a_lost_camera_neither_spins_nor_starts_late() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    driver.devices = []
    for _ in range(4):
        with pytest.raises(SourceLostError):
            camera.read()
    assert len(driver.waits_s) == 2  # not after the loss itself, not before the first look
    assert all(0 < wait_s <= 1 for wait_s in driver.waits_s)


def test_a_camera_that_is_back_but_dead_stays_lost_and_is_released() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    driver.dead_reads = 1 + 5
    for _ in range(2):
        with pytest.raises(SourceLostError):
            camera.read()
    assert driver.open_captures == 0
    assert read(camera).number == 0


def test_close_releases_and_ends_the_reading() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    camera.close()
    camera.close()
    assert driver.open_captures == 0
    assert camera.read() is None


def test_close_during_a_read_waits_for_nobody_and_the_reader_releases() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    in_grab, go_on = Event(), Event()

    def block() -> None:
        in_grab.set()
        assert go_on.wait(10)

    driver.on_grab = block
    got: list[Frame | None] = []
    reader = Thread(target=lambda: got.append(camera.read()), daemon=True)
    reader.start()
    assert in_grab.wait(10)
    camera.close()
    assert driver.open_captures == 1  # never under a read
    go_on.set()
    reader.join(10)
    assert got == [None]
    assert driver.open_captures == 0


def closing_at_a_grab(driver: FakeDriver, camera: Camera) -> list[int]:
    """From now on the camera is dead and is closed during the next grab; returns the grabs that are still made."""
    grabs: list[int] = []

    def close() -> None:
        grabs.append(len(grabs))
        camera.close()

    driver.dead_reads = 100
    driver.on_grab = close
    return grabs


def test_close_ends_the_tries_to_open_a_dead_camera() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    grabs = closing_at_a_grab(driver, camera)
    with pytest.raises(SourceError, match="closed"):
        camera.open()
    assert (grabs, driver.open_captures) == ([0], 0)  # a dead camera may take a second for each


def test_close_ends_the_tries_to_get_a_dead_camera_back() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.open()
    driver.dead_reads = 1
    with pytest.raises(SourceLostError):
        camera.read()
    grabs = closing_at_a_grab(driver, camera)
    assert camera.read() is None
    assert (grabs, driver.open_captures) == ([0], 0)


def test_a_closed_camera_is_not_opened() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    camera.close()
    with pytest.raises(SourceError, match="closed"):
        camera.open()
    assert driver.captures == []


def test_close_during_a_good_open_has_the_camera_released() -> None:
    driver = FakeDriver()
    camera = driver.camera()
    driver.on_grab = camera.close
    camera.open()
    assert driver.open_captures == 0
    assert camera.read() is None


def test_close_ends_the_wait_for_a_lost_camera() -> None:
    driver = FakeDriver()
    camera = Camera(list_devices=lambda: list(driver.devices), make_capture=driver.capture, clock=driver.clock)
    camera.open()
    driver.devices = []
    for _ in range(2):
        with pytest.raises(SourceLostError):
            camera.read()
    got: list[Frame | None] = []
    reader = Thread(target=lambda: got.append(camera.read()), daemon=True)
    reader.start()
    camera.close()
    reader.join(10)
    assert got == [None]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
def test_every_kind_of_picture_becomes_bgr(shape: tuple[int, ...]) -> None:
    picture = np.full(shape, 7, np.uint8)
    assert as_bgr(picture).shape == (4, 6, 3)
    assert (as_bgr(picture) == 7).all()


@pytest.mark.parametrize(("code", "text"), [(MJPG, "MJPG"), (0.0, ""), (-1.0, ""), (math.nan, ""), (22.0, "")])
def test_pixel_formats_as_text(code: float, text: str) -> None:
    assert fourcc_text(code) == text


# --- listing and finding ---


def test_a_camera_is_found_by_stable_id_index_name_and_beginning() -> None:
    devices = [device(0, "Integrated Camera", "usb-a"), device(2, "HD Pro Webcam C920", "usb-b")]
    for wanted in ("usb-b", "USB-B", "2", "hd pro webcam c920", "HD", " hd "):
        assert find_camera(wanted, devices).index == 2
    assert find_camera("", devices).index == 0


def test_an_exact_name_wins_over_a_longer_one() -> None:
    devices = [device(0, "Cam", "a"), device(1, "Cam Pro", "b")]
    assert find_camera("cam", devices).index == 0


def test_an_unclear_or_unknown_camera_is_answered_with_what_there_is() -> None:
    devices = [device(0, "HD Cam", "a"), device(1, "HD Webcam", "b"), device(2, "Other", "c")]
    with pytest.raises(SourceError, match=r"Several .*'HD Cam' \(0\), 'HD Webcam' \(1\)\."):
        find_camera("hd", devices)
    with pytest.raises(SourceError, match=r"no camera 'phone'.*HD Cam.*HD Webcam.*Other"):
        find_camera("phone", devices)


def test_without_any_camera_the_message_says_what_works() -> None:
    with pytest.raises(SourceError, match=r"demo.*performer.*video"):
        FakeDriver(devices=[]).camera().open()


def listing(index: int, **values: Any) -> Any:
    known = {"name": "Cam", "path": f"/dev/video{index}", "vid": None, "pid": None, "backend": cv2.CAP_V4L2}
    return SimpleNamespace(index=index, **(known | values))


def test_stable_ids_prefer_links_then_paths_then_vendor_and_product() -> None:
    devices = devices_from(
        [
            listing(3, name="  "),
            listing(2, vid=0x46D, pid=0x82D),
            listing(1, path="\\\\?\\usb#vid_046d"),
            listing(0, vid=1, pid=2),
        ],
        links={"/dev/video0": "usb-Maker_Cam_123-video-index0"},
    )
    assert [found.stable_id for found in devices] == [
        "usb-Maker_Cam_123-video-index0",
        "\\\\?\\usb#vid_046d",
        "046d:082d",
        "Camera 3",
    ]


def test_two_cameras_of_one_kind_get_different_ids() -> None:
    first, second = devices_from([listing(0, vid=1, pid=2), listing(2, vid=1, pid=2)], links={})
    assert first.stable_id == "0001:0002"
    assert second.stable_id == "0001:0002#2"


def test_links_by_id_win_over_links_by_path(tmp_path: Path) -> None:
    by_id, by_path, missing = tmp_path / "by-id", tmp_path / "by-path", tmp_path / "missing"
    for folder, names in ((by_id, {"serial": "video0"}), (by_path, {"port1": "video0", "port2": "video2"})):
        folder.mkdir()
        for link, target in names.items():
            (tmp_path / target).touch()
            (folder / link).symlink_to(tmp_path / target)
    links = device_links((missing, by_id, by_path))
    assert links == {str(tmp_path / "video0"): "serial", str(tmp_path / "video2"): "port2"}


def test_this_machine_can_be_listed() -> None:
    for found in list_cameras():
        assert found.name
        assert found.stable_id


def test_an_unknown_system_has_no_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_devices, "BACKENDS", {})
    assert list_cameras() == []
