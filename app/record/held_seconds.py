"""The last seconds, held while pictures are seen, and what the record page says of them and of the disk."""

from PyQt6.QtCore import QObject, QTimer

from app.live_control import LiveControl
from app.pages.record import RecordPage
from app.record.take_keeper import TakeKeeper
from core.library.disk import DiskGuard, expected_bytes_s
from core.library.library import Library
from core.live.held import HeldClip
from core.live.preroll import PreRoll
from core.sources.source import SourceInfo

LOOK_MS = 1000
HELD_S, HELD_BYTES = 30.0, 192 * 2**20  # that can be looked at again
KEPT_S = 10.0  # of it, that the key B keeps


class HeldSeconds(QObject):
    """For the GUI thread; none of its methods waits."""

    def __init__(self, page: RecordPage, live: LiveControl, keeper: TakeKeeper) -> None:
        super().__init__(page)
        self._page, self._live, self._keeper = page, live, keeper
        self._preroll: PreRoll | None = None
        self._last: HeldClip | None = None  # what was seen before the page was left
        self._library: Library | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def frames(self) -> int:
        """How many pictures could be kept now."""
        return 0 if self._preroll is None else self._preroll.status().frames

    def hold(self, *, is_seen: bool) -> None:
        """Hold them from now on, or no longer."""
        if not is_seen:
            self._timer.stop()
            preroll, self._preroll = self._preroll, None
            if preroll is not None:
                self._last = preroll.held()
                self._keeper.let_go(preroll)
        elif self._preroll is None:
            self._preroll, self._last = PreRoll(seconds=HELD_S, most_bytes=HELD_BYTES), None
            self._live.bridge.listeners.attach(self._preroll)
            self._timer.start()

    def keep(self, library: Library, *, person: str, persons: int) -> None:
        """Make a take of them."""
        if self._preroll is not None:
            source = self._live.bridge.status().source
            self._keeper.keep(self._preroll, library, person=person, persons=persons, source=source, seconds=KEPT_S)

    def clip(self) -> HeldClip | None:
        """They, to be looked at; after the page was left what was seen last."""
        return self._last if self._preroll is None else self._preroll.held()

    def clear(self) -> None:
        """Forget them."""
        if self._preroll is not None:
            self._preroll.clear()

    def show_library(self, library: Library | None) -> None:
        """It is recorded into another library."""
        self._library = library

    def _look(self) -> None:
        held = self._preroll.status() if self._preroll is not None else None
        if held is not None:
            self._page.held.setText(
                held.problem or (f"The last {min(KEPT_S, held.seconds):.0f} s can be kept" if held.frames else "")
            )
        source = self._live.bridge.status().source
        if self._library is not None and source is not None:
            self._page.disk.setText(disk_text(self._library, source))


def disk_text(library: Library, source: SourceInfo) -> str:
    """How long the disk of a library lasts for what a source delivers."""
    bytes_s = expected_bytes_s(width_px=source.width_px, height_px=source.height_px, rate_hz=source.rate_hz)
    state = DiskGuard(library.folder).state(bytes_s=bytes_s)
    if state is None or state.text:
        return "" if state is None else state.text
    minutes = state.minutes
    return f"Room for {minutes:.0f} minutes" if minutes < 120 else f"Room for {minutes / 60:.0f} hours"
