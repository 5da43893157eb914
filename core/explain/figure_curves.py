"""The curves of a figure: the running answer, and the frame gate, over one axis of time."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.explain.explained import Explained
from core.explain.inks import Inks

CURVES: Final = 4
# Of a clip that is longer than that, and than its answer so many times over, as much around its answer is drawn: key
# frames would lie on each other, and the curves would be a band.
_MOST_S, _MOST_SPANS = 12.0, 4
_SMALL_PT: Final = 9
_SCORES_ID, _BETA_ID = "scores", "beta"
_MOST_POINTS_WITH_MARKS: Final = 12


def likeliest(explained: Explained, count: int = CURVES) -> list[int]:
    """The actions whose curves are drawn: those with the highest probability in the answer, the best first."""
    order = np.argsort(-explained.whole, kind="stable")
    return [int(action) for action in order[:count]]


def shown(explained: Explained) -> slice:
    """The frames whose curves are drawn: all, or of a long clip those around its answer."""
    times_s, span = explained.times_s, explained.span
    start_s, end_s = float(times_s[span.start]), float(times_s[span.stop - 1])
    return explained.around_answer(max(_MOST_S, _MOST_SPANS * (end_s - start_s)))


def broken(
    explained: Explained, values: NDArray[np.floating], part: slice
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and values of a part of (T,), with NaN between stretches, so that no line is drawn over a gap."""
    starts = [start - part.start for start in explained.clip.starts if part.start < start < part.stop]
    return (
        np.insert(explained.times_s[part], starts, np.nan),
        np.insert(np.asarray(values[part], dtype=np.float64), starts, np.nan),
    )


def draw_scores(axes: Axes, explained: Explained, lines: Sequence[int], inks: Inks, *, part: slice) -> None:
    """Probabilities of the running answer over a part of the frames; the likeliest on top."""
    _plain(axes, explained, inks, part)
    probabilities = explained.probabilities
    for number in range(len(lines) - 1, -1, -1):
        times_s, values = broken(explained, 100 * probabilities[:, lines[number]], part)
        style: Any = (0, inks.dashes[number]) if inks.dashes[number] else "-"
        axes.plot(
            times_s, values, color=inks.lines[number], linestyle=style, linewidth=2.2, gid=f"{_SCORES_ID}-{number}",
            clip_on=False, **_marks(explained),
        )  # fmt: skip
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 50, 100], ["0", "50", "100 %"], fontsize=_SMALL_PT)
    axes.tick_params(labelbottom=False)


def draw_beta(axes: Axes, explained: Explained, chosen: Sequence[int], inks: Inks, *, part: slice) -> None:
    """What the frame gate says, what is left of it in the answer, and the numbers of the key frames."""
    _plain(axes, explained, inks, part)
    times_s, counted = broken(explained, explained.counted, part)
    axes.fill_between(times_s, 0, counted, color=inks.quiet, alpha=0.35, linewidth=0)
    times_s, beta = broken(explained, explained.beta, part)
    axes.plot(times_s, beta, color=inks.beta, linewidth=2, gid=_BETA_ID, clip_on=False, **_marks(explained))
    top = max(1.0, float(explained.beta[part].max())) * 1.3
    axes.set_ylim(0, top)
    axes.locator_params(axis="y", nbins=3)
    axes.tick_params(labelsize=_SMALL_PT)
    axes.set_xlabel("seconds", fontsize=_SMALL_PT, color=inks.ink, labelpad=1)
    for number, frame in enumerate(chosen, start=1):
        axes.annotate(
            str(number),
            (float(explained.times_s[frame]), float(explained.beta[frame])),
            (0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=_SMALL_PT,
            fontweight="bold",
            color=inks.ink,
        )


def curves_data(figure: Figure, explained: Explained) -> dict[str, Any]:
    """The numbers of the curves, and where their axes lie in an SVG (points; y goes down)."""
    lines, part = likeliest(explained), shown(explained)
    probabilities = explained.probabilities[part]
    return {
        "times_s": explained.times_s[part].tolist(),
        "beta": explained.beta[part].tolist(),
        "counted": explained.counted[part].tolist(),
        "probabilities": {explained.actions[action]: probabilities[:, action].tolist() for action in lines},
        "axes": {axes.get_gid(): _place(figure, axes) for axes in figure.axes if axes.get_gid()},
    }


def _place(figure: Figure, axes: Axes) -> dict[str, list[float]]:
    width_pt, height_pt = (72 * inches for inches in figure.get_size_inches())
    box = axes.get_position()
    return {
        "x_pt": [box.x0 * width_pt, box.x1 * width_pt],
        "y_pt": [(1 - box.y0) * height_pt, (1 - box.y1) * height_pt],
        "x": list(axes.get_xlim()),
        "y": list(axes.get_ylim()),
    }


def _plain(axes: Axes, explained: Explained, inks: Inks, part: slice) -> None:
    """Axes of time with grey stretches where nobody was there, and the answer's own frames marked below."""
    axes.set_facecolor(inks.ground)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(inks.quiet)
    axes.tick_params(colors=inks.ink, length=3, color=inks.quiet)
    axes.grid(axis="y", color=inks.grid, linewidth=0.7)
    axes.set_axisbelow(True)
    period_s = 1 / explained.rate_hz
    first_s, last_s = float(explained.times_s[part.start]), float(explained.times_s[part.stop - 1])
    spare_s = max((last_s - first_s) * 0.01, period_s / 2)
    axes.set_xlim(first_s - spare_s, last_s + spare_s)
    for start in explained.clip.starts[1:]:
        edges = float(explained.times_s[start - 1]) + period_s / 2, float(explained.times_s[start]) - period_s / 2
        axes.axvspan(*edges, color=inks.grid, alpha=0.6, linewidth=0)
    span = explained.span
    if span.stop - span.start < len(explained):
        ends = explained.times_s[[span.start, span.stop - 1]] + np.array([-0.5, 0.5]) * period_s
        axes.plot(ends, (0, 0), color=inks.lines[0], linewidth=5, solid_capstyle="butt", clip_on=False, zorder=3)


def _marks(explained: Explained) -> dict[str, Any]:
    """Few points are marked, since a single one makes no line."""
    return {"marker": "o", "markersize": 4} if len(explained) <= _MOST_POINTS_WITH_MARKS else {}
