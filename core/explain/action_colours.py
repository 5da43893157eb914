"""A colour for each action, the same wherever the action is drawn. A caption says its name beside it.

The first seven are those of Okabe and Ito, which people with any kind of colour blindness can tell apart.
"""

from collections.abc import Sequence
from typing import Final

ColourRgb = tuple[int, int, int]

_FIRST_RGB: Final[tuple[ColourRgb, ...]] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (240, 228, 66),
    (204, 121, 167),
    (213, 94, 0),
    (0, 114, 178),
)
_PALER: Final = (0.0, 0.5, -0.4)  # share of white, or of black, in the first round of colours, the second, the third
UNKNOWN_RGB: Final[ColourRgb] = (150, 150, 150)


def action_colour_rgb(place: int) -> ColourRgb:
    """The colour of the action at a place of a list; after twenty-one they begin again."""
    red, green, blue = _FIRST_RGB[place % len(_FIRST_RGB)]
    share = _PALER[place // len(_FIRST_RGB) % len(_PALER)]
    towards = 255 if share > 0 else 0
    mixed = [round(value + (towards - value) * abs(share)) for value in (red, green, blue)]
    return mixed[0], mixed[1], mixed[2]


def action_colours_rgb(actions: Sequence[str]) -> dict[str, ColourRgb]:
    """A colour for each action by its place in the list, as a library keeps it."""
    return {action: action_colour_rgb(place) for place, action in enumerate(actions)}
