"""The label page of the real window, on a small library on disk and a clock that moves only when told to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.label import label_control
from app.label.label_control import LabelControl
from app.main_window import MainWindow
from app.page_key import PageKey
from app.pages.label import LabelPage
from app.player import player_control
from app.player.player_control import PlayerControl
from app.settings import Settings, save_settings
from app.widgets.timeline import TimelineView
from app.widgets.timeline_painter import RULER_PX, WAVE_PX, lane_height_px
from core.library.edits import Labels
from core.library.library import Entry, Library
from tests.app.hands import drag, press
from tests.app.label.recordings import add_recording, number_of, segment, waving, write_film
from tests.fakes import FakeClock


@dataclass
class Desk:
    """Whoever labels: what they see, and their hands."""

    window: MainWindow
    qtbot: QtBot
    clock: FakeClock
    folder: Path  # of the library

    @property
    def page(self) -> LabelPage:
        return self.window.teaching.label_page

    @property
    def labels_control(self) -> LabelControl:
        return self.window.teaching.labels

    @property
    def player(self) -> PlayerControl:
        return self.labels_control.player

    @property
    def timeline(self) -> TimelineView:
        return self.page.timeline

    @property
    def labels(self) -> Labels:
        return self.labels_control.editing.labels

    @property
    def chosen(self) -> list[tuple[float, float]]:
        return [(round(one.start_s, 3), round(one.end_s, 3)) for one in self.labels_control.editing.chosen]

    @property
    def spans(self) -> list[tuple[float, float, str]]:
        """Labels, rounded."""
        return [(round(one.start_s, 3), round(one.end_s, 3), one.action) for one in self.labels]

    @property
    def said(self) -> str:
        return self.page.toast.text()

    @property
    def entry(self) -> Entry:
        found = self.labels_control.entry
        assert found is not None
        return found

    @property
    def picture(self) -> int:
        """The number of the picture that is shown."""
        result = self.page.video.result
        assert result is not None
        return number_of(result.frame.picture_bgr)

    def press(self, key: Qt.Key, *, has_ctrl: bool = False, has_shift: bool = False) -> None:
        if not self.window.isActiveWindow():  # a desktop does this after a dialog
            self.window.activateWindow()
            self.qtbot.waitUntil(self.window.isActiveWindow)
        press(self.window, key, has_ctrl=has_ctrl, has_shift=has_shift)

    def do(self, key: ActionKey) -> None:
        self.window.actions_by_key[key].trigger()

    def go(self, time_s: float) -> None:
        """Stand at a time."""
        self.player.pause()
        self.player.seek(time_s)

    def wait_picture(self, number: int) -> None:
        self.qtbot.waitUntil(lambda: self.page.video.result is not None and self.picture == number)

    def at(self, time_s: float, action: str) -> QPointF:
        """Where a time lies on the lane of an action."""
        lane = [one.action for one in self.timeline.track.lanes].index(action)
        height = lane_height_px(self.timeline.height(), len(self.timeline.track.lanes))
        return QPointF(self.timeline.axis.to_px(time_s), RULER_PX + WAVE_PX + (lane + 0.5) * height)

    def drag(self, start: tuple[float, str], end_s: float, *, has_ctrl: bool = False) -> None:
        """Drag on a lane, from a time to another."""
        drag(self.timeline, self.at(*start), self.at(end_s, start[1]), has_ctrl=has_ctrl)

    def click(self, time_s: float, action: str, *, has_ctrl: bool = False) -> None:
        self.drag((time_s, action), time_s, has_ctrl=has_ctrl)

    def pass_time(self, seconds: float) -> None:
        """The clock goes on, and the player with it."""
        self.clock.now_s += seconds
        self.player._tick()

    def open(self, name: str) -> None:
        """Choose a recording in the list."""
        assert self.page.recordings.pick(name)
        self.wait_open(name)

    def wait_open(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: self.labels_control.entry is not None and self.entry.name == name)
        self.qtbot.waitUntil(lambda: self.player._load._thread is None)
        if self.entry.film is not None and self.player._has_film:
            self.qtbot.waitUntil(lambda: self.player._film.latest() is not None)

    def open_broken(self, name: str) -> None:
        """Choose a recording whose film cannot be shown, and wait until that is said."""
        assert self.page.recordings.pick(name)
        self.qtbot.waitUntil(lambda: "video.mkv" in self.page.notice_bar.text)
        self.qtbot.waitUntil(lambda: self.player._load._thread is None)

    def saved(self, name: str | None = None) -> list[tuple[float, float, str]]:
        """The labels that are on disk."""
        entry = Library.for_reading(self.folder).entry(name or self.entry.name)
        return [(round(one.start_s, 3), round(one.end_s, 3), one.action) for one in entry.segments]

    def dialog(self, kind: type[QDialog] = QDialog) -> QDialog:
        """The dialog that is open, once it is."""

        def shown() -> list[QDialog]:
            return [one for one in self.window.findChildren(kind) if one.isVisible()]

        self.qtbot.waitUntil(lambda: bool(shown()))
        return shown()[-1]


OpenDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds, 180 pictures, of which 0 to 179 can be read."""
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv")


@pytest.fixture
def folder(tmp_path: Path, film: Path) -> Path:
    """A library with three recordings: the newest with two labels, one without any, and joints only."""
    folder = tmp_path / "my library"
    with Library.opened(folder, create=True) as library:
        library.learn(actions=["wave", "clap", "push"], persons=["Ann", "Bob"])
        add_recording(library, film=None, person="Bob", minute=0, joints=waving())
        add_recording(library, film=film, person="Bob", minute=1, joints=waving())
        labels = (segment(1.0, 2.0), segment(3.0, 4.5, "clap"))
        add_recording(library, film=film, person="Ann", minute=2, joints=waving(), segments=labels)
    return folder


@pytest.fixture
def names(folder: Path) -> list[str]:
    """The recordings in the order of the list: with labels, without, joints only."""
    return Library.for_reading(folder).names()[::-1]


@pytest.fixture
def open_desk(
    qtbot: QtBot, open_window: Callable[..., MainWindow], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> OpenDesk:
    """Opens the window on the label page, with the library or another one, and waits until a recording is shown."""
    clock = FakeClock(1000.0)
    for module in (player_control, label_control):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock))

    def make(place: Path = folder, *, is_ready: bool = True) -> Desk:
        save_settings(Settings(library=str(place), reaction_s=0.2, hint_seen=True))
        window = open_window(is_begun=False)
        monkeypatch.setattr(window.teaching.labels.autosave, "_clock", clock)
        desk = Desk(window=window, qtbot=qtbot, clock=clock, folder=place)
        window.resize(1280, 800)
        window.show_page(PageKey.LABEL)
        if is_ready:
            qtbot.waitUntil(lambda: desk.labels_control.entry is not None)
            desk.wait_open(desk.entry.name)
        return desk

    return make


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """The label page with the newest recording."""
    return open_desk()
