"""What each row of the table of actions does."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.actions import ActionKey
from app.page_key import PageKey
from app.widgets.palette import CommandPalette
from app.widgets.sheets import about_sheet
from app.widgets.shortcut_sheet import shortcut_sheet
from core.sources.choose import PERFORMER, SourceKind

if TYPE_CHECKING:
    from app.main_window import MainWindow

Handler = Callable[[], object]


class Handlers:
    """Joins the table with the controls; those of a page are a method each."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self.by_key: dict[ActionKey, Handler] = {
            **self._of_pages(),
            **self._of_sources(),
            **self._of_views(),
            **window.teaching.handlers(),
        }

    def _of_pages(self) -> dict[ActionKey, Handler]:
        show = self._window.show_page
        return {
            ActionKey.SHOW_LIVE: lambda: show(PageKey.LIVE),
            ActionKey.SHOW_RECORD: lambda: show(PageKey.RECORD),
            ActionKey.SHOW_LABEL: lambda: show(PageKey.LABEL),
            ActionKey.SHOW_TRAIN: lambda: show(PageKey.TRAIN),
            ActionKey.SHOW_LECTURE: lambda: show(PageKey.LECTURE),
        }

    def _of_sources(self) -> dict[ActionKey, Handler]:
        window, control, header = self._window, self._window.control, self._window.header
        return {
            ActionKey.CHOOSE_SOURCE: header.source_button.open_menu,
            ActionKey.OPEN_VIDEO: window.open_video,
            ActionKey.USE_CAMERA: control.use_camera,
            ActionKey.USE_PERFORMER: lambda: control.start_source(PERFORMER),
            ActionKey.REFRESH: control.refresh,
            ActionKey.TRY_AGAIN: control.try_again,
            ActionKey.CHOOSE_MODEL: self._choose_model,
            ActionKey.CANCEL: self._cancel,
        }

    def _of_views(self) -> dict[ActionKey, Handler]:
        window = self._window
        return {
            ActionKey.MIRROR: self._mirror,
            ActionKey.HEAT: self._heat,
            ActionKey.FREEZE: lambda: window.page.set_frozen(window.is_checked(ActionKey.FREEZE)),
            ActionKey.TIMINGS: self._timings,
            ActionKey.FULL_SCREEN: self._full_screen,
            ActionKey.LEAVE: self._leave,
            ActionKey.THEME: self._theme,
            ActionKey.PALETTE: lambda: CommandPalette(window, window.actions_by_key).open(),
            ActionKey.SHORTCUTS: lambda: shortcut_sheet(window, window.page_key).open(),
            ActionKey.ABOUT: lambda: about_sheet(window).open(),
            ActionKey.QUIT: window.close,
        }

    def _choose_model(self) -> None:
        button = self._window.header.model_button
        if not button.isVisible():  # in full screen there is no header, and not every page has this
            self._window.show_page(PageKey.LIVE)
        if button.isVisible():
            button.open_menu()

    def _cancel(self) -> None:
        if not self._window.teaching.cancel(self._window.page_key):
            self._window.control.cancel()

    def _mirror(self) -> None:
        window = self._window
        is_mirrored = window.is_checked(ActionKey.MIRROR)
        window.set_mirrored(is_mirrored)
        if window.control.kind is SourceKind.CAMERA:
            window.settings.remember(mirror_camera=is_mirrored)
        else:
            window.settings.remember(mirror_recorded=is_mirrored)
        window.say("Mirror on" if is_mirrored else "Mirror off")

    def _heat(self) -> None:
        window = self._window
        has_heat = window.is_checked(ActionKey.HEAT)
        window.page.set_heat(has_heat)
        window.teaching.set_heat(has_heat)
        window.settings.remember(heat=has_heat)
        window.say("Heat on" if has_heat else "Heat off")

    def _timings(self) -> None:
        are_shown = self._window.is_checked(ActionKey.TIMINGS)
        self._window.page.set_timings(are_shown)
        self._window.settings.remember(timings=are_shown)

    def _full_screen(self) -> None:
        window = self._window
        if window.is_checked(ActionKey.FULL_SCREEN):
            window.showFullScreen()
            window.say("Esc leaves full screen")
        elif window.isFullScreen():
            window.showNormal()

    def _leave(self) -> None:
        if self._window.teaching.leave(self._window.page_key):
            return
        if self._window.isFullScreen():
            self._window.showNormal()

    def _theme(self) -> None:
        window = self._window
        theme = window.settings.now.theme.following()
        window.settings.remember(theme=theme)
        window.apply_theme(theme)
        window.say({"system": "Theme: as the system"}.get(theme, f"Theme: {theme}"))
