"""Presenting: the audience's window, which follows the page that the operator sees."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QKeyEvent

from app.actions import ActionKey
from app.lecture.audience import AudienceWindow
from app.lecture.lecture_control import LectureControl
from app.page_key import PageKey
from app.widgets.now import NO_PICTURE
from core.live.results import LiveResult

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Presenting(QObject):
    """Opens and closes the audience's window, and keeps it up to date. For the GUI thread."""

    def __init__(self, window: "MainWindow", lecture: LectureControl, *, on_key: Callable[[QKeyEvent], None]) -> None:
        super().__init__(window)
        self._window, self._lecture, self._on_key = window, lecture, on_key
        self.audience: AudienceWindow | None = None
        lecture.shown.connect(self._show_lecture)
        self._followed: PageKey | None = None  # whose picture the audience has
        live = window.page
        for changed in (live.video.painted, live.video.redisplayed, live.now.changed):
            changed.connect(self._on_live)
        page = window.teaching.lecture_page
        page.video.painted.connect(self._on_lecture)
        page.second.painted.connect(self._on_second)
        page.chart.sought.connect(lambda _time_s, _is_final: self._show_time())
        lecture.player.moved.connect(lambda _time_s: self._show_time())

    @property
    def is_open(self) -> bool:
        """Whether there is an audience."""
        return self.audience is not None

    def toggle(self) -> None:
        """Open the audience's window, or close it."""
        if self.audience is not None:
            self.audience.close()
            return
        self.audience = AudienceWindow(on_key=self._on_key)
        self.audience.setWindowIcon(self._window.windowIcon())
        self.audience.closed.connect(self._on_closed)
        self.show_page(self._window.page_key)
        self.audience.open_on_second_screen(self._window)
        self._window.set_checked(ActionKey.PRESENT, True)

    def close(self) -> None:
        """No audience any more."""
        if self.audience is not None:
            self.audience.close()

    def show_page(self, page: PageKey) -> None:
        """The operator sees another page."""
        audience = self.audience
        if audience is None:
            return
        if page is PageKey.LECTURE:
            audience.make_room(for_chart=True)
            self._show_lecture()
            if self._lecture.asking.comparison is not None:
                self._on_second(self._window.teaching.lecture_page.second.result)
        elif page is PageKey.LIVE:
            audience.show_title("")
            audience.show_second(None)
            audience.make_room(for_chart=False)
            audience.show_chart(None, duration_s=0.0)
            self._on_live()
        elif self._followed is PageKey.LIVE:  # what goes on there is not shown any more
            audience.show_display(replace(audience.video.display, is_dimmed=True))
            audience.show_now(NO_PICTURE)
        self._followed = page

    def _on_live(self) -> None:
        """A picture, an answer, or how they are shown: as on the page, whose old answers do not look like live ones."""
        audience, page = self.audience, self._window.page
        if audience is None or self._window.page_key is not PageKey.LIVE:
            return
        result = page.video.result
        audience.show_display(page.video.display)
        audience.show_result(result)
        audience.show_now(page.now.text)
        if result is not None and result.prediction is not None:
            audience.legend.set_joint_count(result.prediction.alpha.shape[1])
            audience.legend.set_gated(result.prediction.weighs_joints)

    def _on_lecture(self, result: LiveResult | None) -> None:
        if self.audience is not None and self._window.page_key is PageKey.LECTURE:
            self.audience.show_result(result)
            self.audience.show_now(self._lecture.now_text())

    def _on_second(self, result: LiveResult | None) -> None:
        if self.audience is not None and self._window.page_key is PageKey.LECTURE:
            self.audience.show_second(result)

    def _show_lecture(self) -> None:
        audience, page = self.audience, self._window.teaching.lecture_page
        if audience is None or self._window.page_key is not PageKey.LECTURE:
            return
        audience.show_title(self._lecture.caption())
        audience.show_display(page.video.display, page.second.display)
        audience.show_result(page.video.result)
        if self._lecture.asking.comparison is None:
            audience.show_second(None)
        audience.show_chart(self._lecture.chart_data(), duration_s=self._lecture.player.playback.duration_s)
        audience.chart.show_stretch(self._lecture.stretch)
        audience.show_now(self._lecture.now_text())
        self._show_time()

    def _show_time(self) -> None:
        if self.audience is not None:
            player = self._lecture.player
            self.audience.chart.show_time(player.time_s, follows=player.playback.is_playing)

    def _on_closed(self) -> None:
        audience, self.audience = self.audience, None
        if audience is not None:
            audience.deleteLater()
        self._window.set_checked(ActionKey.PRESENT, False)
