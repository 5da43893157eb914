"""Messages over the picture: a title, a sentence, and buttons that do something about it."""

from collections.abc import Mapping

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QAction, QColor, QFont, QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.action_table import info_for
from app.actions import ActionKey
from app.icons import icon_pixmap
from app.messages import Message, MessageKind
from app.theme import EDGE_PX, GAP_PX, RADIUS_PX, colours_for, sized
from app.widgets.buttons import Button, ButtonLook
from app.widgets.follows_parent import FollowsParent

WIDEST_PX = 560
ICONS = {
    MessageKind.PROGRESS: "info",
    MessageKind.EMPTY: "info",
    MessageKind.UNPLUGGED: "unplugged",
    MessageKind.ERROR: "warning",
    MessageKind.ENDED: "info",
}


class ProgressLine(QWidget):
    """A thin line that fills, or one third of it moving to and fro where the end is unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(6)
        self._fraction: float | None = None
        self.setAccessibleName("Progress")

    def show_fraction(self, fraction: float | None) -> None:
        """Show how far it is, 0..1, or that it is not known."""
        self._fraction = fraction
        self.setAccessibleDescription("" if fraction is None else f"{fraction:.0%}")
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(self.rect())
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(QColor(colours.accent))
        if self._fraction is not None:
            track.setWidth(max(6.0, track.width() * min(1.0, max(0.0, self._fraction))))
            painter.drawRoundedRect(track, 3, 3)
        else:
            painter.setOpacity(0.55)
            painter.drawRoundedRect(track.adjusted(track.width() / 3, 0, -track.width() / 3, 0), 3, 3)
        painter.end()


class MessagePanel(QWidget):
    """Shows one Message at a time, or hides. Rebuilds its buttons only when the offers change."""

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._message: Message | None = None
        self._offers: tuple[ActionKey, ...] = ()
        self._icon, self._title, self._text = QLabel(), QLabel(), QLabel()
        self._progress = ProgressLine()
        self._buttons = QHBoxLayout()
        self._build()
        FollowsParent(self, self.fit)
        self.hide()

    @property
    def message(self) -> Message | None:
        """What is said now."""
        return self._message

    def show_message(self, message: Message | None) -> None:
        """Say something else, or nothing."""
        if message == self._message:
            return
        self._message = message
        self.setVisible(message is not None)
        if message is None:
            return
        self._title.setText(message.title)
        self._text.setText(message.text)
        self._text.setVisible(bool(message.text))
        self._progress.setVisible(message.kind is MessageKind.PROGRESS)
        self._progress.show_fraction(message.fraction)
        self.setAccessibleName(f"{message.title}. {message.text}")
        self._colour_icon(message.kind)
        self._show_offers(message.offers)
        self.fit()

    def fit(self) -> None:
        """Lie in the middle of the parent, at the size that the text needs."""
        parent = self.parentWidget()
        if parent is None or self._message is None:
            return
        width = min(WIDEST_PX, parent.width() - 2 * EDGE_PX)
        self.setFixedWidth(width)
        layout = self.layout()
        if layout is not None:
            layout.activate()
            height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else self.sizeHint().height()
            self.resize(width, height)
        self.move((parent.width() - self.width()) // 2, max(0, (parent.height() - self.height()) // 2))

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.line))
        painter.setBrush(QColor(colours.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX + 2, RADIUS_PX + 2)
        painter.end()

    def _build(self) -> None:
        self._title.setFont(sized(self.font(), 1.3, QFont.Weight.DemiBold))
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        heading = QHBoxLayout()
        heading.setSpacing(EDGE_PX)
        heading.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        heading.addWidget(self._title, 1)
        self._buttons.setSpacing(GAP_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * EDGE_PX, 2 * EDGE_PX - 2, 2 * EDGE_PX, 2 * EDGE_PX - 2)
        layout.setSpacing(EDGE_PX)
        layout.addLayout(heading)
        layout.addWidget(self._text)
        layout.addWidget(self._progress)
        layout.addLayout(self._buttons)

    def _colour_icon(self, kind: MessageKind) -> None:
        colours = colours_for(self.palette())
        colour = colours.warning if kind is MessageKind.ERROR else colours.accent
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icon_pixmap(ICONS[kind], colour=colour, size_px=26, ratio=ratio))

    def _show_offers(self, offers: tuple[ActionKey, ...]) -> None:
        if offers == self._offers:
            return
        self._offers = offers
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.setParent(None)  # it may be the one that was just pressed, so it goes later
                widget.deleteLater()
        for place, key in enumerate(offers):
            look = ButtonLook.PRIMARY if place == 0 and key is not ActionKey.CANCEL else ButtonLook.RAISED
            button = Button.for_action(self._actions[key], icon=info_for(key).icon, look=look)
            self._buttons.addWidget(button)
            button.show()  # a layout counts hidden widgets as nothing, and `fit` asks it at once
        self._buttons.addStretch(1)
