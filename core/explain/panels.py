"""The panels of an annotated picture: the action in big letters, bars of the likely actions, the legend of the heat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.explain.heat import NOT_SEEN_RGB, TIMES_UNIFORM, HeatScale, heat_colours_rgb, heat_gradient_rgb, heat_radii
from core.explain.lettering import (
    DARK,
    WHITE,
    ColourBgr,
    baseline_px,
    draw_panel,
    draw_text,
    fitting_size_px,
    text_width_px,
)
from core.explain.strokes import draw_joint
from core.live.results import Decision
from core.model.prediction import Prediction
from core.sources.source import Picture

SMALLEST_UNIT_PX = 3.4  # keeps the smallest text at eight pixels
FEW_ROWS_BELOW_PX = 300

# Units (hundredths of the height, see Grid).
MARGIN = 2.5
PAD = 1.8
NARROWEST_ROW, WIDEST_ROW = 26, 42
LEGEND_WIDTH = 31
ROOM_FOR_LEGEND = LEGEND_WIDTH + 2 * PAD + 2 * MARGIN
ROOM_FOR_BOTH = ROOM_FOR_LEGEND + WIDEST_ROW + 2 * PAD + MARGIN
LARGEST_CAPTION_SHARE = 0.62  # of the picture's width

PANEL_OPACITY = 0.72
NO_ACTION = "no action"
NO_PERSON = "no person in view"
MOST_LABELS = 3
LONGEST_LABEL = 60  # characters

DIM: ColourBgr = (206, 203, 201)
TRACK: ColourBgr = (92, 84, 80)
ACCENT: ColourBgr = (201, 205, 56)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What everything is placed with: the picture's size and one unit, about a hundredth of its height."""

    width_px: int
    height_px: int
    unit_px: float

    @classmethod
    def of(cls, picture_bgr: Picture) -> "Grid":
        """The grid of a picture; in an upright one the width sets the unit, so that panels side by side fit."""
        height_px, width_px = picture_bgr.shape[:2]
        unit_px = max(min(height_px, 0.75 * width_px) / 100, SMALLEST_UNIT_PX)
        return cls(width_px=width_px, height_px=height_px, unit_px=unit_px)

    def is_wide(self, units: float) -> bool:
        """Whether the picture is at least that wide."""
        return self.width_px >= units * self.unit_px

    def px(self, units: float) -> int:
        """Units as whole pixels."""
        return round(units * self.unit_px)


def draw_caption(picture_bgr: Picture, grid: Grid, decision: Decision, *, has_person: bool) -> None:
    """The action in big letters with its confidence, lower left."""
    name = decision.action or (NO_ACTION if has_person else NO_PERSON)
    certainty = _percent(decision.confidence) if decision.action else ""
    is_bold = decision.action is not None
    margin, pad = grid.px(MARGIN), grid.px(2.2)
    small_px = grid.px(4.2)
    certainty_px = text_width_px(certainty, size_px=small_px) + grid.px(2) if certainty else 0
    room_px = round(LARGEST_CAPTION_SHARE * grid.width_px) - 2 * pad - certainty_px
    big_px = fitting_size_px(name, size_px=grid.px(8 if is_bold else 5), width_px=room_px, bold=is_bold)
    text_px = text_width_px(name, size_px=big_px, bold=is_bold)
    height = round(1.5 * big_px)
    top = grid.height_px - margin - height
    _panel(picture_bgr, grid, left=margin, top=top, width=text_px + certainty_px + 2 * pad, height=height)
    text_top = top + round(0.12 * big_px)
    draw_text(
        picture_bgr,
        name,
        left_px=margin + pad,
        top_px=text_top,
        size_px=big_px,
        colour_bgr=WHITE if is_bold else DIM,
        bold=is_bold,
    )
    if certainty:
        draw_text(
            picture_bgr,
            certainty,
            left_px=margin + pad + text_px + grid.px(2),
            top_px=text_top + baseline_px(big_px, is_bold) - baseline_px(small_px),
            size_px=small_px,
            colour_bgr=ACCENT,
        )


def draw_labels(picture_bgr: Picture, grid: Grid, labels: Sequence[tuple[str, ColourBgr]]) -> None:
    """What is done now, one line for each action with a mark in its colour, lower left; nothing where none is."""
    shown = [*labels[:MOST_LABELS]]
    if len(labels) > MOST_LABELS:
        shown[-1] = (f"and {len(labels) - MOST_LABELS + 1} more", DIM)
    if not shown:
        return
    margin, pad, mark = grid.px(MARGIN), grid.px(2.2), grid.px(3)
    room_px = round(LARGEST_CAPTION_SHARE * grid.width_px) - 2 * pad - 2 * mark
    names = [name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…" for name, _ in shown]
    longest = max(names, key=lambda name: text_width_px(name, size_px=40, bold=True))
    big_px = fitting_size_px(longest, size_px=grid.px(6.5), width_px=room_px, bold=True)
    row, text_px = round(1.35 * big_px), text_width_px(longest, size_px=big_px, bold=True)
    height = len(shown) * row + round(0.15 * big_px)
    top = grid.height_px - margin - height
    _panel(picture_bgr, grid, left=margin, top=top, width=text_px + 2 * mark + 2 * pad, height=height)
    for number, (name, (_, colour_bgr)) in enumerate(zip(names, shown, strict=True)):
        row_top = top + round(0.1 * big_px) + number * row
        _bar(
            picture_bgr, left=margin + pad, top=row_top + (row - mark) // 2, width=mark, height=mark,
            colour_bgr=colour_bgr,
        )  # fmt: skip
        draw_text(
            picture_bgr, name, left_px=margin + pad + 2 * mark, top_px=row_top, size_px=big_px, colour_bgr=WHITE,
            bold=True,
        )  # fmt: skip


def draw_top_actions(picture_bgr: Picture, grid: Grid, prediction: Prediction, *, chosen: str | None) -> None:
    """Bars of the most probable actions, upper left; the one that is said stands out. Not in very narrow pictures."""
    if not grid.is_wide(ROOM_FOR_BOTH):
        return
    rows = prediction.top(3 if grid.height_px < FEW_ROWS_BELOW_PX else 5)
    margin, pad, row = grid.px(MARGIN), grid.px(PAD), grid.px(4.8)
    text_size, width = _row_text(grid, prediction.actions)
    _panel(picture_bgr, grid, left=margin, top=margin, width=width + 2 * pad, height=len(rows) * row + 2 * pad)
    for number, (action, probability) in enumerate(rows):
        _draw_row(
            picture_bgr,
            grid,
            (action, probability),
            left=margin + pad,
            top=margin + pad + number * row,
            width=width,
            text_size=text_size,
            is_chosen=action == chosen,
        )


def _row_text(grid: Grid, actions: tuple[str, ...]) -> tuple[int, int]:
    """Size of the text and width of a row for all actions of a model, so that nothing jumps from frame to frame."""
    size = grid.px(2.6)
    number_width = text_width_px("100 %", size_px=size) + grid.px(1.5)
    longest = max(actions, key=lambda action: text_width_px(action, size_px=size))
    size = fitting_size_px(longest, size_px=size, width_px=grid.px(WIDEST_ROW) - number_width)
    return size, max(text_width_px(longest, size_px=size) + number_width, grid.px(NARROWEST_ROW))


def _draw_row(
    picture_bgr: Picture,
    grid: Grid,
    action: tuple[str, float],
    *,
    left: int,
    top: int,
    width: int,
    text_size: int,
    is_chosen: bool,
) -> None:
    name, probability = action
    number = _percent(probability)
    colour = WHITE if is_chosen else DIM
    draw_text(picture_bgr, name, left_px=left, top_px=top, size_px=text_size, colour_bgr=colour)
    number_left = left + width - text_width_px(number, size_px=text_size)
    draw_text(picture_bgr, number, left_px=number_left, top_px=top, size_px=text_size, colour_bgr=colour)
    bar_top, bar_height = top + grid.px(3.3), max(2, grid.px(0.6))
    _bar(picture_bgr, left=left, top=bar_top, width=width, height=bar_height, colour_bgr=TRACK)
    filled = round(width * min(1.0, probability))
    _bar(picture_bgr, left=left, top=bar_top, width=filled, height=bar_height, colour_bgr=ACCENT if is_chosen else DIM)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %"


def draw_heat_legend(picture_bgr: Picture, grid: Grid, scale: HeatScale = TIMES_UNIFORM) -> None:
    """What colour, size and hollowness of a joint mean, with numbers, upper right. Not in very narrow pictures."""
    if not grid.is_wide(ROOM_FOR_LEGEND):
        return
    pad, text_size, width, largest = grid.px(PAD), grid.px(2.5), grid.px(LEGEND_WIDTH), grid.px(1.9)
    has_kinds = grid.height_px >= FEW_ROWS_BELOW_PX
    line = round(1.3 * text_size)
    height = 2 * pad + 2 * line + 2 * largest + grid.px(3.1) + (grid.px(1.4) + line if has_kinds else 0)
    left, top = grid.width_px - grid.px(MARGIN) - width - 2 * pad, grid.px(MARGIN)
    _panel(picture_bgr, grid, left=left, top=top, width=width + 2 * pad, height=height)
    left, top = left + pad, top + pad
    title = f"joint attention, {scale.unit}" + (f" ({scale.note})" if scale.note else "")
    size = fitting_size_px(title, size_px=text_size, width_px=width)
    draw_text(picture_bgr, title, left_px=left, top_px=top, size_px=size, colour_bgr=WHITE)
    top += line + grid.px(0.8)
    _draw_scale(picture_bgr, grid, scale, left=left + largest, top=top, span=width - 2 * largest, largest=largest)
    if has_kinds:
        middle = top + 2 * largest + grid.px(3.7) + round(1.5 * line)
        _draw_kinds(picture_bgr, left=left, middle=middle, width=width, text_size=round(0.9 * text_size))


def _draw_scale(
    picture_bgr: Picture, grid: Grid, scale: HeatScale, *, left: int, top: int, span: int, largest: int
) -> None:
    """Discs as they are on the body, the colours between them, and the numbers."""
    ticks, text_size = np.asarray(scale.ticks), grid.px(2.5)
    radii = heat_radii(ticks, largest=largest - 1, scale=scale)
    bar_top, bar_height = top + 2 * largest + grid.px(1.2), max(2, grid.px(0.8))
    picture_bgr[bar_top : bar_top + bar_height, left : left + span] = heat_gradient_rgb(span, scale.palette)[:, ::-1]
    places = _tick_places(scale, span)
    for (tick, place), colour_rgb, radius in zip(places, heat_colours_rgb(ticks, scale), radii.tolist(), strict=True):
        _mark(picture_bgr, x=left + place, y=top + largest, radius=radius, colour_rgb=colour_rgb)
        label = scale.label(tick)
        centred = left + place - text_width_px(label, size_px=text_size) // 2
        label_top = bar_top + bar_height + grid.px(0.5)
        draw_text(picture_bgr, label, left_px=centred, top_px=label_top, size_px=text_size, colour_bgr=WHITE)


def _draw_kinds(picture_bgr: Picture, *, left: int, middle: int, width: int, text_size: int) -> None:
    """What a ring and a grey disc stand for."""
    radius = 0.36 * text_size
    for number, (label, is_hollow) in enumerate((("guessed", True), ("not used", False))):
        x = left + number * width // 2 + round(1.3 * radius)
        _mark(picture_bgr, x=x, y=middle, radius=radius, colour_rgb=np.array(NOT_SEEN_RGB), is_hollow=is_hollow)
        draw_text(
            picture_bgr,
            label,
            left_px=x + round(2.4 * radius),
            top_px=middle - round(0.6 * text_size),
            size_px=text_size,
            colour_bgr=DIM,
        )


def _mark(
    picture_bgr: Picture, *, x: int, y: int, radius: float, colour_rgb: NDArray[np.integer], is_hollow: bool = False
) -> None:
    red, green, blue = colour_rgb.tolist()
    draw_joint(picture_bgr, np.array([x, y]), radius_px=radius, colour_bgr=(blue, green, red), is_hollow=is_hollow)


def _tick_places(scale: HeatScale, span: int) -> Iterator[tuple[float, int]]:
    fractions = scale.fraction(np.asarray(scale.ticks))
    return ((tick, round(float(fraction) * span)) for tick, fraction in zip(scale.ticks, fractions, strict=True))


def _panel(picture_bgr: Picture, grid: Grid, *, left: int, top: int, width: int, height: int) -> None:
    draw_panel(
        picture_bgr,
        left_px=left,
        top_px=top,
        width_px=width,
        height_px=height,
        radius_px=grid.px(1.6),
        colour_bgr=DARK,
        opacity=PANEL_OPACITY,
    )


def _bar(picture_bgr: Picture, *, left: int, top: int, width: int, height: int, colour_bgr: ColourBgr) -> None:
    draw_panel(
        picture_bgr,
        left_px=left,
        top_px=top,
        width_px=width,
        height_px=height,
        radius_px=height // 2,
        colour_bgr=colour_bgr,
    )
