"""Fusion with more room in its menus."""

from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget
from typing_extensions import override

ITEM_EXTRA_PX = 8


class RoomyFusion(QProxyStyle):
    """Touch and a beamer both want entries that do not stick to each other."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    @override
    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric in (QStyle.PixelMetric.PM_MenuVMargin, QStyle.PixelMetric.PM_MenuHMargin):
            return 5
        return super().pixelMetric(metric, option, widget)

    @override
    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption | None, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        wanted = super().sizeFromContents(kind, option, size, widget)
        is_entry = kind is QStyle.ContentsType.CT_MenuItem and wanted.height() > 12  # a separator stays thin
        return wanted + QSize(10, ITEM_EXTRA_PX) if is_entry else wanted
