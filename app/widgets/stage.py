"""The stage: the picture that comes in, and all that is said over it. Pages that show a live session have one each."""

from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from app.messages import Message, MessageKind, message_for
from app.theme import GAP_PX
from app.widgets.message_panel import MessagePanel
from app.widgets.notice_bar import NoticeBar
from app.widgets.toast import Toast
from app.widgets.video_view import VideoView
from core.live.results import LiveResult, SessionStatus
from core.sources.source import Frame


class Stage(QWidget):
    """Signals:
    painted(LiveResult): a result has come onto the screen.
    dimmed(): the picture is pale now, or no longer: an old answer must not look like a live one.
    """

    painted = pyqtSignal(object)
    dimmed = pyqtSignal()

    def __init__(self, video: VideoView, message_panel: MessagePanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.video, self.message_panel = video, message_panel
        self.toast, self.notice_bar = Toast(video), NoticeBar()
        self.newest: LiveResult | None = None
        self.is_frozen = False
        self.status: SessionStatus | None = None
        self._notice: Message | None = None
        self._is_camera = True
        video.painted.connect(self.painted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_PX)
        layout.addWidget(video, 1)
        layout.addWidget(self.notice_bar)

    @property
    def is_dimmed(self) -> bool:
        """Whether the picture is an old one behind an error."""
        return self.video.display.is_dimmed

    def reset(self, *, is_camera: bool = True) -> None:
        """Forget the picture, for another source or model."""
        self._is_camera = is_camera
        self.newest, self.status = None, None
        self.notice_bar.show_notices(())
        self.set_frozen(False)
        self.video.show_result(None)
        self._refresh_message()

    def show_result(self, result: LiveResult | None) -> bool:
        """Show a result unless its number was shown last, or the picture is frozen. Whether it is new."""
        is_new = result is not None and (self.newest is None or result.frame.number != self.newest.frame.number)
        if result is None or not is_new:
            return False
        self.newest = result
        if not self.is_frozen:
            self.video.show_result(result)
            if self.message_panel.message is not None:
                self._refresh_message()
        return True

    def prepare(self, upcoming: Frame | None) -> None:
        """Get a picture ready while its pose is found, so that it is painted the sooner."""
        if upcoming is not None and not self.is_frozen:
            self.video.prepare(upcoming)

    def show_status(self, status: SessionStatus) -> None:
        """Say what is wrong, if anything is."""
        self.status = status
        self.notice_bar.show_notices(status.notices)
        self._refresh_message()

    def set_notice(self, notice: Message | None) -> None:
        """A message that stands before whatever the session says; None lifts it."""
        self._notice = notice
        self._refresh_message()

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Flip the picture, not the text."""
        self.video.set_display(replace(self.video.display, is_mirrored=is_mirrored))

    def set_heat(self, has_heat: bool) -> None:
        """Show attention on the joints."""
        self.video.set_display(replace(self.video.display, has_heat=has_heat))

    def set_frozen(self, is_frozen: bool) -> None:
        """Hold what is shown; the newest result comes back with the end of it."""
        if is_frozen == self.is_frozen:
            return
        self.is_frozen = is_frozen
        self.video.set_display(replace(self.video.display, chip="Frozen" if is_frozen else ""))
        if not is_frozen and self.newest is not None:
            self.video.show_result(self.newest)
        self._refresh_message()

    def _refresh_message(self) -> None:
        message = self._notice
        if message is None and self.status is not None:
            has_picture = self.video.result is not None
            message = message_for(self.status, has_picture=has_picture, is_camera=self._is_camera)
        is_dimmed = message is not None and message.kind in (MessageKind.ERROR, MessageKind.ENDED)
        if is_dimmed != self.is_dimmed:
            self.video.set_display(replace(self.video.display, is_dimmed=is_dimmed))
            self.dimmed.emit()
        self.message_panel.show_message(message)
