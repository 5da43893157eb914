"""The window: joins page, header and strip with the table of actions and the settings."""

import base64
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QByteArray, QEvent, QMimeData, Qt
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QMainWindow, QVBoxLayout, QWidget
from typing_extensions import override

from app.actions import ActionKey, make_actions
from app.bridges.backend import Backend
from app.bridges.options import LaunchOptions
from app.icons import application_icon
from app.live_control import LiveControl
from app.pages.live import LivePage
from app.session_report import SessionReport
from app.settings import SettingsStore
from app.theme import ThemeChoice, apply_theme
from app.widgets.header import Header
from app.widgets.sheets import about_sheet, shortcuts_sheet
from app.widgets.status_strip import StatusStrip
from core.sources.choose import PERFORMER, SourceKind

HINT_MS = 6000
SMALLEST_PX = (900, 600)
FIRST_PX = (1280, 800)
VIDEO_FILTER = "Videos (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.wmv);;All files (*)"


class MainWindow(QMainWindow):
    """The one window. Closing it stops the session and leaves no thread."""

    def __init__(self, backend: Backend, options: LaunchOptions | None = None) -> None:
        super().__init__()
        self._options = options if options is not None else LaunchOptions()
        self._settings = SettingsStore()
        self.setObjectName("main_window")
        self.actions_by_key = make_actions(self, self._handlers())
        self.header = Header(self.actions_by_key)
        self.page = LivePage(self.actions_by_key)
        self.strip = StatusStrip()
        self.control = LiveControl(
            backend,
            self._settings,
            model=self._options.model or self._settings.now.model,
            page=self.page,
            header=self.header,
            strip=self.strip,
        )
        self.report = SessionReport(self.control, self.page, path=self._options.report, seconds=self._options.seconds)
        self._lay_out()
        self._connect()
        self._apply_settings()

    def begin(self) -> None:
        """Start with the wanted source: as asked, else as last time, else the first camera."""
        self.control.begin(self._options.source or self._settings.now.source)
        if not self._settings.now.hint_seen:
            self.page.toast.say("F1 shows all keys: M mirrors, H shows the heat, Space freezes", shown_ms=HINT_MS)
            self._settings.remember(hint_seen=True)

    # Qt events

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        if not self.isFullScreen():
            self._settings.remember(geometry=base64.b64encode(self.saveGeometry().data()).decode("ascii"))
        self.report.write()
        self.control.close()
        super().closeEvent(event)

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange:
            is_full = self.isFullScreen()
            self._set_checked(ActionKey.FULL_SCREEN, is_full)
            self.header.setVisible(not is_full)
            self.strip.setVisible(not is_full)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()
            self.page.toast.say("Drop it to open this video")

    @override
    def dropEvent(self, event: QDropEvent | None) -> None:
        path = dropped_file(event.mimeData()) if event is not None else None
        if event is not None and path is not None:
            event.acceptProposedAction()
            self.control.start_source(str(path))

    # Set-up

    def _handlers(self) -> dict[ActionKey, Callable[[], None]]:
        return {
            ActionKey.CHOOSE_SOURCE: lambda: self.header.source_button.open_menu(),
            ActionKey.OPEN_VIDEO: self._open_video,
            ActionKey.USE_CAMERA: lambda: self.control.use_camera(),
            ActionKey.USE_PERFORMER: lambda: self.control.start_source(PERFORMER),
            ActionKey.REFRESH: lambda: self.control.refresh(),
            ActionKey.TRY_AGAIN: lambda: self.control.try_again(),
            ActionKey.CHOOSE_MODEL: lambda: self.header.model_button.open_menu(),
            ActionKey.CANCEL: lambda: self.control.cancel(),
            ActionKey.MIRROR: self._on_mirror,
            ActionKey.HEAT: self._on_heat,
            ActionKey.FREEZE: lambda: self.page.set_frozen(self._is_checked(ActionKey.FREEZE)),
            ActionKey.TIMINGS: self._on_timings,
            ActionKey.FULL_SCREEN: self._on_full_screen,
            ActionKey.LEAVE: self._leave_full_screen,
            ActionKey.THEME: self._on_theme,
            ActionKey.SHORTCUTS: lambda: shortcuts_sheet(self).open(),
            ActionKey.ABOUT: lambda: about_sheet(self).open(),
            ActionKey.QUIT: lambda: (self.close(), None)[1],
        }

    def _lay_out(self) -> None:
        self.setWindowTitle("Jointlight")
        self.setWindowIcon(application_icon())
        self.setMinimumSize(*SMALLEST_PX)
        self.resize(*FIRST_PX)
        self.setAcceptDrops(True)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.page, 1)
        layout.addWidget(self.strip)
        self.setCentralWidget(content)
        self.page.setFocus()  # no button carries a focus ring before the Tab key was used

    def _connect(self) -> None:
        self.control.starting.connect(self._on_starting)
        self.report.ended.connect(self.close)
        self.control.titled.connect(
            lambda title: self.setWindowTitle(f"{title} – Jointlight" if title else "Jointlight")
        )
        hints = QApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._on_system_colours)

    def _apply_settings(self) -> None:
        self._set_checked(ActionKey.HEAT, self._settings.now.heat)
        self.page.set_heat(self._settings.now.heat)
        self._set_checked(ActionKey.TIMINGS, self._settings.now.timings)
        self.page.set_timings(self._settings.now.timings)
        self._set_checked(ActionKey.MIRROR, self._settings.now.mirror_camera)
        self.page.set_mirrored(self._settings.now.mirror_camera)
        self._apply_theme(self._settings.now.theme)
        try:
            geometry = base64.b64decode(self._settings.now.geometry, validate=True)
        except ValueError:
            geometry = b""
        if geometry:
            self.restoreGeometry(QByteArray(geometry))  # damaged bytes change nothing

    def _open_video(self) -> None:
        dialog = QFileDialog(self, "Open a video", "", VIDEO_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.control.start_source)
        dialog.open()

    # View

    def _on_starting(self) -> None:
        """A camera is a mirror unless that was switched off; recorded pictures are not unless it was switched on."""
        now = self._settings.now
        is_mirrored = now.mirror_camera if self.control.kind is SourceKind.CAMERA else now.mirror_recorded
        self._set_checked(ActionKey.MIRROR, is_mirrored)
        self.page.set_mirrored(is_mirrored)
        self._set_checked(ActionKey.FREEZE, False)

    def _on_mirror(self) -> None:
        is_mirrored = self._is_checked(ActionKey.MIRROR)
        self.page.set_mirrored(is_mirrored)
        if self.control.kind is SourceKind.CAMERA:
            self._settings.remember(mirror_camera=is_mirrored)
        else:
            self._settings.remember(mirror_recorded=is_mirrored)
        self.page.toast.say("Mirror on" if is_mirrored else "Mirror off")

    def _on_heat(self) -> None:
        has_heat = self._is_checked(ActionKey.HEAT)
        self.page.set_heat(has_heat)
        self._settings.remember(heat=has_heat)
        self.page.toast.say("Heat on" if has_heat else "Heat off")

    def _on_timings(self) -> None:
        are_shown = self._is_checked(ActionKey.TIMINGS)
        self.page.set_timings(are_shown)
        self._settings.remember(timings=are_shown)

    def _on_full_screen(self) -> None:
        if self._is_checked(ActionKey.FULL_SCREEN):
            self.showFullScreen()
            self.page.toast.say("Esc leaves full screen")
        else:
            self._leave_full_screen()

    def _leave_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()

    def _on_theme(self) -> None:
        theme = self._settings.now.theme.following()
        self._settings.remember(theme=theme)
        self._apply_theme(theme)
        self.page.toast.say({"system": "Theme: as the system"}.get(theme, f"Theme: {theme}"))

    def _apply_theme(self, theme: ThemeChoice) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)

    def _on_system_colours(self) -> None:
        if self._settings.now.theme is ThemeChoice.SYSTEM:
            self._apply_theme(ThemeChoice.SYSTEM)

    # Small things

    def _is_checked(self, key: ActionKey) -> bool:
        return self.actions_by_key[key].isChecked()

    def _set_checked(self, key: ActionKey, is_checked: bool) -> None:
        self.actions_by_key[key].setChecked(is_checked)


def dropped_file(data: QMimeData | None) -> Path | None:
    """The one local file that is dragged, if it is exactly one."""
    if data is None or not data.hasUrls():
        return None
    urls = data.urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
