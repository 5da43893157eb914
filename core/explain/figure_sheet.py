"""The sheet of a figure: where things lie in inches, and texts and axes at places from the upper left corner."""

from dataclasses import dataclass
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.explain.inks import Inks

WIDTH, EDGE = 10.0, 0.35
LEFT, RIGHT = 0.75, 7.45  # of bodies and curves
SIDE = 7.68  # where legends begin
ROW_TOP: Final = 0.98  # of numbers, bodies and their words
BODIES_TOP: Final = ROW_TOP + 0.2
LOWEST_BODIES, HIGHEST_BODIES = 1.35, 2.05
WORDS: Final = 0.6  # under the bodies
_LEADERS: Final = 0.37  # from there to the curves
SCORES_HIGH, BETA_HIGH = 1.25, 0.95
_BETWEEN, _UNDER = 0.25, 0.48


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A figure whose height follows that of the bodies."""

    figure: Figure
    inks: Inks
    bodies_high: float

    @classmethod
    def of(cls, inks: Inks, *, bodies_high: float) -> "Sheet":
        """An empty sheet."""
        sheet = cls(figure=Figure(facecolor=inks.ground), inks=inks, bodies_high=bodies_high)
        sheet.figure.set_size_inches(WIDTH, sheet.height)
        return sheet

    @property
    def words_top(self) -> float:
        """Where the words under the bodies begin."""
        return BODIES_TOP + self.bodies_high + 0.06

    @property
    def leaders_top(self) -> float:
        """Where the lines from bodies to moments begin."""
        return BODIES_TOP + self.bodies_high + WORDS

    @property
    def scores_top(self) -> float:
        """Of the curves of the answer."""
        return self.leaders_top + _LEADERS

    @property
    def beta_top(self) -> float:
        """Of the curve of the frame gate."""
        return self.scores_top + SCORES_HIGH + _BETWEEN

    @property
    def foot_top(self) -> float:
        """Of the last lines."""
        return self.beta_top + BETA_HIGH + _UNDER

    @property
    def height(self) -> float:
        """Of the sheet."""
        return self.foot_top + 0.47

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes at inches from the left and from the top."""
        box = (left / WIDTH, 1 - (top + height) / self.height, width / WIDTH, height / self.height)
        return self.figure.add_axes(box)

    def say(self, text: str, *, left: float, top: float, size: float, is_quiet: bool = False, **more: Any) -> None:
        """A text with its upper left corner there; a dollar sign in it is a dollar sign."""
        colour = self.inks.quiet if is_quiet else self.inks.ink
        self.figure.text(
            left / WIDTH, 1 - top / self.height, text, fontsize=size, color=colour, va="top", parse_math=False, **more
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], *, colour: str, **more: Any) -> None:
        """A line between two places, each from the left and from the top."""
        x = [start[0] / WIDTH, end[0] / WIDTH]
        y = [1 - start[1] / self.height, 1 - end[1] / self.height]
        self.figure.add_artist(Line2D(x, y, color=colour, **more))
