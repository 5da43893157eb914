"""Text on fills that let their ground shine through: in each theme it is read."""

import pytest
from PyQt6.QtGui import QColor

from app.theme import CONTRAST, DARK, LIGHT, Colours, ink_on
from core.explain.inks import contrast

LEAST = 4.3  # on the grey between them both inks have 4.33: no choice is better there


@pytest.mark.parametrize("colours", [DARK, LIGHT, CONTRAST], ids=["dark", "light", "contrast"])
def test_on_any_fill_the_ink_is_read(colours: Colours) -> None:
    for ground in (colours.card, colours.raised):
        for colour in colours.series:
            for alpha in range(64, 256):
                fill, below = QColor(colour), QColor(ground)
                fill.setAlpha(alpha)
                pairs = zip(
                    (fill.redF(), fill.greenF(), fill.blueF()),
                    (below.redF(), below.greenF(), below.blueF()),
                    strict=True,
                )
                seen = QColor.fromRgbF(*(fill.alphaF() * one + (1 - fill.alphaF()) * other for one, other in pairs))
                assert contrast(ink_on(fill, ground).name(), seen.name()) >= LEAST
