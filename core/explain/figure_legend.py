"""The legend of a figure: what colour, size and hollowness of a joint mean, with numbers."""

import numpy as np

from core.explain.explained import Explained
from core.explain.figure_body import draw_mark
from core.explain.figure_sheet import Sheet
from core.explain.fitting import wrapped
from core.explain.heat import HeatScale, heat_colours_rgb, heat_gradient_rgb, heat_radii

_LARGEST_IN = 0.105
_HIGH_IN = 1.95
_STEPS = 128


def draw_heat_legend(
    sheet: Sheet, explained: Explained, scale: HeatScale, *, left: float, top: float, width: float
) -> None:
    """Draw it at inches from the left and from the top, so wide; without a joint gate it says so in words."""
    inks = sheet.inks
    axes = sheet.axes(left, top, width, _HIGH_IN)
    axes.set_axis_off()
    axes.set_xlim(0, width)  # inches
    axes.set_ylim(_HIGH_IN, 0)
    axes.set_gid("legend")

    def say(text: str, y: float, *, size: float = 9, x: float = 0.0, colour: str = inks.ink, ha: str = "left") -> None:
        axes.text(x, y, text, fontsize=size, color=colour, ha=ha, va="top", parse_math=False, linespacing=1.25)

    count = explained.alpha.shape[1]
    say("joint attention α", 0.0, size=10)
    say(f"{scale.unit}  (1 = 1/{count})", 0.2, colour=inks.quiet)
    ticks = np.asarray(scale.ticks)
    inset = _LARGEST_IN + 0.02
    places = inset + scale.fraction(ticks) * (width - 2 * inset)
    radii = heat_radii(ticks, largest=_LARGEST_IN, scale=scale)
    colours = heat_colours_rgb(ticks, scale)
    for tick, x, radius, colour in zip(ticks.tolist(), places.tolist(), radii.tolist(), colours.tolist(), strict=True):
        draw_mark(
            axes, np.array([x, 0.56]), radius=radius, colour="#{:02x}{:02x}{:02x}".format(*colour), is_hollow=False,
            inks=inks,
        )  # fmt: skip
        say(scale.label(tick), 0.84, x=x, ha="center")
    bar = heat_gradient_rgb(_STEPS, scale.palette)[None]
    axes.imshow(bar, extent=(inset, width - inset, 0.8, 0.71), aspect="auto", interpolation="bilinear", zorder=0)
    axes.set_xlim(0, width)
    axes.set_ylim(_HIGH_IN, 0)
    row = 1.16
    for x, label, is_hollow in ((0.03, "guessed", True), (0.98, "not used", False)):
        draw_mark(axes, np.array([x + 0.06, row]), radius=0.055, colour=inks.unused, is_hollow=is_hollow, inks=inks)
        say(label, row - 0.07, x=x + 0.18, colour=inks.quiet)
    below = row + 0.18
    if scale.note:
        say(scale.note, below, colour=inks.ink)
        below += 0.18
    if not explained.weighs_joints:
        text = "This network has no joint gate: all joints weigh alike."
        say(wrapped(text, width, size_pt=9, lines=3), below)
