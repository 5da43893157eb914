"""The window: joins the page, the header, the table of actions, the settings and the bridge."""

import base64
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QByteArray, QEvent, QMimeData, Qt
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QMainWindow, QVBoxLayout, QWidget
from typing_extensions import override

from app.actions import ActionKey, make_actions
from app.bridges.backend import Backend, Offers, Request
from app.bridges.background import Background
from app.bridges.live import LiveBridge
from app.bridges.options import LaunchOptions
from app.icons import application_icon
from app.messages import NO_CAMERA, failure, preparing
from app.pages.live import LivePage
from app.settings import load_settings, save_settings
from app.sources import CAMERA, SourceKind, source_kind, source_title
from app.theme import ThemeChoice, apply_theme
from app.widgets.header import Header
from app.widgets.sheets import about_sheet, shortcuts_sheet
from app.widgets.status_strip import StatusStrip
from core.errors import JointlightError
from core.live.results import SessionState
from core.paths import DEFAULT_MODEL, log_dir

STATUS_EVERY_S = 0.1
STRIP_EVERY_S = 0.5
HINT_MS = 6000
SMALLEST_PX = (900, 600)
FIRST_PX = (1280, 800)
VIDEO_FILTER = "Videos (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.wmv);;All files (*)"

log = logging.getLogger(__name__)


def error_text(error: BaseException) -> str:
    """What to say about an exception: ours speak for themselves, others are bugs and point to the log."""
    if isinstance(error, JointlightError):
        return str(error)
    return f"Something unexpected went wrong ({type(error).__name__}: {error}). The log in {log_dir()} has more."


class MainWindow(QMainWindow):
    """The one window. Closing it stops the session and leaves no thread."""

    def __init__(self, backend: Backend, options: LaunchOptions | None = None) -> None:
        super().__init__()
        self._options = options if options is not None else LaunchOptions()
        self._backend = backend
        self._settings = load_settings()
        self._offers = Offers()
        self._request = Request(source="", model=self._options.model or self._settings.model)
        self._wants_camera = False
        self._status_due_s = self._strip_due_s = 0.0
        self.setObjectName("main_window")
        self.actions_by_key = make_actions(self, self._handlers())
        self.bridge = LiveBridge(backend, self)
        self._look = Background("look-for-cameras", self)
        self.header = Header(self.actions_by_key)
        self.page = LivePage(self.actions_by_key)
        self.strip = StatusStrip()
        self._lay_out()
        self._connect()
        self._apply_settings()

    @property
    def request(self) -> Request:
        """What was started last."""
        return self._request

    def begin(self) -> None:
        """Start with the wanted source: as asked, else as last time, else the first camera."""
        source = self._options.source or self._settings.source
        if source in ("", CAMERA):
            self._start_first_camera()
        else:
            self.start_source(source, is_remembered=False)
            self._look_for_offers()
        if not self._settings.hint_seen:
            self.page.toast.say("F1 shows all keys: M mirrors, H shows the heat, Space freezes", shown_ms=HINT_MS)
            self._remember(hint_seen=True)

    def start_source(self, source: str, *, is_remembered: bool = True) -> None:
        """Show another source; `source` is written as on the command line."""
        self._wants_camera = False
        self._request = replace(self._request, source=source)
        if is_remembered:
            self._remember(source=source)
        self._show_source(source_title(source, self._offers))
        kind = source_kind(source)
        self._set_checked(
            ActionKey.MIRROR,
            self._settings.mirror_camera if kind is SourceKind.CAMERA else self._settings.mirror_recorded,
        )
        self.page.set_mirrored(self._is_checked(ActionKey.MIRROR))
        self._start()

    def start_model(self, model: str) -> None:
        """Use another model for the same source."""
        self._request = replace(self._request, model=model)
        self._remember(model=model)
        self._show_model()
        if self._request.source:
            self._start()

    def say_unexpected(self, error: BaseException) -> None:
        """Show a bug of ours as a message instead of dying from it."""
        self.page.set_notice(failure(error_text(error)))

    # Qt events

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        if not self.isFullScreen():
            self._remember(geometry=base64.b64encode(self.saveGeometry().data()).decode("ascii"))
        self._look.close(0.0)
        self.bridge.close()
        self._look.close(0.5)
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
            self.start_source(str(path))

    # Set-up

    def _handlers(self) -> dict[ActionKey, Callable[[], None]]:
        return {
            ActionKey.CHOOSE_SOURCE: lambda: self.header.source_button.open_menu(),
            ActionKey.OPEN_VIDEO: self._open_video,
            ActionKey.USE_CAMERA: self._use_camera,
            ActionKey.USE_PERFORMER: lambda: self.start_source("performer"),
            ActionKey.REFRESH: self._refresh,
            ActionKey.TRY_AGAIN: self._try_again,
            ActionKey.CHOOSE_MODEL: lambda: self.header.model_button.open_menu(),
            ActionKey.CANCEL: self._cancel,
            ActionKey.MIRROR: self._on_mirror,
            ActionKey.HEAT: self._on_heat,
            ActionKey.FREEZE: lambda: self.page.set_frozen(self._is_checked(ActionKey.FREEZE)),
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
        self.header.source_chosen.connect(self.start_source)
        self.header.model_chosen.connect(self.start_model)
        self.page.painted.connect(self.bridge.note_painted)
        self.bridge.changed.connect(self._on_changed)
        self.bridge.preparing.connect(lambda text, fraction: self.page.set_notice(preparing(text, fraction)))
        self.bridge.failed.connect(lambda error: self.page.set_notice(failure(error_text(error))))
        self._look.finished.connect(self._on_offers)
        self._look.failed.connect(self._on_look_failed)
        hints = QApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._on_system_colours)

    def _apply_settings(self) -> None:
        self._set_checked(ActionKey.HEAT, self._settings.heat)
        self.page.set_heat(self._settings.heat)
        self._set_checked(ActionKey.MIRROR, self._settings.mirror_camera)
        self.page.set_mirrored(self._settings.mirror_camera)
        self._show_model()
        self._show_source("Source")
        self._apply_theme(self._settings.theme)
        try:
            geometry = base64.b64decode(self._settings.geometry, validate=True)
        except ValueError:
            geometry = b""
        if geometry:
            self.restoreGeometry(QByteArray(geometry))  # damaged bytes change nothing

    # Running

    def _start(self) -> None:
        self._set_checked(ActionKey.FREEZE, False)
        self._status_due_s = self._strip_due_s = 0.0
        self.page.reset(is_camera=source_kind(self._request.source) is SourceKind.CAMERA)
        self.bridge.start(self._request)

    def _try_again(self) -> None:
        if self._request.source:
            self._start()
        else:
            self._start_first_camera()

    def _cancel(self) -> None:
        self._wants_camera = False
        self._look.cancel()
        self.bridge.stop()

    def _on_changed(self) -> None:
        """There may be a new result or state: look, and paint only what is new."""
        if self.bridge.is_preparing:
            return
        self.page.set_notice(None)
        self.page.show_result(self.bridge.latest())
        now_s = time.monotonic()
        if now_s < self._status_due_s and not self.bridge.is_idle:
            return
        self._status_due_s = now_s + STATUS_EVERY_S
        status = self.bridge.status()
        self.page.show_status(status)
        if now_s >= self._strip_due_s or status.state is not SessionState.RUNNING:
            self._strip_due_s = now_s + STRIP_EVERY_S
            self.strip.show_status(status)
            if status.source is not None:
                self._show_source(status.source.label)

    def _show_source(self, title: str) -> None:
        kind = source_kind(self._request.source)
        self.header.show_source(self._request.source, title, icon_name=kind.icon)
        self.setWindowTitle(f"{title} – Jointlight" if self._request.source else "Jointlight")

    def _show_model(self) -> None:
        self.header.show_model(self._request.model or DEFAULT_MODEL, self._model_title())

    def _model_title(self) -> str:
        wanted = self._request.model or DEFAULT_MODEL
        found = (choice.title for choice in self._offers.models if choice.key == wanted)
        return next(found, Path(wanted).name)

    # Cameras and models that can be chosen

    def _look_for_offers(self) -> None:
        self._look.run(lambda _report: self._backend.look())

    def _use_camera(self) -> None:
        self._remember(source="")
        self._start_first_camera()

    def _start_first_camera(self) -> None:
        self._wants_camera = True
        self.page.set_notice(preparing("Looking for cameras", None))
        self._look_for_offers()

    def _refresh(self) -> None:
        if not self._request.source:
            self._start_first_camera()
            return
        self.page.toast.say("Looking for cameras and models")
        self._look_for_offers()

    def _on_offers(self, offers: object) -> None:
        if isinstance(offers, Offers):
            self._offers = offers
            self.header.set_offers(offers)
            self._show_model()
        if not self._wants_camera:
            return
        self._wants_camera = False
        if self._offers.cameras:
            self.start_source(self._offers.cameras[0].key, is_remembered=False)  # the next start may find another
        else:
            self.bridge.stop()
            self.page.reset()
            self._request = replace(self._request, source="")
            self._show_source("Source")
            self.page.set_notice(NO_CAMERA)

    def _on_look_failed(self, error: object) -> None:
        self._wants_camera = False
        if isinstance(error, BaseException):
            self.page.set_notice(failure(error_text(error)))

    def _open_video(self) -> None:
        dialog = QFileDialog(self, "Open a video", "", VIDEO_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.start_source)
        dialog.open()

    # View

    def _on_mirror(self) -> None:
        is_mirrored = self._is_checked(ActionKey.MIRROR)
        self.page.set_mirrored(is_mirrored)
        if source_kind(self._request.source) is SourceKind.CAMERA:
            self._remember(mirror_camera=is_mirrored)
        else:
            self._remember(mirror_recorded=is_mirrored)
        self.page.toast.say("Mirror on" if is_mirrored else "Mirror off")

    def _on_heat(self) -> None:
        has_heat = self._is_checked(ActionKey.HEAT)
        self.page.set_heat(has_heat)
        self._remember(heat=has_heat)
        self.page.toast.say("Heat on" if has_heat else "Heat off")

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
        theme = self._settings.theme.following()
        self._remember(theme=theme)
        self._apply_theme(theme)
        self.page.toast.say({"system": "Theme: as the system"}.get(theme, f"Theme: {theme}"))

    def _apply_theme(self, theme: ThemeChoice) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)

    def _on_system_colours(self) -> None:
        if self._settings.theme is ThemeChoice.SYSTEM:
            self._apply_theme(ThemeChoice.SYSTEM)

    # Small things

    def _is_checked(self, key: ActionKey) -> bool:
        return self.actions_by_key[key].isChecked()

    def _set_checked(self, key: ActionKey, is_checked: bool) -> None:
        self.actions_by_key[key].setChecked(is_checked)

    def _remember(self, **changes: object) -> None:
        self._settings = replace(self._settings, **changes)  # type: ignore[arg-type]  # names and types as in Settings
        save_settings(self._settings)


def dropped_file(data: QMimeData | None) -> Path | None:
    """The one local file that is dragged, if it is exactly one."""
    if data is None or not data.hasUrls():
        return None
    urls = data.urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
