"""A slim bar below a picture: the segments of a recording in the colours of their actions, and a playhead."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.explain.action_colours import UNKNOWN_RGB, ColourRgb
from core.explain.lettering import DARK, WHITE, draw_panel
from core.explain.panels import MARGIN, TRACK, Grid
from core.skeleton.segment import Segment
from core.sources.source import Picture

MOST_LANES: Final = 3
_HEIGHT = 5.0  # hundredths of the picture's height
_BARS: Final = (1.8, 1.4, 1.2)  # height of a lane, by how many there are
_NARROWEST_PX: Final = 2  # of a segment


def lanes(segments: Sequence[Segment]) -> list[int]:
    """The lane of each segment, such that those that overlap lie in different ones; from the fourth on they share."""
    ends_s = [float("-inf")] * MOST_LANES
    found = [0] * len(segments)
    for number in sorted(range(len(segments)), key=lambda number: (segments[number].start_s, number)):
        start_s = segments[number].start_s
        free = [lane for lane in range(MOST_LANES) if ends_s[lane] <= start_s]
        lane = free[0] if free else MOST_LANES - 1
        ends_s[lane] = max(ends_s[lane], segments[number].end_s)
        found[number] = lane
    return found


class Timeline:
    """Drawn once for a recording; `drawn_at` adds the playhead."""

    def __init__(
        self, segments: Sequence[Segment], *, duration_s: float, colours_rgb: Mapping[str, ColourRgb], grid: Grid
    ) -> None:
        """For pictures with that grid. Segments may go past `duration_s`, where the bar ends."""
        self._duration_s = max(duration_s, 1e-3)
        self._left_px = grid.px(MARGIN)
        self._span_px = max(1, grid.width_px - 2 * self._left_px)
        self.height_px = 2 * (grid.px(_HEIGHT) // 2)
        self._plain_bgr = np.full((self.height_px, grid.width_px, 3), DARK, np.uint8)
        places = lanes(segments)
        count = 1 + max(places, default=0)
        bar_px = max(1, grid.px(_BARS[count - 1]))
        all_px = bar_px * count
        top_px = (self.height_px - all_px) // 2
        draw_panel(
            self._plain_bgr, left_px=self._left_px, top_px=top_px, width_px=self._span_px, height_px=all_px,
            radius_px=2, colour_bgr=TRACK,
        )  # fmt: skip
        for segment, lane in zip(segments, places, strict=True):
            start_px = self._x_px(segment.start_s)
            end_px = max(self._x_px(segment.end_s), start_px + _NARROWEST_PX)
            lane_px = top_px + lane * bar_px
            colour_rgb = colours_rgb.get(segment.action, UNKNOWN_RGB)
            self._plain_bgr[lane_px : lane_px + bar_px, start_px:end_px] = colour_rgb[::-1]

    def drawn_at(self, time_s: float) -> Picture:
        """The bar (height, width, 3) with the playhead at a time."""
        picture_bgr = self._plain_bgr.copy()
        thick = max(2, self.height_px // 12)
        middle_px = self._x_px(time_s)
        picture_bgr[:, max(0, middle_px - thick // 2 - 1) : middle_px - thick // 2 + thick + 1] = DARK
        picture_bgr[:, max(0, middle_px - thick // 2) : middle_px - thick // 2 + thick] = WHITE
        return picture_bgr

    def _x_px(self, time_s: float) -> int:
        share = min(max(time_s / self._duration_s, 0.0), 1.0)
        return self._left_px + round(share * self._span_px)
