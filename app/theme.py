"""Light, dark and the system's choice: one small set of colours, put into QPalette so that every widget follows."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication, QToolTip

from core.explain.inks import contrast

# Distances in logical pixels, used for every margin and gap.
GAP_PX = 8
EDGE_PX = 12
RADIUS_PX = 10

FALLBACK_FAMILIES = ("Segoe UI", "Inter", "Noto Sans", "Helvetica Neue", "DejaVu Sans")
SMALLEST_FONT_PT = 10.0
DARK_INK, LIGHT_INK = "#101218", "#ffffff"  # on fills of any colour


class ThemeChoice(StrEnum):
    """What the user asked for."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "high contrast"

    def following(self) -> "ThemeChoice":
        """The next one, for a key that goes round."""
        order = list(ThemeChoice)
        return order[(order.index(self) + 1) % len(order)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colours by their role, as ``#rrggbb``."""

    window: str  # behind everything
    card: str  # areas that hold something
    raised: str  # buttons and bars on a card
    line: str  # borders and grids
    text: str
    muted: str  # second-rank text, still at least 4.5:1 on a card
    accent: str
    on_accent: str
    warning: str
    stage: str  # around the picture
    series: tuple[str, ...]  # lines of a plot, told apart by the colour-blind too (after Okabe and Ito)


DARK = Colours(
    window="#14161b",
    card="#1d2027",
    raised="#2b2f39",
    line="#343946",
    text="#eef0f5",
    muted="#a2a9b8",
    accent="#6ea8fe",
    on_accent="#0b1424",
    warning="#ffb454",
    stage="#0b0c0f",
    series=("#56b4e9", "#e69f00", "#2fbf93", "#e48ac0", "#f0e442"),
)
LIGHT = Colours(
    window="#f1f3f7",
    card="#ffffff",
    raised="#e6e9f0",
    line="#d3d8e2",
    text="#171a21",
    muted="#596172",
    accent="#1f5fd0",
    on_accent="#ffffff",
    warning="#a35a00",
    stage="#1a1c21",
    series=("#0072b2", "#c46a00", "#008560", "#b0508a", "#7d7400"),
)

CONTRAST = Colours(  # whose ink no other has: that is what it is known by
    window="#000000",
    card="#000000",
    raised="#2c2c2c",
    line="#8c8c8c",
    text="#ffffff",
    muted="#e2e2e2",
    accent="#ffd84d",
    on_accent="#000000",
    warning="#ffb454",
    stage="#000000",
    series=("#6cc8ff", "#ffb000", "#3ee6ae", "#ff9fd6", "#fff275"),
)


def is_dark(palette: QPalette) -> bool:
    """Whether a palette is a dark one. By its ink: a widget that lies on another may have a ground without colour."""
    return palette.color(QPalette.ColorRole.WindowText).lightness() > 128


def colours_for(palette: QPalette) -> Colours:
    """The colours that go with a widget's palette."""
    if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText) == QColor(CONTRAST.text):
        return CONTRAST
    return DARK if is_dark(palette) else LIGHT


def ink_on(fill: QColor, ground: str) -> QColor:
    """Dark or light ink, whichever is read more easily on a colour that lets its ground (#rrggbb) shine through."""
    share, below = fill.alpha() / 255, QColor(ground)
    pairs = ((fill.red(), below.red()), (fill.green(), below.green()), (fill.blue(), below.blue()))
    return QColor(_ink_for(QColor(*(round(share * one + (1 - share) * other) for one, other in pairs)).name()))


@lru_cache(maxsize=4096)
def _ink_for(seen: str) -> str:
    return max((DARK_INK, LIGHT_INK), key=lambda ink: contrast(ink, seen))


def palette_for(colours: Colours) -> QPalette:
    """The QPalette that Fusion draws with."""
    palette = QPalette()
    role = QPalette.ColorRole
    for roles, colour in (
        ((role.Window, role.Base), colours.window),
        ((role.AlternateBase, role.ToolTipBase), colours.card),
        ((role.Button, role.Midlight), colours.raised),
        ((role.Mid, role.Dark), colours.line),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), colours.text),
        ((role.PlaceholderText,), colours.muted),
        ((role.Highlight, role.Link), colours.accent),
        ((role.HighlightedText,), colours.on_accent),
    ):
        for one in roles:
            palette.setColor(one, QColor(colour))
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, disabled, QColor(colours.muted))
    return palette


def wants_dark(choice: ThemeChoice) -> bool:
    """Whether the choice comes out dark on this desktop; a desktop that does not say counts as light."""
    if choice is not ThemeChoice.SYSTEM:
        return choice is not ThemeChoice.LIGHT
    hints = QGuiApplication.styleHints()
    return hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark


def apply_theme(application: QApplication, choice: ThemeChoice) -> None:
    """Give the whole program the colours of the choice."""
    hints = application.styleHints()
    if hints is not None:
        if choice is ThemeChoice.SYSTEM:
            hints.unsetColorScheme()
        else:  # title bars and native dialogs follow this; desktops without a platform theme ignore it
            hints.setColorScheme(Qt.ColorScheme.Dark if wants_dark(choice) else Qt.ColorScheme.Light)
    palette = palette_for(CONTRAST if choice is ThemeChoice.CONTRAST else DARK if wants_dark(choice) else LIGHT)
    application.setPalette(palette)
    QToolTip.setPalette(palette)


def apply_font(application: QApplication) -> None:
    """The desktop's own font at a readable size, with well-made fallbacks."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setFamilies([*font.families(), *FALLBACK_FAMILIES])
    if 0 < font.pointSizeF() < SMALLEST_FONT_PT:
        font.setPointSizeF(SMALLEST_FONT_PT)
    application.setFont(font)


def sized(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A copy of a font, larger or smaller by a factor."""
    copy = QFont(font)
    if font.pointSizeF() > 0:
        copy.setPointSizeF(font.pointSizeF() * factor)
    else:
        copy.setPixelSize(max(1, round(font.pixelSize() * factor)))
    copy.setWeight(weight)
    return copy
