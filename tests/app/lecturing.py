"""Libraries, films and models on disk for tests of the lecture page, and ways to wait for it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.lecture.lecture import Lecture
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import SettingsStore
from core.explain.explained import Explained
from core.library.library import Entry, Library
from core.library.records import RecordingDocument, State
from core.model.folder import ActionModel, save_model
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.video_writer import VideoWriter
from tests.explaining import moving, small_model

SIZE_PX = (96, 72)
RATE_HZ = 30.0
SEGMENTS = (
    Segment(start_s=0.2, end_s=0.7, action="wave"),
    Segment(start_s=0.9, end_s=1.2, action="clap"),
)
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def write_model(folder: Path, model: ActionModel | None = None) -> Path:
    """A small untrained model as a folder."""
    model = model or small_model()
    save_model(folder, network=model.network, config=model.config, metrics={}, card="A card.")
    return folder


def write_film(path: Path, *, frames: int, size_px: tuple[int, int] = SIZE_PX) -> None:
    """A film that gets lighter."""
    width, height = size_px
    with VideoWriter(path, size_px=size_px, rate_hz=RATE_HZ) as writer:
        for number in range(frames):
            picture = np.full((height, width, 3), 40 + number % 150, np.uint8)
            writer.write(picture, number / RATE_HZ)


def add_recording(
    library: Library,
    sequence: SkeletonSequence | None,
    *,
    prompt: str = "wave",
    segments: tuple[Segment, ...] = (),
    has_film: bool = True,
    duration_s: float | None = None,
    second: int = 0,
) -> str:
    """A recording with those joints; its name."""
    document = RecordingDocument(
        person="Anna", prompt=prompt, recorded_at=f"2026-11-26T14:03:{second:02d}+01:00", rate_hz=RATE_HZ
    )
    entry = library.begin(document)
    frames = 45 if sequence is None else len(sequence.times_s)
    lasts_s = duration_s if duration_s is not None else frames / RATE_HZ
    if sequence is not None:
        sequence.save(entry.poses)
    document = replace(entry.recording, state=State.DONE, frames=frames, duration_s=lasts_s)
    if has_film:
        write_film(entry.folder / "film.mp4", frames=round(lasts_s * RATE_HZ))
        document = replace(document, video="film.mp4", width_px=SIZE_PX[0], height_px=SIZE_PX[1])
    return library.finish(entry, document, segments=segments).name


class Room:
    """A window whose lecture page works on a library with three clips: two waving, one clapping without a film."""

    def __init__(self, qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
        self.qtbot, self.folder = qtbot, tmp_path / "library"
        self.models = [write_model(tmp_path / "first")]
        with Library.opened(self.folder, create=True) as library:
            self.names = [
                add_recording(library, moving(45), segments=SEGMENTS),
                add_recording(library, moving(45, seed=3), second=1),
                add_recording(library, moving(30, seed=5), prompt="clap", has_film=False, second=2),
            ]
        settings = SettingsStore()
        settings.remember(library=str(self.folder), model=str(self.models[0]))
        self._open = open_window
        self.window: MainWindow

    def add(self, sequence: SkeletonSequence | None, **more: object) -> str:
        """One more clip, before the window is there."""
        with Library.opened(self.folder) as library:
            return add_recording(library, sequence, second=10, **more)  # type: ignore[arg-type]  # passed on

    def enter(self, width_px: int = 1280, height_px: int = 720) -> "Room":
        """Open the window on the lecture page."""
        self.window = self._open(is_begun=False)
        self.window.resize(width_px, height_px)
        self.window.show_page(PageKey.LECTURE)
        self.qtbot.waitUntil(lambda: bool(self.window.teaching.library.entries), timeout=20_000)
        return self

    @property
    def lecture(self) -> Lecture:
        return self.window.teaching.lecture

    @property
    def current(self) -> str:
        """The recording that is the current one in the list; "": none."""
        entry = self.lecture.page.recordings.currentIndex().data(Qt.ItemDataRole.UserRole)
        return entry.name if isinstance(entry, Entry) else ""

    @property
    def explained(self) -> Explained:
        found = self.lecture.control.explained
        assert found is not None
        return found

    def show(self, name: str) -> Explained:
        """Choose a clip, and wait for what the network says of it."""
        self.lecture.show_recording(name)
        self.wait_for_answer()
        return self.explained

    def wait_for_answer(self) -> None:
        control = self.lecture.control
        self.qtbot.waitUntil(
            lambda: control.explained is not None and control.player.joints is not None, timeout=20_000
        )

    def wait_for_comparison(self, key: str | None = None) -> Explained:
        asking = self.lecture.control.asking

        def is_there() -> bool:
            return asking.comparison is not None and (key is None or asking.comparison.key == key)

        self.qtbot.waitUntil(is_there, timeout=20_000)
        assert asking.comparison is not None
        return asking.comparison.explained

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key wherever the focus is."""
        focus = self.window.focusWidget() or self.window
        QTest.keyClick(focus, key, modifier)  # type: ignore[call-overload]  # see tests.app.hands


def drag(widget: QWidget, start: tuple[float, float], end: tuple[float, float], *, has_shift: bool = False) -> None:
    """Press, move on the way, and let go."""
    modifier = SHIFT if has_shift else Qt.KeyboardModifier.NoModifier
    begin, finish = (QPoint(round(x), round(y)) for x, y in (start, end))
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, modifier, begin)  # type: ignore[call-overload]  # see above
    for share in (0.5, 1.0):
        QTest.mouseMove(widget, begin + (finish - begin) * share)  # type: ignore[call-overload]  # see above
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, modifier, finish)  # type: ignore[call-overload]  # see above


def pixels_rgb(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 3) of what was grabbed."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = rgb.constBits()
    assert bits is not None
    bits.setsize(rgb.sizeInBytes())
    flat = np.frombuffer(cast("bytes", bits), np.uint8)  # as in test_video_view
    return flat.reshape(rgb.height(), -1, 4)[:, : rgb.width(), 2::-1].copy()
