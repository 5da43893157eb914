"""The mean attention of each joint by action, as a heat matrix and on small bodies.

Colours are in "times uniform" (1 = what every joint would get if all were alike), on one linear scale for the whole
figure that starts at 0, so that cells and bodies can be compared.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.skeleton.layouts import KINECT_25
from core.skeleton.limbs import LIMBS, WORDS, by_limb
from core.training.pictures import COLOURS, INK, QUIET, cell_lines, name_axis, shorten

# A body that faces the reader, so that its left side is on the right; x, y in any unit, about 1.7 high.
_SIDE = {4: (0.19, 1.40), 5: (0.34, 1.16), 6: (0.45, 0.93), 7: (0.50, 0.81), 21: (0.54, 0.70), 22: (0.42, 0.74),
         12: (0.10, 0.88), 13: (0.14, 0.50), 14: (0.16, 0.12), 15: (0.24, 0.02)}  # fmt: skip
_BODY = {0: (0.0, 0.95), 1: (0.0, 1.18), 20: (0.0, 1.42), 2: (0.0, 1.52), 3: (0.0, 1.70), **_SIDE} | {
    right: (-_SIDE[left][0], _SIDE[left][1]) for left, right in KINECT_25.mirror_pairs
}
_CELL_IN, _GAP_IN = 0.21, 0.12
_BODY_IN = 0.8  # of one unit of a body
_APART = 1.2  # between two persons, in the unit of the body


def attention_figure(
    attention: NDArray[np.floating], actions: Sequence[str], *, joints: Sequence[int], title: str, weighs: bool = True
) -> Figure:
    """A matrix of actions by joints, and below it a small body (or two) for each action.

    Args:
        attention: (A, K) mean attention, times uniform; NaN rows are actions without clips. K is persons x joints.
        actions: names of the rows.
        joints: Kinect-25 index of each joint of one person.
        title: one line over the figure.
        weighs: whether the network has a joint gate; without one the figure says so in words.
    """
    if not weighs:
        return _words(
            title, "This network has no joint gate: in every frame each joint weighs\nthe same (1 × uniform)."
        )
    persons = attention.shape[1] // len(joints)
    blocks = by_limb(joints, persons=persons)
    columns = sum(len(places) for _, _, places in blocks)
    width_in = columns * _CELL_IN + (len(blocks) + 2 * (persons - 1)) * _GAP_IN
    height_in = len(actions) * _CELL_IN
    figure = Figure(figsize=(width_in, height_in))
    colour = ScalarMappable(Normalize(0, _top(attention), clip=True), colormaps[COLOURS].with_extremes(bad="#dddddd"))
    rows = [
        f"{shorten(a)}{' (no clips)' * bool(np.isnan(row).all())}" for a, row in zip(actions, attention, strict=True)
    ]
    left_in = 0.0
    for number, (person, limb, places) in enumerate(blocks):
        if number and person != blocks[number - 1][0]:
            left_in += 2 * _GAP_IN
        block_in = len(places) * _CELL_IN
        axes = figure.add_axes((left_in / width_in, 0, block_in / width_in, 1))
        values = attention[:, places]
        axes.imshow(colour.to_rgba(np.ma.masked_invalid(values)), aspect="auto")
        cell_lines(axes, rows=len(actions), columns=len(places))
        name_axis(axes, "x", [WORDS[joints[place % len(joints)]] for place in places], size=8)
        name_axis(axes, "y", rows if number == 0 else [""] * len(actions), size=8)
        axes.set_title(limb.replace(" ", "\n"), fontsize=8, color=INK, pad=4)
        if persons > 1 and limb == next(iter(LIMBS)):
            axes.text(-0.5, -0.5 - 0.42 / _CELL_IN, f"person {person + 1}", fontsize=9, fontweight="bold", va="bottom")
        left_in += block_in + _GAP_IN
    _legend(figure, colour, width_in=width_in, height_in=height_in, over=_over(attention))
    figure.text(0, 1 + (0.8 if persons > 1 else 0.5) / height_in, title, fontsize=11, parse_math=False)
    _bodies(figure, attention, actions, joints=joints, colour=colour)
    return figure


def _top(attention: NDArray[np.floating]) -> float:
    """End of the scale: at least 2, and so that a few outliers do not turn all else dark."""
    known = attention[np.isfinite(attention)]
    if not known.size:
        return 2.0
    return float(np.ceil(2 * max(2.0, min(float(known.max()), 2.5 * float(np.percentile(known, 95))))) / 2)


def _over(attention: NDArray[np.floating]) -> bool:
    return bool(np.nanmax(attention, initial=0.0) > _top(attention))


def _legend(figure: Figure, colour: ScalarMappable, *, width_in: float, height_in: float, over: bool) -> None:
    high_in = min(height_in, 2.4)
    axes = figure.add_axes((1 + 0.1 / width_in, 1 - high_in / height_in, 0.14 / width_in, high_in / height_in))
    bar = figure.colorbar(colour, cax=axes, extend="max" if over else "neither")
    bar.set_label("attention, × uniform\n(1 = all joints alike)", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    bar.ax.axhline(1.0, color="white", linewidth=1.2)  # uniform


def _bodies(
    figure: Figure,
    attention: NDArray[np.floating],
    actions: Sequence[str],
    *,
    joints: Sequence[int],
    colour: ScalarMappable,
) -> None:
    """A grid of small bodies under the matrix, in the order of its rows."""
    width_in, height_in = figure.get_size_inches()
    persons = attention.shape[1] // len(joints)
    left_in = -0.065 * max(len(shorten(action)) for action in actions)  # about where the names of the rows begin
    wide_in, high_in = _BODY_IN * (1.5 + (persons - 1) * _APART), _BODY_IN * 1.88
    across = max(1, min(len(actions), int((width_in + 0.6 - left_in) // wide_in)))
    top_in = -0.95  # under the names of the joints
    text = "The same on bodies that face you: their left is on your right. Larger and brighter: more attention."
    figure.text(left_in / width_in, (top_in + 0.06) / height_in, text, fontsize=8, color=INK)
    for number, action in enumerate(actions):
        row, column = divmod(number, across)
        bottom_in = top_in - (row + 1) * (high_in + 0.3)
        axes = figure.add_axes(
            ((left_in + column * wide_in) / width_in, bottom_in / height_in, wide_in / width_in, high_in / height_in)
        )
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.set_xlim(-0.75, 0.75 + (persons - 1) * _APART)
        axes.set_ylim(-0.06, 1.82)
        for person in range(persons):
            heat = attention[number, person * len(joints) : (person + 1) * len(joints)]
            _body(axes, heat, joints=joints, colour=colour, offset=person * _APART)
        axes.set_title(_wrapped(action), fontsize=7, color=INK, pad=2, parse_math=False)


def _body(
    axes: Axes, heat: NDArray[np.floating], *, joints: Sequence[int], colour: ScalarMappable, offset: float
) -> None:
    """One body; joints that the network does not see are left out, those without a value are grey."""
    where = np.array([_BODY[joint] for joint in range(len(KINECT_25))]) + np.array([offset, 0.0])  # (25, 2)
    for first, second in KINECT_25.bones:
        if second in joints or first in joints:
            axes.plot(*where[[first, second]].T, color="#c4c4c4", linewidth=1.6, zorder=1, solid_capstyle="round")
    share = np.nan_to_num(colour.norm(heat), nan=0.0)  # 0..1
    colours = colour.to_rgba(np.ma.masked_invalid(heat))
    order = np.argsort(share)  # the strongest on top
    x, y = where[list(joints)][order].T
    axes.scatter(x, y, s=(12 + 62 * share)[order], c=colours[order], edgecolors=INK, linewidths=0.3, zorder=2)


def _wrapped(action: str) -> str:
    """The name on up to two lines of a small body's width."""
    name = shorten(action)
    if len(name) <= 16 or " " not in name:
        return name
    spaces = [place for place, letter in enumerate(name) if letter == " "]
    cut = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:cut]}\n{name[cut + 1 :]}"


def _words(title: str, text: str) -> Figure:
    figure = Figure(figsize=(5.0, 1.2))
    figure.text(0, 0.85, title, fontsize=11, parse_math=False)
    figure.text(0, 0.3, text, fontsize=10, color=QUIET)
    return figure
