"""The curves of a clip as a strip under a video, with a line that moves along."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.explain.explained import GATE_SENTENCE, Explained
from core.explain.figure_curves import draw_beta, draw_scores, likeliest
from core.explain.fitting import families, fitted, quietly, wrapped
from core.explain.inks import INKS, Inks, Theme, rgb
from core.sources.source import Picture

PAGE_S: Final = 20.0  # a longer clip has several pages of curves, one after the other
_DPI: Final = 100
_LEFT, _RIGHT = 0.075, 0.70  # of the width: where curves begin and end
_SCORES, _BETA = (0.60, 0.33), (0.25, 0.25)  # of the height, from below: lower edge and height
_SMALLEST_PT: Final = 7.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """A page of curves, and where its times lie."""

    picture_bgr: Picture  # without the moving line
    first_s: float
    last_s: float  # times at the edges of the axes
    left_px: int
    right_px: int
    top_px: int
    bottom_px: int
    colour_bgr: tuple[int, int, int]

    def at(self, time_s: float) -> Picture:
        """The strip with the line at a time."""
        picture_bgr = self.picture_bgr.copy()
        share = (time_s - self.first_s) / (self.last_s - self.first_s)
        if 0 <= share <= 1:
            x = round(self.left_px + share * (self.right_px - self.left_px))
            wide = max(1, round(0.0008 * picture_bgr.shape[1]))
            picture_bgr[self.top_px : self.bottom_px, x - wide : x + wide] = self.colour_bgr
        return picture_bgr


def pages(explained: Explained) -> list[slice]:
    """The frames of each page; at least one frame each."""
    edges = np.arange(0.0, explained.duration_s, PAGE_S)
    starts = np.unique(np.searchsorted(explained.times_s, edges)).tolist() or [0]
    return [slice(*ends) for ends in zip(starts, [*starts[1:], len(explained)], strict=True)]


def draw_strip(explained: Explained, part: slice, *, width_px: int, height_px: int, theme: Theme = Theme.DARK) -> Strip:
    """A page of curves of that size in pixels."""
    inks = INKS[theme]
    with rc_context({"font.family": families()}), quietly():
        figure = Figure(figsize=(width_px / _DPI, height_px / _DPI), dpi=_DPI, facecolor=inks.ground)
        scores, beta = (figure.add_axes((_LEFT, low, _RIGHT - _LEFT, high)) for low, high in (_SCORES, _BETA))
        lines = likeliest(explained)
        draw_scores(scores, explained, lines, inks, part=part)
        draw_beta(beta, explained, (), inks, part=part)
        size_pt = max(_SMALLEST_PT, 0.066 * height_px * 72 / _DPI)
        _letters(scores, beta, size_pt=size_pt)
        _names(figure, explained, lines, inks, size_pt=size_pt)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib has no types for it
        picture_rgb = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]  # nor for this
    first_s, last_s = scores.get_xlim()
    red, green, blue = rgb(inks.ink)
    return Strip(
        picture_bgr=np.ascontiguousarray(picture_rgb[..., ::-1]),
        first_s=first_s,
        last_s=last_s,
        left_px=round(_LEFT * width_px),
        right_px=round(_RIGHT * width_px),
        top_px=round((1 - _SCORES[0] - _SCORES[1]) * height_px),
        bottom_px=round((1 - _BETA[0]) * height_px),
        colour_bgr=(blue, green, red),
    )


def _letters(scores: Axes, beta: Axes, *, size_pt: float) -> None:
    for axes in (scores, beta):
        axes.tick_params(labelsize=size_pt)
    beta.locator_params(axis="y", nbins=2, steps=[1, 2, 5, 10])
    beta.xaxis.label.set_fontsize(size_pt)


def _names(figure: Figure, explained: Explained, lines: list[int], inks: Inks, *, size_pt: float) -> None:
    """Whose curve each is, what the lower one is, and what attention is not."""
    width_in, height_in = figure.get_size_inches()
    left, room_in = _RIGHT + 0.025, (0.985 - _RIGHT - 0.025) * width_in
    line_in = 1.35 * size_pt / 72

    def say(text: str, top_in: float, *, x: float = left, colour: str = inks.ink, ha: str = "left") -> None:
        figure.text(
            x, 1 - top_in / height_in, text, fontsize=size_pt, color=colour, ha=ha, va="top", parse_math=False,
            linespacing=1.2,
        )  # fmt: skip

    for number, action in enumerate(lines):
        top_in = 0.04 * height_in + number * line_in
        y = 1 - (top_in + 0.55 * size_pt / 72) / height_in
        style: Any = (0, inks.dashes[number]) if inks.dashes[number] else "-"
        swatch_in = 2.2 * size_pt / 72
        figure.add_artist(
            Line2D(
                [left, left + swatch_in / width_in], [y, y], color=inks.lines[number], linewidth=2.2, linestyle=style
            )
        )
        name = fitted(explained.actions[action], room_in - 1.3 * swatch_in, size_pt=size_pt)
        say(name, top_in, x=left + 1.3 * swatch_in / width_in)
    below_in = (1 - _BETA[0] - _BETA[1]) * height_in
    kept = "" if explained.config.network.kept == 1 else " (area: counts in the answer)"
    gate = f"frame attention β{kept}" if explained.weighs_frames else "no frame gate: frames weigh alike"
    rows = wrapped(gate, room_in, size_pt=size_pt, lines=2)
    say(rows, below_in)
    joints = "" if explained.weighs_joints else "No joint gate: all joints weigh alike. "
    text = wrapped(f"{joints}{GATE_SENTENCE}", room_in, size_pt=size_pt, lines=4 if joints else 3)
    say(text, below_in + (1.1 + rows.count("\n")) * line_in, colour=inks.quiet)
