"""The row of key frames of a figure: bodies with heat, what they are, and lines to their moments."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from core.explain.explained import Explained
from core.explain.figure_body import View, draw_bodies, middle_of
from core.explain.figure_sheet import BODIES_TOP, HIGHEST_BODIES, LEFT, LOWEST_BODIES, RIGHT, ROW_TOP, Sheet
from core.explain.fitting import fitted, width_in, wrapped
from core.explain.heat import HeatScale
from core.skeleton.limbs import in_words

_WORDS_PT: Final = 9
_QUIET_PT: Final = 8.5


def bodies_high(view: View, count: int) -> float:
    """How high the row is in inches: as the bodies need it at the width that each of so many has."""
    per_metre = _column(count) / (2 * view.half_width_m)
    return min(max((view.high_m - view.low_m) * per_metre, LOWEST_BODIES), HIGHEST_BODIES)


def draw_key_frames(sheet: Sheet, explained: Explained, chosen: Sequence[int], view: View, scale: HeatScale) -> None:
    """Draw the bodies from left to right, with their numbers, times, betas and hottest joints."""
    wide = _column(len(chosen))
    for number, frame in enumerate(chosen):
        left = LEFT + number * wide
        axes = sheet.axes(left, BODIES_TOP, wide, sheet.bodies_high)
        _frame(axes, explained, frame, view, shape=sheet.bodies_high / wide)
        draw_bodies(axes, explained, frame, view=view, scale=scale, inks=sheet.inks, name=f"key{number + 1}")
        sheet.say(str(number + 1), left=left + wide / 2, top=ROW_TOP, size=11, fontweight="bold", ha="center")
        _words(sheet, explained, frame, middle=left + wide / 2, room=wide - 0.06)


def draw_leaders(sheet: Sheet, explained: Explained, chosen: Sequence[int], charts: Sequence[Axes]) -> None:
    """From each body down to its moment on the axes of time."""
    low, high = charts[0].get_xlim()
    wide = _column(len(chosen))
    for number, frame in enumerate(chosen):
        time_s = float(explained.times_s[frame])
        moment = LEFT + (time_s - low) / (high - low) * (RIGHT - LEFT)
        body = (LEFT + (number + 0.5) * wide, sheet.leaders_top)
        sheet.line(body, (moment, sheet.scores_top - 0.02), colour=sheet.inks.quiet, linewidth=0.7)
        for axes in charts:
            axes.axvline(time_s, color=sheet.inks.quiet, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0.5)


def _column(count: int) -> float:
    return (RIGHT - LEFT) / max(count, 1)


def _frame(axes: Axes, explained: Explained, frame: int, view: View, *, shape: float) -> None:
    """One scale for all bodies; `shape` is height to width of the axes."""
    axes.set_axis_off()
    high_m = max(view.high_m - view.low_m, 2 * view.half_width_m * shape)
    across, middle = middle_of(explained, frame), (view.low_m + view.high_m) / 2
    axes.set_xlim(across - high_m / shape / 2, across + high_m / shape / 2)
    axes.set_ylim(middle - high_m / 2, middle + high_m / 2)


def _words(sheet: Sheet, explained: Explained, frame: int, *, middle: float, room: float) -> None:
    time, beta = f"{explained.times_s[frame]:.2f} s", f"β {explained.beta[frame]:.2f}"
    said = f"{time}, {beta}"
    is_narrow = width_in(said, size_pt=_WORDS_PT) > room
    said = f"{fitted(time, room, size_pt=_WORDS_PT)}\n{fitted(beta, room, size_pt=_WORDS_PT)}" if is_narrow else said
    sheet.say(said, left=middle, top=sheet.words_top, size=_WORDS_PT, ha="center", linespacing=1.1)
    hottest = wrapped(_hottest(explained, frame), room, size_pt=_QUIET_PT, lines=1 if is_narrow else 2)
    top = sheet.words_top + (0.31 if is_narrow else 0.17)
    sheet.say(hottest, left=middle, top=top, size=_QUIET_PT, is_quiet=True, ha="center", linespacing=1.15)


def _hottest(explained: Explained, frame: int) -> str:
    """The joint with the most attention, in words."""
    if not explained.weighs_joints:
        return "joints alike"
    place = int(explained.alpha[frame].argmax())
    person, joint = divmod(place, len(explained.joints))
    who = f"{person + 1}: " if explained.persons > 1 else ""
    return f"{who}{in_words(explained.joints[joint])} {explained.heat[frame, place]:.1f}×"
