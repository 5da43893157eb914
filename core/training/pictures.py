"""Figures of an evaluation: confusion matrix, early recognition, reliability. Drawn without pyplot's global state.

Sizes are in inches from the number and the length of the names, so that nothing overlaps with 8 actions or with 120.
"""

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.training.metrics import SHARES_TENTHS, Reliability

COLOURS = "viridis"
INK, QUIET = "#222222", "#8a8a8a"
_BLUE = "#31688e"  # out of viridis, dark enough to read on white
_DPI = 160
_LONGEST_NAME = 36


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, cut to what is drawn."""
    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(stream, format="png", dpi=_DPI, bbox_inches="tight", pad_inches=0.12, facecolor="white")
    return stream.getvalue()


def shorten(name: str) -> str:
    """The name as a figure writes it: very long ones are cut."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def confusion_figure(confusion: NDArray[np.int64], actions: Sequence[str], *, title: str) -> Figure:
    """Counts (A, A), rows true; the colour is the share of the row, so that rare actions are seen as well."""
    count = len(actions)
    cell_in = float(np.clip(9.0 / count, 0.2, 0.55))
    totals = confusion.sum(axis=1, keepdims=True)
    shares = np.divide(confusion, totals, out=np.full(confusion.shape, np.nan), where=totals > 0)
    figure, axes = _figure(count * cell_in, count * cell_in)
    image = axes.imshow(np.ma.masked_invalid(shares), cmap=COLOURS, vmin=0, vmax=1, aspect="auto")
    size = float(np.clip(cell_in * 33, 6.5, 9.0))
    name_axis(axes, "x", actions, size=size)
    name_axis(axes, "y", [f"{shorten(a)} ({n})" for a, n in zip(actions, totals[:, 0], strict=True)], size=size)
    for row, column in zip(*np.nonzero(confusion), strict=True):
        colour = "black" if shares[row, column] > 0.6 else "white"
        text = str(confusion[row, column])
        axes.text(
            column, row, text, ha="center", va="center", color=colour, fontsize=size * (0.85 if count > 40 else 1)
        )
    cell_lines(axes, rows=count, columns=count)
    axes.set_xlabel("said", fontsize=10)
    axes.set_ylabel("true (clips)", fontsize=10)
    axes.set_title(title, fontsize=11, loc="left", parse_math=False)
    bar_axes = figure.add_axes((1 + 0.15 / (count * cell_in), 0, 0.15 / (count * cell_in), 1))
    bar = figure.colorbar(image, cax=bar_axes)
    bar.set_label("share of the true action's clips", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    return figure


def early_recognition_figure(accuracies: Sequence[float], *, classes: int, title: str) -> Figure:
    """Accuracy after each tenth of the clips."""
    figure, axes = _figure(4.6, 3.2)
    shares = [10 * tenths for tenths in SHARES_TENTHS]
    values = [100 * accuracy for accuracy in accuracies]
    axes.axhline(100 / classes, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(103, 100 / classes, f"guessing\namong {classes}", va="center", color=QUIET, fontsize=8)
    axes.plot(shares, values, color=_BLUE, linewidth=2, marker="o", markersize=5, clip_on=False)
    for share, value in zip(shares, values, strict=True):
        offset = (-3, 6) if value < 12 else (4, -11)  # a rising curve leaves room below, the axis does not
        axes.annotate(f"{value:.0f}", (share, value), offset, textcoords="offset points", fontsize=8, color=INK)
    axes.set_xlim(5, 102)
    axes.set_ylim(0, 102)
    axes.set_xticks(shares)
    axes.set_xlabel("share of the clip that was seen (%)", fontsize=9)
    axes.set_ylabel("accuracy (%)", fontsize=9)
    _plain(axes, title=title)
    return figure


def reliability_figure(result: Reliability, *, title: str, calibrated: Reliability | None = None) -> Figure:
    """Accuracy against confidence, with how many clips each bin holds; honest confidence lies on the diagonal."""
    figure, axes = _figure(3.6, 3.4)
    edges = np.linspace(0, 100, len(result.counts) + 1)
    filled = result.counts > 0
    axes.bar(
        edges[:-1][filled], 100 * result.accuracy[filled], width=edges[1], align="edge", color=_BLUE, edgecolor="white",
        label=f"as it is, ECE {100 * result.ece:.1f} %",
    )  # fmt: skip
    axes.plot([0, 100], [0, 100], color=INK, linewidth=1, linestyle=(0, (4, 3)), label="honest confidence")
    if calibrated is not None:
        has = calibrated.counts > 0
        axes.plot(
            100 * calibrated.confidence[has], 100 * calibrated.accuracy[has], color="#e07a1f", marker="o", markersize=4,
            linewidth=1.4, label=f"temperature fitted on others, ECE {100 * calibrated.ece:.1f} %", clip_on=False,
        )  # fmt: skip
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 102)
    axes.set_ylabel("accuracy (%)", fontsize=9)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(-0.03, -0.42))
    _plain(axes, title=title)
    axes.tick_params(labelbottom=False)
    counts_axes = figure.add_axes((0, -0.28, 1, 0.22))
    counts_axes.bar(edges[:-1], result.counts, width=edges[1], align="edge", color=QUIET, edgecolor="white")
    counts_axes.set_xlim(0, 100)
    counts_axes.set_xlabel("confidence (%)", fontsize=9)
    counts_axes.set_ylabel("clips", fontsize=9)
    _plain(counts_axes, title="")
    return figure


def name_axis(axes: Axes, which: Literal["x", "y"], names: Sequence[str], *, size: float) -> None:
    """Write a name at each cell of an axis, "x" or "y"; a dollar sign in a name is a dollar sign."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    turned = 90 if which == "x" else 0
    axis.set_ticks(range(len(names)), [shorten(name) for name in names], fontsize=size, parse_math=False)
    axis.set_tick_params(length=0, rotation=turned)


def cell_lines(axes: Axes, *, rows: int, columns: int) -> None:
    """Thin white lines between the cells of a matrix, and no frame."""
    axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)


def _figure(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """A figure whose axes have that size; names stand outside, and `png` makes room for them."""
    figure = Figure(figsize=(width_in, height_in))
    return figure, figure.add_axes((0, 0, 1, 1))


def _plain(axes: Axes, *, title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left", parse_math=False)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
