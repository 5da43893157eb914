"""What runs and what is said about it: from a chosen source to results on the page."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.backend import Backend, Choice, Offers, Request
from app.bridges.background import Background
from app.bridges.live import LiveBridge
from app.messages import NO_CAMERA, Message, error_text, failure, preparing
from app.pages.live import LivePage
from app.settings import SettingsStore
from app.sources import icon_name, kind_of, source_title
from app.widgets.header import Header
from app.widgets.status_strip import StatusStrip
from app.widgets.toast import Toast
from core.errors import ModelError
from core.live.results import LiveResult, SessionState, SessionStatus
from core.paths import DEFAULT_MODEL
from core.sources.choose import CAMERA, SourceKind
from core.sources.source import Frame

STATUS_EVERY_S = 0.1
STRIP_EVERY_S = 0.5
_GOING_ON = (SessionState.STARTING, SessionState.RUNNING, SessionState.LOST)
LEAVE_S = 1.8  # how long closing waits in all; the window must be gone after 2 s


class Audience(Protocol):
    """A page on which a session is seen."""

    toast: Toast

    def reset(self, *, is_camera: bool = True) -> None:
        """Forget the picture."""
        ...

    def show_result(self, result: LiveResult | None) -> None:
        """Show a result."""
        ...

    def prepare(self, upcoming: Frame | None) -> None:
        """Get a picture ready."""
        ...

    def show_status(self, status: SessionStatus) -> None:
        """Say what is wrong, if anything is."""
        ...

    def set_notice(self, notice: Message | None) -> None:
        """A message before whatever the session says."""
        ...


class LiveControl(QObject):
    """Starts and stops the session, and brings its results to page, header and strip. For the GUI thread.

    Signals:
        model_started(): another model is in use.
        offered(tuple): the models that there are, as Choices.
        starting(): another source or model begins, or the same again.
        titled(str): the name of the source; "" where there is none.
    """

    starting = pyqtSignal()
    offered = pyqtSignal(object)
    model_started = pyqtSignal()
    titled = pyqtSignal(str)

    def __init__(
        self,
        backend: Backend,
        settings: SettingsStore,
        *,
        model: str,
        page: LivePage,
        header: Header,
        strip: StatusStrip,
    ) -> None:
        super().__init__(page)
        self._backend, self._settings = backend, settings
        self._page, self._header, self._strip = page, header, strip
        self._offers = Offers()
        self._request = Request(source="", model=model)
        self._kind = SourceKind.CAMERA
        self._wants_camera = False
        self._status_due_s = self._strip_due_s = 0.0
        self._leave_by_s: float | None = None
        self._audience: Audience = page
        self._notice: Message | None = None
        self._is_suspended = False
        self.others: list[Audience] = []  # pages besides the live one on which it can be seen
        self.bridge = LiveBridge(backend, self)
        self._look = Background("look-for-cameras", self)
        self._connect()
        self._show_model()
        self._show_source("")

    @property
    def request(self) -> Request:
        """What was started last."""
        return self._request

    @property
    def kind(self) -> SourceKind:
        """Camera, video or performer."""
        return self._kind

    def show_on(self, audience: Audience) -> None:
        """From now on the session is seen on that page; it runs on, or again where it was suspended."""
        self._audience = audience
        if self._is_suspended:
            self._is_suspended = False
            self.try_again()
        else:
            audience.set_notice(self._notice)
            if self._notice is None:
                audience.show_result(self.bridge.latest())  # first, so that no message flashes over it
                audience.show_status(self.bridge.status())

    def suspend(self) -> None:
        """Release camera and networks while nobody looks; `show_on` starts the same again."""
        is_wanted = self._wants_camera or self.bridge.is_preparing or self.bridge.status().state in _GOING_ON
        if is_wanted and not self._is_suspended:
            self._is_suspended, self._wants_camera = True, False
            self.bridge.stop()

    def begin(self, source: str) -> None:
        """Start with a source, or with the first camera for ""; what there is to choose from is looked up meanwhile."""
        if not source or (source == CAMERA and kind_of(source) is SourceKind.CAMERA):
            self._start_first_camera()
        else:
            self.start_source(source, is_remembered=False)
            self.look_for_offers()

    def start_source(self, source: str, *, is_remembered: bool = True) -> None:
        """Show another source; `source` is written as on the command line."""
        self._wants_camera = False
        self._is_suspended = False
        self._request, self._kind = replace(self._request, source=source), kind_of(source)
        if is_remembered:
            self._settings.remember(source=source)
        self._show_source(source_title(source, self._offers))
        self._start()

    def start_model(self, model: str) -> None:
        """Use another model for the same source."""
        self._request = replace(self._request, model=model)
        self._settings.remember(model=model)
        self._show_model()
        self.model_started.emit()
        if self._request.source and not self._is_suspended:
            self._start()

    def use_camera(self) -> None:
        """Go to the first camera, now and at the next start."""
        self._settings.remember(source="")
        self._start_first_camera()

    def try_again(self) -> None:
        """Start the same once more."""
        if self._request.source:
            self._start()
        else:
            self._start_first_camera()

    def refresh(self) -> None:
        """Look again for cameras and models."""
        if not self._request.source:
            self._start_first_camera()
            return
        self._audience.toast.say("Looking for cameras and models")
        self.look_for_offers()

    def cancel(self) -> None:
        """Stop what runs or is being fetched."""
        self._wants_camera = False
        self._look.cancel()
        self.bridge.stop()

    def show_own_models(self, models: tuple[Choice, ...]) -> None:
        """Offer the models of the library that is open as well."""
        self._show_offers(replace(self._offers, own_models=models))

    def close(self) -> None:
        """Stop and wait for all threads, `LEAVE_S` in all, however often; what is stuck then ends with the program."""
        self._look.cancel()
        self.bridge.close(self.left_s())
        self._look.close(self.left_s())

    def left_s(self) -> float:
        """How long whoever closes the window may still wait, from the first time that this is asked."""
        if self._leave_by_s is None:
            self._leave_by_s = time.monotonic() + LEAVE_S
        return max(0.0, self._leave_by_s - time.monotonic())

    def say_error(self, error: object) -> None:
        """Say what went wrong: over an empty stage as a message, beside a running picture as a note."""
        text = error_text(error)
        if self.bridge.is_idle and not self.bridge.is_preparing:
            self._say_over(failure(text, is_model=isinstance(error, ModelError)))
        else:
            self._audience.toast.say(text, shown_ms=8000)

    def _connect(self) -> None:
        self._header.source_chosen.connect(self.start_source)
        self._header.model_chosen.connect(self.start_model)
        self._page.painted.connect(self.bridge.note_painted)
        self.bridge.changed.connect(self._on_changed)
        self.bridge.preparing.connect(lambda text, fraction: self._say_over(preparing(text, fraction)))
        self.bridge.failed.connect(self.say_error)
        self._look.finished.connect(self._on_offers)
        self._look.failed.connect(self._on_look_failed)

    def _start(self) -> None:
        self._status_due_s = self._strip_due_s = 0.0
        self.starting.emit()
        for audience in (self._page, *self.others):
            audience.reset(is_camera=self.kind is SourceKind.CAMERA)
        self.bridge.start(self._request)

    def _on_changed(self) -> None:
        """There may be a new result or state: look, and paint only what is new."""
        if self.bridge.is_preparing:
            return
        self._say_over(None)
        self._audience.show_result(self.bridge.latest())
        self._audience.prepare(self.bridge.upcoming())
        now_s = time.monotonic()
        if now_s < self._status_due_s and not self.bridge.is_idle:
            return
        self._status_due_s = now_s + STATUS_EVERY_S
        status = self.bridge.status()
        self._audience.show_status(status)
        if now_s >= self._strip_due_s or status.state is not SessionState.RUNNING:
            self._strip_due_s = now_s + STRIP_EVERY_S
            self._strip.show_status(status)
            self._page.show_timings(status)
            if status.source is not None:
                self._show_source(status.source.label)

    def _say_over(self, notice: Message | None) -> None:
        self._notice = notice
        self._audience.set_notice(notice)

    def _show_source(self, title: str) -> None:
        self._header.show_source(self._request.source, title or "Source", icon_name=icon_name(self.kind))
        self.titled.emit(title)

    def _show_model(self) -> None:
        wanted = self._request.model or DEFAULT_MODEL
        offered = (*self._offers.own_models, *self._offers.models)
        found = (choice.title for choice in offered if choice.key == wanted)
        self._header.show_model(wanted, next(found, Path(wanted).name))

    def look_for_offers(self) -> None:
        """Look again for what there is to choose from, models too."""
        self._look.run(lambda _report: self._backend.look())

    def _start_first_camera(self) -> None:
        self._wants_camera = True
        if self.bridge.is_idle:
            self._say_over(preparing("Looking for cameras", None))
        self.look_for_offers()

    def _on_offers(self, offers: object) -> None:
        if not isinstance(offers, Offers):
            return
        self._show_offers(replace(offers, own_models=self._offers.own_models))
        if self._wants_camera:
            self._wants_camera = False
            self._start_camera_of(offers)

    def _show_offers(self, offers: Offers) -> None:
        self._offers = offers
        self._header.set_offers(offers)
        self.offered.emit((*offers.own_models, *offers.models))
        self._show_model()

    def _start_camera_of(self, offers: Offers) -> None:
        if offers.cameras:
            self.start_source(offers.cameras[0].key, is_remembered=False)  # the next start may find another
        elif self.bridge.is_idle:
            self._say_over(NO_CAMERA)
        else:
            self._audience.toast.say(NO_CAMERA.title)

    def _on_look_failed(self, error: object) -> None:
        self._wants_camera = False
        self.say_error(error)
