"""The window: joins pages, header and strip with the table of actions and the settings."""

import base64
from pathlib import Path

from PyQt6.QtCore import QByteArray, QEvent, QMimeData, Qt
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QMainWindow, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.action_table import ACTIONS
from app.actions import ActionKey, make_actions, show_on
from app.bridges.backend import Backend
from app.bridges.options import LaunchOptions
from app.handlers import Handlers
from app.icons import application_icon
from app.live_control import LiveControl
from app.page_key import PageKey
from app.pages.live import LivePage
from app.session_report import SessionReport
from app.settings import SettingsStore
from app.teaching import Teaching
from app.theme import ThemeChoice, apply_theme
from app.widgets.header import Header
from app.widgets.status_strip import StatusStrip
from core.sources.choose import SourceKind

HINT_MS = 6000
SMALLEST_PX = (900, 600)
FIRST_PX = (1280, 800)
VIDEO_FILTER = "Videos (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.wmv);;All files (*)"


class MainWindow(QMainWindow):
    """The one window. Closing it stops the session, saves what was edited and leaves no thread."""

    def __init__(self, backend: Backend, options: LaunchOptions | None = None) -> None:
        super().__init__()
        self._options = options if options is not None else LaunchOptions()
        self.settings = SettingsStore()
        self.setObjectName("main_window")
        self.actions_by_key = make_actions(self, ACTIONS, self._do, keys=self.settings.now.keys)
        self.header = Header(self.actions_by_key)
        self.page = LivePage(self.actions_by_key)
        self.strip = StatusStrip()
        self.control = LiveControl(
            backend,
            self.settings,
            model=self._options.model or self.settings.now.model,
            page=self.page,
            header=self.header,
            strip=self.strip,
        )
        self.teaching = Teaching(self, backend, device=self._options.device)
        self.report = SessionReport(self.control, self.page, path=self._options.report, seconds=self._options.seconds)
        self._pages: dict[PageKey, QWidget] = {PageKey.LIVE: self.page, **self.teaching.pages}
        self._page = PageKey.LIVE
        self._handlers = Handlers(self).by_key
        self.teaching.lecture.begin()
        self._lay_out()
        self._connect()
        self._apply_settings()
        self.show_page(PageKey.LIVE)

    def begin(self) -> None:
        """Start with the wanted source: as asked, else as last time, else the first camera."""
        self.control.begin(self._options.source or self.settings.now.source)
        if not self.settings.now.hint_seen:
            self.page.toast.say("F1 shows all keys: M mirrors, H shows the heat, Space freezes", shown_ms=HINT_MS)
            self.settings.remember(hint_seen=True)

    @property
    def page_key(self) -> PageKey:
        """The page that is shown."""
        return self._page

    def show_page(self, page: PageKey) -> None:
        """Show another page: the camera runs where it is seen, the library is open where it is needed."""
        before, self._page = self._page, page
        show_on(page, ACTIONS, self.actions_by_key)
        self.header.show_page(page)
        self._stack.setCurrentWidget(self._pages[page])
        self._pages[page].setFocus()  # no button carries a focus ring before the Tab key was used
        self.strip.setVisible(page in (PageKey.LIVE, PageKey.RECORD) and not self.isFullScreen())
        self.teaching.show_page(page, before=before)

    # Qt events

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        if not self.isFullScreen():
            self.settings.remember(geometry=base64.b64encode(self.saveGeometry().data()).decode("ascii"))
        self.report.write()
        self.teaching.close(self.control.left_s)
        self.control.close()
        super().closeEvent(event)

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange:
            is_full = self.isFullScreen()
            self.set_checked(ActionKey.FULL_SCREEN, is_full)
            self.header.setVisible(not is_full)
            self.strip.setVisible(not is_full and self._page in (PageKey.LIVE, PageKey.RECORD))

    @override
    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        files = dropped_files(event.mimeData()) if event is not None else []
        if event is not None and (files if self._page is PageKey.LABEL else len(files) == 1):
            event.acceptProposedAction()
            self.say("Drop it to import it" if self._page is PageKey.LABEL else "Drop it to open this video")

    @override
    def dropEvent(self, event: QDropEvent | None) -> None:
        files = dropped_files(event.mimeData()) if event is not None else []
        if event is None or not files:
            return
        event.acceptProposedAction()
        if self._page is PageKey.LABEL:
            self.teaching.transfer.ask_person(files)
        elif len(files) == 1:
            self.show_page(PageKey.LIVE)
            self.control.start_source(str(files[0]))

    # For those who do something in it

    def say(self, text: str, *, shown_ms: int = 2200) -> None:
        """A short note on the page that is shown."""
        if self._page is PageKey.LIVE:
            self.page.toast.say(text, shown_ms=shown_ms)
        else:
            self.teaching.say(self._page, text, shown_ms=shown_ms)

    def open_video(self) -> None:
        """Choose a film to watch."""
        dialog = QFileDialog(self, "Open a video", "", VIDEO_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.control.start_source)
        dialog.open()

    def apply_theme(self, theme: ThemeChoice) -> None:
        """Light, dark, or as the system."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)

    def is_checked(self, key: ActionKey) -> bool:
        """Whether a toggle is on."""
        return self.actions_by_key[key].isChecked()

    def set_checked(self, key: ActionKey, is_checked: bool) -> None:
        """Show a toggle as on or off, without doing anything."""
        self.actions_by_key[key].setChecked(is_checked)

    # Set-up

    def _do(self, key: ActionKey) -> None:
        self._handlers[key]()

    def _lay_out(self) -> None:
        self.setWindowTitle("Jointlight[*]")
        self.setWindowIcon(application_icon())
        self.setMinimumSize(*SMALLEST_PX)
        self.resize(*FIRST_PX)
        self.setAcceptDrops(True)
        self._stack = QStackedWidget()
        for page in self._pages.values():
            self._stack.addWidget(page)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.strip)
        self.setCentralWidget(content)

    def _connect(self) -> None:
        self.control.starting.connect(self._on_starting)
        self.report.ended.connect(self.close)
        self.control.titled.connect(
            lambda title: self.setWindowTitle(f"{title} – Jointlight[*]" if title else "Jointlight[*]")
        )
        hints = QApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._on_system_colours)

    def _apply_settings(self) -> None:
        now = self.settings.now
        for key, is_on in (
            (ActionKey.HEAT, now.heat),
            (ActionKey.TIMINGS, now.timings),
            (ActionKey.MIRROR, now.mirror_camera),
            (ActionKey.SKELETON, now.skeleton),
        ):
            self.set_checked(key, is_on)
        self.page.set_heat(now.heat)
        self.page.set_timings(now.timings)
        self.set_mirrored(now.mirror_camera)
        self.teaching.apply_settings()
        self.apply_theme(now.theme)
        try:
            geometry = base64.b64decode(now.geometry, validate=True)
        except ValueError:
            geometry = b""
        if geometry:
            self.restoreGeometry(QByteArray(geometry))  # damaged bytes change nothing

    def _on_starting(self) -> None:
        """A camera is a mirror unless that was switched off; recorded pictures are not unless it was switched on."""
        now = self.settings.now
        is_mirrored = now.mirror_camera if self.control.kind is SourceKind.CAMERA else now.mirror_recorded
        self.set_checked(ActionKey.MIRROR, is_mirrored)
        self.set_mirrored(is_mirrored)
        self.set_checked(ActionKey.FREEZE, False)

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Flip the pictures that come in, on all pages."""
        self.page.set_mirrored(is_mirrored)
        self.teaching.set_mirrored(is_mirrored)

    def _on_system_colours(self) -> None:
        if self.settings.now.theme is ThemeChoice.SYSTEM:
            self.apply_theme(ThemeChoice.SYSTEM)


def dropped_files(data: QMimeData | None) -> list[Path]:
    """The local files that are dragged; none where anything else is among them."""
    if data is None or not data.hasUrls():
        return []
    urls = data.urls()
    return [Path(url.toLocalFile()) for url in urls] if all(url.isLocalFile() for url in urls) else []
