"""What lies over a picture, and fits itself to it."""

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtWidgets import QWidget
from typing_extensions import override


class FollowsParent(QObject):
    """Lays a widget out again, with its `fit`, whenever its parent gets another size."""

    def __init__(self, widget: QWidget, fit: Callable[[], None]) -> None:
        super().__init__(widget)
        self._fit = fit
        parent = widget.parentWidget()
        assert parent is not None
        parent.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Resize:
            self._fit()
        return False
