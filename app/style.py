"""Fusion with more room in its menus, and flat fields and slim scroll bars that go with the rest of the window."""

from typing import Any, TypeVar, cast

from PyQt6 import sip
from PyQt6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStyleOptionComplex,
    QStyleOptionSlider,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from app.theme import colours_for

ITEM_EXTRA_PX = 8
SCROLL_BAR_PX = 10
FIELD_RADIUS_PX = 7
TEXT_EXTRA_PX = 6  # before the text of a field, so that it begins where that of a TextField does
_CHECK_MARK = ((0.22, 0.52), (0.43, 0.73), (0.78, 0.28))
_Complex = QStyle.ComplexControl
_Sub = QStyle.SubControl
Option = TypeVar("Option", bound=QStyleOption)


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
        if metric is QStyle.PixelMetric.PM_ScrollBarExtent:
            return SCROLL_BAR_PX
        if metric is QStyle.PixelMetric.PM_TabBarTabHSpace:
            return 18
        return super().pixelMetric(metric, option, widget)

    @override
    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption | None, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        wanted = super().sizeFromContents(kind, option, size, widget)
        if kind in (QStyle.ContentsType.CT_ComboBox, QStyle.ContentsType.CT_SpinBox):
            return wanted + QSize(6, 6)
        is_entry = kind is QStyle.ContentsType.CT_MenuItem and wanted.height() > 12  # a separator stays thin
        return wanted + QSize(10, ITEM_EXTRA_PX) if is_entry else wanted

    @override
    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        if element is QStyle.PrimitiveElement.PE_FrameTabBarBase:
            return  # tabs are words with a line below the chosen one
        is_box = element is QStyle.PrimitiveElement.PE_IndicatorCheckBox
        if is_box and painter is not None and option is not None:
            _paint_box(painter, option)
            return
        is_row = element is QStyle.PrimitiveElement.PE_PanelItemViewItem
        if is_row and painter is not None and option is not None:
            if option.state & QStyle.StateFlag.State_Selected:
                _paint_chosen(painter, option)
            return
        super().drawPrimitive(element, option, painter, widget)

    @override
    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        if element is QStyle.ControlElement.CE_HeaderSection and painter is not None and option is not None:
            colours = colours_for(option.palette)
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
            return
        if element is QStyle.ControlElement.CE_TabBarTabShape and painter is not None and option is not None:
            _paint_tab(painter, option)
            return
        if element is QStyle.ControlElement.CE_ItemViewItem and option is not None:
            # What is chosen has a pale ground, on which the usual ink is read.
            option = QStyleOptionViewItem(_as(option, QStyleOptionViewItem))
            option.palette.setColor(
                QPalette.ColorRole.HighlightedText, option.palette.color(QPalette.ColorRole.WindowText)
            )
        super().drawControl(element, option, painter, widget)

    @override
    def subControlRect(
        self, control: _Complex, option: QStyleOptionComplex | None, part: _Sub, widget: QWidget | None = None
    ) -> QRect:
        if control is _Complex.CC_ScrollBar and option is not None:
            return _scroll_bar_part(_as(option, QStyleOptionSlider), part)
        box = super().subControlRect(control, option, part, widget)
        is_text = (control, part) in (
            (_Complex.CC_ComboBox, _Sub.SC_ComboBoxEditField),
            (_Complex.CC_SpinBox, _Sub.SC_SpinBoxEditField),
        )
        return box.adjusted(TEXT_EXTRA_PX, 0, 0, 0) if is_text else box

    @override
    def drawComplexControl(
        self,
        control: _Complex,
        option: QStyleOptionComplex | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        if painter is None or option is None:
            return
        if control is _Complex.CC_ScrollBar:
            _paint_scroll_bar(painter, _as(option, QStyleOptionSlider))
        elif control is _Complex.CC_ComboBox and not _as(option, QStyleOptionComboBox).editable:
            _paint_field(painter, option)
            _paint_arrow(painter, option, QRectF(option.rect).adjusted(option.rect.width() - 24, 0, -6, 0), up=False)
        elif control is _Complex.CC_SpinBox:
            _paint_field(painter, option)
            for part, up in ((_Sub.SC_SpinBoxUp, True), (_Sub.SC_SpinBoxDown, False)):
                _paint_arrow(painter, option, QRectF(self.subControlRect(control, option, part, widget)), up=up)
        else:
            super().drawComplexControl(control, option, painter, widget)


def _as(option: QStyleOption, kind: type[Option]) -> Option:
    """An option as what Qt says it is for its control: PyQt may show it as what lay at its address before."""
    known = cast("Any", sip)  # PyQt6's stub says that an address is None
    return cast("Option", known.wrapinstance(known.unwrapinstance(option), kind))


def blend_in(view: QAbstractScrollArea) -> None:
    """Let a list lie on its card, without a ground of its own."""
    palette = view.palette()
    palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
    view.setPalette(palette)
    viewport = view.viewport()
    if viewport is not None:
        viewport.setAutoFillBackground(False)
    view.setFrameShape(QAbstractScrollArea.Shape.NoFrame)


def blend_in_number(field: QAbstractSpinBox) -> None:
    """Let a number lie on the ground that this style paints for it."""
    line = field.lineEdit()
    if line is not None:
        palette = line.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
        line.setPalette(palette)


def _paint_chosen(painter: QPainter, option: QStyleOption) -> None:
    ground = QColor(colours_for(option.palette).accent)
    ground.setAlpha(56)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(option.rect), 4, 4)
    painter.restore()


def _paint_tab(painter: QPainter, option: QStyleOption) -> None:
    if option.state & QStyle.StateFlag.State_Selected:
        painter.setPen(QPen(QColor(colours_for(option.palette).accent), 2))
        painter.drawLine(option.rect.bottomLeft() + QPoint(6, 0), option.rect.bottomRight() - QPoint(6, 0))


def _paint_field(painter: QPainter, option: QStyleOptionComplex) -> None:
    colours = colours_for(option.palette)
    has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colours.accent if has_focus else colours.line), 1.4 if has_focus else 1.0))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), FIELD_RADIUS_PX, FIELD_RADIUS_PX)
    painter.restore()


def _paint_box(painter: QPainter, option: QStyleOption) -> None:
    """A check box whose edge is seen in every theme."""
    colours = colours_for(option.palette)
    is_on = bool(option.state & QStyle.StateFlag.State_On)
    box = QRectF(option.rect).adjusted(1, 1, -1, -1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colours.accent if is_on else colours.muted), 1.3))
    painter.setBrush(QColor(colours.accent if is_on else colours.raised))
    painter.drawRoundedRect(box, 3, 3)
    if is_on:
        painter.setPen(QPen(QColor(colours.on_accent), 1.8))
        painter.drawPolyline(
            QPolygonF([QPointF(box.left() + box.width() * x, box.top() + box.height() * y) for x, y in _CHECK_MARK])
        )
    painter.restore()


def _paint_arrow(painter: QPainter, option: QStyleOption, box: QRectF, *, up: bool) -> None:
    colours = colours_for(option.palette)
    is_on = bool(option.state & QStyle.StateFlag.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colours.text if is_on else colours.muted), 1.5))
    middle, sign = box.center(), -1 if up else 1
    corners = [QPointF(-3.5, -1.8 * sign), QPointF(0, 1.8 * sign), QPointF(3.5, -1.8 * sign)]
    painter.drawPolyline(QPolygonF([middle + corner for corner in corners]))
    painter.restore()


def _scroll_bar_part(option: QStyleOptionSlider, part: _Sub) -> QRect:
    """No buttons: the groove is all of the bar."""
    whole = option.rect
    is_down = option.orientation == Qt.Orientation.Vertical
    length = whole.height() if is_down else whole.width()
    span = option.maximum - option.minimum
    if part in (_Sub.SC_ScrollBarGroove, _Sub.SC_ScrollBarAddPage, _Sub.SC_ScrollBarSubPage) and span <= 0:
        return whole if part is _Sub.SC_ScrollBarGroove else QRect()
    handle = max(28, length * option.pageStep // max(1, span + option.pageStep)) if span > 0 else length
    start = (length - handle) * (option.sliderPosition - option.minimum) // span if span > 0 else 0
    ranges = {
        _Sub.SC_ScrollBarSlider: (start, handle),
        _Sub.SC_ScrollBarSubPage: (0, start),
        _Sub.SC_ScrollBarAddPage: (start + handle, length - start - handle),
        _Sub.SC_ScrollBarGroove: (0, length),
    }
    if part not in ranges:
        return QRect()
    first, size = ranges[part]
    if is_down:
        return QRect(whole.left(), whole.top() + first, whole.width(), size)
    return QRect(whole.left() + first, whole.top(), size, whole.height())


def _paint_scroll_bar(painter: QPainter, option: QStyleOptionSlider) -> None:
    if option.maximum <= option.minimum:
        return
    colours = colours_for(option.palette)
    is_warm = bool(option.state & QStyle.StateFlag.State_MouseOver)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.muted if is_warm else colours.line))
    box = QRectF(_scroll_bar_part(option, _Sub.SC_ScrollBarSlider)).adjusted(2, 2, -2, -2)
    painter.drawRoundedRect(box, 3, 3)
    painter.restore()
