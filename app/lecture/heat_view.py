"""How attention is coloured on the lecture page: colours, range, trails, and what the pictures are told of it."""

from dataclasses import replace

from app.lecture.programme import RangeChoice
from app.pages.lecture import LecturePage
from app.widgets.chart_rows import mean_heat
from app.widgets.video_view import Display, Span
from core.explain.explained import Explained
from core.explain.heat import TIMES_UNIFORM, HeatScale, Palette, scale_of


class HeatView:
    """For the GUI thread."""

    def __init__(self, page: LecturePage) -> None:
        self._page = page
        self.palette, self.range = Palette.INFERNO, RangeChoice.FIXED
        self._of: tuple[Explained, HeatScale] | None = None  # the range of a clip is worked out once

    def next_palette(self) -> Palette:
        """The one that comes after the present one; it goes round."""
        order = list(Palette)
        return order[(order.index(self.palette) + 1) % len(order)]

    def next_range(self) -> RangeChoice:
        """The one that comes after the present one; it goes round."""
        order = list(RangeChoice)
        return order[(order.index(self.range) + 1) % len(order)]

    def scale(self, explained: Explained | None) -> HeatScale:
        """Colours and range of the heat of a clip; those of each frame are the picture's own."""
        if self.range is not RangeChoice.CLIP or explained is None:
            return replace(TIMES_UNIFORM, palette=self.palette)
        if self._of is None or self._of[0] is not explained:
            self._of = (explained, scale_of(explained.heat, of="this clip"))
        return replace(self._of[1], palette=self.palette)

    def set_display(self, *, has_heat: bool | None = None, has_trails: bool | None = None) -> None:
        """Heat and trails on both pictures."""
        for view in (self._page.video, self._page.second):
            display = view.display
            view.set_display(
                replace(
                    display,
                    has_heat=display.has_heat if has_heat is None else has_heat,
                    has_trails=display.has_trails if has_trails is None else has_trails,
                )
            )
        self._page.legend.set_active(self._page.video.display.has_heat)

    def apply(
        self, explained: Explained | None, other: Explained | None, stretch_s: tuple[float, float] | None
    ) -> None:
        """Show pictures and legend so; each picture says in its corner where it shows the mean of the stretch."""
        scale = self.scale(explained)
        span = Span.FRAME if self.range is RangeChoice.FRAME else Span.FIXED
        for view, shown in ((self._page.video, explained), (self._page.second, other)):
            view.set_display(replace(view.display, scale=scale, span=span, chip=_chip(shown, stretch_s)))
        self._page.legend.set_scale(self._page.video.shown_scale())

    def of_live(self, display: Display) -> Display:
        """How a live picture is shown alike: its clip is what the window of the network holds now."""
        spans = {RangeChoice.CLIP: Span.WINDOW, RangeChoice.FRAME: Span.FRAME}
        has_trails = self._page.video.display.has_trails
        scale = replace(TIMES_UNIFORM, palette=self.palette)
        return replace(display, scale=scale, span=spans.get(self.range, Span.FIXED), has_trails=has_trails)


def _chip(explained: Explained | None, stretch_s: tuple[float, float] | None) -> str:
    """A clip that ends before the stretch has no mean of it, and shows each frame for itself."""
    if explained is None or stretch_s is None or mean_heat(explained, *stretch_s) is None:
        return ""
    return "Mean of {:.2f} to {:.2f} s".format(*stretch_s)
