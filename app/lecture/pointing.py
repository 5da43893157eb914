"""The joint that is pointed at: in a picture, a row of the curves or a table; all of them show it."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from app.pages.lecture import LecturePage
from core.explain.explained import Explained


class Pointing(QObject):
    """For the GUI thread.

    Signals:
        changed(): another joint than the last one is pointed at.
    """

    changed = pyqtSignal()

    def __init__(self, page: LecturePage, explained: Callable[[], Explained | None]) -> None:
        super().__init__(page)
        self._page, self._explained = page, explained
        self._joint: tuple[int, int] | None = None  # person and Kinect-25 index, the last one
        page.chart.pointed.connect(self._on_row)
        page.video.pointed.connect(self._on_joint)
        page.question.row_pointed.connect(self._on_place)

    @property
    def place(self) -> int | None:
        """Where the joint stands among the K; None where the network does not see it, or before there was any."""
        explained, joint = self._explained(), self._joint
        if joint is None or explained is None or joint[1] not in explained.joints:
            return None
        if joint[0] >= explained.persons:
            return None
        return joint[0] * len(explained.joints) + explained.joints.index(joint[1])

    def _on_row(self, joint: tuple[int, int] | None) -> None:
        self._point_out(joint)
        self._on_joint(joint)

    def _on_joint(self, joint: tuple[int, int] | None) -> None:
        self._page.chart.show_joint(joint)
        self._page.second.point_out(joint)
        if joint is not None and joint != self._joint:
            self._joint = joint
            self.changed.emit()

    def _on_place(self, place: int | None) -> None:
        explained = self._explained()
        if place is None or explained is None:
            return
        count = len(explained.joints)
        self._on_row((place // count, explained.joints[place % count]))

    def _point_out(self, joint: tuple[int, int] | None) -> None:
        for view in (self._page.video, self._page.second):
            view.point_out(joint)
