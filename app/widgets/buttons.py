"""The one kind of button of this program: flat, rounded, with an icon, elided where room is short."""

from enum import StrEnum

from PyQt6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PyQt6.QtGui import QAction, QColor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget
from typing_extensions import override

from app.icons import icon_pixmap
from app.theme import Colours, colours_for

HEIGHT_PX = 34
ICON_PX = 18
PADDING_PX = 10
RADIUS_PX = 8


class ButtonLook(StrEnum):
    """FLAT: only an icon until hovered. RAISED: a filled button. PRIMARY: the one that is offered first."""

    FLAT = "flat"
    RAISED = "raised"
    PRIMARY = "primary"


class Button(QAbstractButton):
    """A button with icon and text; Enter presses it too, since Space belongs to the window.

    With a menu it shows a small arrow and opens the menu when pressed.
    """

    def __init__(
        self, *, icon: str, text: str = "", look: ButtonLook = ButtonLook.FLAT, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._look = look
        self._menu: QMenu | None = None
        self._action: QAction | None = None
        self._shows_text = True
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @classmethod
    def for_action(cls, action: QAction, *, icon: str, look: ButtonLook = ButtonLook.FLAT) -> "Button":
        """A button that mirrors an action: its text, help, check mark and whether it can be used."""
        button = cls(icon=icon, text=action.text(), look=look)
        button.setObjectName(f"button_{action.objectName()}")
        button.setCheckable(action.isCheckable())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())
        button.setAccessibleDescription(action.toolTip())
        button.clicked.connect(action.trigger)
        button._action = action
        action.changed.connect(button._follow)  # a method: the connection ends with the button
        button._follow()
        return button

    def set_icon_name(self, icon: str) -> None:
        """Show another icon."""
        self._icon_name = icon
        self.update()

    def set_shows_text(self, shows_text: bool) -> None:
        """Icon and text, or the icon alone where the window is narrow."""
        self._shows_text = shows_text
        self.updateGeometry()
        self.update()

    def set_menu(self, menu: QMenu) -> None:
        """Open this menu when pressed."""
        self._menu = menu
        self.clicked.connect(self.open_menu)

    def open_menu(self) -> None:
        """Show the menu below the button, without waiting for it to close."""
        if self._menu is not None:
            self._menu.setMinimumWidth(self.width())
            self._menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    @override
    def sizeHint(self) -> QSize:
        width = 2 * PADDING_PX + ICON_PX
        if self._label():
            width += 8 + self.fontMetrics().horizontalAdvance(self._label()) + 2
        if self._menu is not None and self._label():
            width += 20
        return QSize(width, HEIGHT_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        room_for_text = 70 if self._menu is not None and self._label() else 0
        hint = self.sizeHint()
        smallest = 2 * PADDING_PX + ICON_PX + room_for_text
        return QSize(min(hint.width(), smallest), hint.height()) if self._menu is not None else hint

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent | None) -> None:
        self.update()
        super().enterEvent(event)

    @override
    def leaveEvent(self, event: QEvent | None) -> None:
        self.update()
        super().leaveEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        ground, ink = self._ground_and_ink(colours)
        frame = self.rect().adjusted(1, 1, -1, -1)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        self._paint_content(painter, ink, colours)
        painter.end()

    def _follow(self) -> None:
        if self._action is not None:
            self.setChecked(self._action.isChecked())
            self.setEnabled(self._action.isEnabled())
            self.setToolTip(self._action.toolTip())

    def _label(self) -> str:
        return self.text() if self._shows_text else ""

    def _ground_and_ink(self, colours: Colours) -> tuple[QColor, QColor]:
        is_warm = self.isEnabled() and (self.underMouse() or self.isDown())
        ink = QColor(colours.text if self.isEnabled() else colours.muted)
        if self._look is ButtonLook.PRIMARY:
            ground = QColor(colours.accent)
            return (ground.lighter(112) if is_warm else ground), QColor(colours.on_accent)
        if self.isChecked():
            ground, ink = QColor(colours.accent), QColor(colours.accent)
            ground.setAlpha(70 if is_warm else 44)
            return ground, ink
        ground = QColor(colours.raised)
        if self._look is ButtonLook.RAISED:
            return (QColor(colours.line) if is_warm else ground), ink
        return (ground if is_warm else QColor(Qt.GlobalColor.transparent)), ink

    def _paint_content(self, painter: QPainter, ink: QColor, colours: Colours) -> None:
        top = (self.height() - ICON_PX) // 2
        left = PADDING_PX if self._label() else (self.width() - ICON_PX) // 2
        if self._label() and self._menu is None:  # in the middle, where it was made wider than it needs to be
            left += max(0, (self.width() - self.sizeHint().width()) // 2)
        ratio = self.devicePixelRatioF()
        icon = icon_pixmap(self._icon_name, colour=ink.name(), size_px=ICON_PX, ratio=ratio)
        painter.drawPixmap(left, top, icon)
        right = self.width() - PADDING_PX
        if self._menu is not None and self._label():
            right -= 18
            arrow = icon_pixmap("chevron", colour=colours.muted, size_px=16, ratio=ratio)
            painter.drawPixmap(right + 4, (self.height() - 16) // 2, arrow)
        if self._label():
            box = QRect(left + ICON_PX + 8, 0, right - left - ICON_PX - 8, self.height())
            text = painter.fontMetrics().elidedText(self._label(), Qt.TextElideMode.ElideRight, box.width())
            painter.setPen(ink)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
