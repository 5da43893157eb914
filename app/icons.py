"""Line icons from assets/icons, drawn in any colour."""

from functools import lru_cache

from PyQt6.QtCore import QByteArray, QRectF, Qt
from PyQt6.QtGui import QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from core.paths import ASSETS

ICONS = ASSETS / "icons"


@lru_cache(maxsize=256)
def icon_pixmap(name: str, *, colour: str, size_px: int, ratio: float = 1.0) -> QPixmap:
    """One icon as a pixmap of `size_px` logical pixels on a screen with `ratio` device pixels each."""
    drawing = (ICONS / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    device_px = max(1, round(size_px * ratio))
    pixmap = QPixmap(device_px, device_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, device_px, device_px))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, *, colour: str) -> QIcon:
    """One icon for menus."""
    return QIcon(icon_pixmap(name, colour=colour, size_px=18, ratio=2.0))


def application_icon() -> QIcon:
    """The program's own icon at the sizes that desktops ask for."""
    found = QIcon()
    for size_px in (16, 32, 64, 128, 256):
        found.addPixmap(icon_pixmap("jointlight", colour="#000000", size_px=size_px))
    return found
