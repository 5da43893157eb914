"""The real window with a model that looks at two persons: a real session, network and paint on made-up bodies."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.bridges.backend import Choice, Offers, Request
from app.bridges.background import Report
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from core.live.listeners import FrameListeners
from core.live.session import LiveSession
from core.pose.pose import Pose
from core.sources.source import Frame
from tests.app.fakes import FakeBackend
from tests.fakes import FakeEstimator, FakeSource, tiny_model

pytestmark = pytest.mark.gui
MODELS = (Choice(key="alone", title="Alone"), Choice(key="pair", title="Pair (two persons)"))


class InStep(FakeSource):
    """Gives the next frame when the last one has been looked at, so that none is dropped on a busy machine."""

    def __init__(self, frames: int) -> None:
        super().__init__(frames)
        self.looked_at = threading.Semaphore(1)

    def read(self) -> Frame | None:
        while not self.looked_at.acquire(timeout=0.05):
            if self._closing.is_set():
                return None
        return super().read()


def prepare(request: Request, report: Report, wake: Callable[[], None], listeners: FrameListeners) -> LiveSession:
    """Two seconds of two persons, in another order in every frame."""
    report("Loading")
    source = InStep(60)

    class Eyes(FakeEstimator):
        def estimate(self, frame: Frame) -> Pose:
            source.looked_at.release()
            return super().estimate(frame)

    return LiveSession(
        source=source,
        make_estimator=lambda: Eyes(sees=lambda frame: (0, 1) if frame.number % 2 else (1, 0)),
        model=tiny_model(persons=2),
        on_wake=wake,
    )


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    shown = MainWindow(
        FakeBackend().functions(look=lambda: Offers(models=MODELS), prepare=prepare), LaunchOptions(source="performer")
    )
    qtbot.addWidget(shown)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.begin()
    yield shown
    shown.close()
    shown.deleteLater()


def test_both_persons_are_shown_with_the_heat_of_each(qtbot: QtBot, window: MainWindow) -> None:
    def is_shown() -> bool:
        result = window.page.video.result
        return result is not None and result.prediction is not None and result.pose.person_count == 2

    qtbot.waitUntil(is_shown, timeout=60_000)
    marks = window.page.video.marks()
    assert {mark.person for mark in marks} == {0, 1}
    seen = [mark for mark in marks if mark.heat is not None]
    assert len(seen) == 42
    heats = [mark.heat for mark in seen if mark.heat is not None]
    assert sum(heats) / len(heats) == pytest.approx(1.0, rel=1e-3), "uniform over the joints of both is 1"
    assert heats == sorted(heats), "the hottest is drawn last, whosever it is"
