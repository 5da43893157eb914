"""The row at the top: pages and choosers on the left, toggles and the menu on the right."""

from collections.abc import Mapping

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QFont, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget, QWidgetAction
from typing_extensions import override

from app.action_table import ACTIONS, info_for
from app.actions import ActionInfo, ActionKey, Group
from app.bridges.backend import Choice, Offers
from app.icons import icon
from app.page_key import PageKey
from app.theme import EDGE_PX, GAP_PX, colours_for
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import QuietLabel

TOGGLE_WORDS_PX, TAB_WORDS_PX = 1380, 1060  # narrower windows show icons only
MENU_TEXT_PX = 340
CHOOSER_PX, NARROW_CHOOSER_PX = 300, 210
LONG_GROUP = 7  # actions from which a group of the menu opens to the side
TOGGLES = (ActionKey.MIRROR, ActionKey.HEAT, ActionKey.FREEZE)
SMALL = (ActionKey.FULL_SCREEN, ActionKey.THEME, ActionKey.SHORTCUTS)
TABS = {
    PageKey.LIVE: ActionKey.SHOW_LIVE,
    PageKey.RECORD: ActionKey.SHOW_RECORD,
    PageKey.LABEL: ActionKey.SHOW_LABEL,
    PageKey.TRAIN: ActionKey.SHOW_TRAIN,
    PageKey.LECTURE: ActionKey.SHOW_LECTURE,
}
HAS_SOURCE = (PageKey.LIVE, PageKey.RECORD)
HAS_MODEL = (PageKey.LIVE, PageKey.LABEL, PageKey.LECTURE)


class Header(QWidget):
    """Knows what can be chosen, but not what choosing does.

    Signals:
        source_chosen(str): key of the chosen source.
        model_chosen(str): key of the chosen model.
    """

    source_chosen = pyqtSignal(str)
    model_chosen = pyqtSignal(str)

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._offers = Offers()
        self._source_key, self._model_key = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.source_menu, self.model_menu, self.main_menu = QMenu(self), QMenu(self), QMenu(self)
        self.source_button = self._chooser(ActionKey.CHOOSE_SOURCE, self.source_menu, "Source")
        self.model_button = self._chooser(ActionKey.CHOOSE_MODEL, self.model_menu, "Model")
        self.library_button = Button(icon="folder", text="Library", look=ButtonLook.RAISED)
        self.library_button.setObjectName("button_library")
        self.library_button.setAccessibleName("Library")
        self.library_button.setToolTip(actions[ActionKey.OPEN_LIBRARY].toolTip())
        self.library_button.setMaximumWidth(CHOOSER_PX)
        self.library_button.clicked.connect(actions[ActionKey.OPEN_LIBRARY].trigger)
        self._page = PageKey.LIVE
        self.tabs = {page: self._tab(key) for page, key in TABS.items()}
        self._toggles = [Button.for_action(actions[key], icon=info_for(key).icon) for key in TOGGLES]
        self._small = [Button.for_action(actions[key], icon=info_for(key).icon) for key in SMALL]
        self._menu_button = Button(icon="menu", text="Menu")
        self._menu_button.setToolTip("Everything that can be done here")
        self._menu_button.setAccessibleName("Menu")
        self._menu_button.clicked.connect(self._open_main_menu)
        self._lay_out()
        self.main_menu.aboutToShow.connect(self._fill_main_menu)
        self._fill_main_menu()
        self.set_offers(self._offers)

    def set_offers(self, offers: Offers) -> None:
        """Offer other cameras, performers and models."""
        self._offers = offers
        self._fill_source_menu()
        self._fill_model_menu()

    def show_source(self, key: str, title: str, *, icon_name: str) -> None:
        """Name the source in use."""
        self._source_key = key
        self.source_button.set_icon_name(icon_name)
        self._retitle(self.source_button, title, "Source")
        self._fill_source_menu()

    def show_model(self, key: str, title: str) -> None:
        """Name the model in use."""
        self._model_key = key
        self._retitle(self.model_button, title, "Model")
        self._fill_model_menu()

    def show_library(self, name: str, *, folder: str) -> None:
        """Name the library in use."""
        self._retitle(self.library_button, name, "Library")
        self.library_button.setToolTip(f"{folder}\n{self._actions[ActionKey.OPEN_LIBRARY].toolTip()}")

    def show_page(self, page: PageKey) -> None:
        """Offer what a page needs."""
        self._page = page
        for key, tab in self.tabs.items():
            tab.setChecked(key is page)
        self.source_button.setVisible(page in HAS_SOURCE)
        self.model_button.setVisible(page in HAS_MODEL)
        self.library_button.setVisible(page is not PageKey.LIVE)
        for toggle, button in zip(TOGGLES, self._toggles, strict=True):
            button.setVisible(info_for(toggle).is_on(page))
        self._fill_main_menu()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        for button in self._toggles:
            button.set_shows_text(self.width() >= TOGGLE_WORDS_PX)
        for tab in self.tabs.values():
            tab.set_shows_text(self.width() >= TAB_WORDS_PX)
        widest = CHOOSER_PX if self.width() >= TOGGLE_WORDS_PX else NARROW_CHOOSER_PX
        for button in (self.source_button, self.model_button, self.library_button):
            button.setMaximumWidth(widest)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE_PX, GAP_PX, EDGE_PX, 0)
        layout.setSpacing(GAP_PX - 2)
        for tab in self.tabs.values():
            layout.addWidget(tab)
        layout.addSpacing(GAP_PX)
        layout.addWidget(self.source_button)
        layout.addWidget(self.model_button)
        layout.addWidget(self.library_button)
        layout.addStretch(1)
        for button in self._toggles:
            layout.addWidget(button)
        layout.addSpacing(GAP_PX)
        for button in (*self._small, self._menu_button):
            button.set_shows_text(False)
            layout.addWidget(button)

    def _chooser(self, key: ActionKey, menu: QMenu, name: str) -> Button:
        button = Button(icon=info_for(key).icon, text=name, look=ButtonLook.RAISED)
        button.setObjectName(f"button_{key}")
        button.setToolTip(self._actions[key].toolTip())
        button.setAccessibleName(name)
        button.setMaximumWidth(CHOOSER_PX)
        button.set_menu(menu)
        return button

    def _tab(self, key: ActionKey) -> Button:
        action = self._actions[key]
        tab = Button(icon=info_for(key).icon, text=info_for(key).text)
        tab.setObjectName(f"tab_{key}")
        tab.setCheckable(True)
        tab.setToolTip(action.toolTip())
        tab.setAccessibleName(f"Page: {info_for(key).text}")
        tab.clicked.connect(action.trigger)
        return tab

    def _retitle(self, button: Button, title: str, name: str) -> None:
        button.setText(title)
        button.setAccessibleName(f"{name}: {title}")
        button.updateGeometry()

    def _fill_source_menu(self) -> None:
        menu = self.source_menu
        menu.clear()
        group = QActionGroup(menu)
        self._add_choices(menu, group, "Cameras", self._offers.cameras, "No camera found")
        self._add_choices(menu, group, "Performer", self._offers.performers[:1], "")
        if len(self._offers.performers) > 1:
            more = menu.addMenu("One action")
            if more is not None:
                self._add_choices(more, QActionGroup(more), "", self._offers.performers[1:], "")
        menu.addSeparator()
        menu.addAction(self._actions[ActionKey.OPEN_VIDEO])
        menu.addAction(self._actions[ActionKey.REFRESH])

    def _add_choices(
        self, menu: QMenu, group: QActionGroup, heading: str, choices: tuple[Choice, ...], none_text: str
    ) -> None:
        if heading:
            add_heading(menu, heading)
        if not choices and none_text:
            nothing = menu.addAction(none_text)
            if nothing is not None:
                nothing.setEnabled(False)
        for choice in choices:
            action = self._choice_action(menu, group, choice, is_current=choice.key == self._source_key)
            action.triggered.connect(lambda _checked, key=choice.key: self.source_chosen.emit(key))

    def _choice_action(self, menu: QMenu, group: QActionGroup, choice: Choice, *, is_current: bool) -> QAction:
        title = menu.fontMetrics().elidedText(choice.title, Qt.TextElideMode.ElideMiddle, MENU_TEXT_PX)
        action = QAction(title.replace("&", "&&"), menu)
        action.setToolTip(choice.detail or choice.title)
        action.setCheckable(True)
        action.setChecked(is_current)
        group.addAction(action)
        menu.addAction(action)
        return action

    def _fill_model_menu(self) -> None:
        menu = self.model_menu
        menu.clear()
        group = QActionGroup(menu)
        if self._offers.own_models:
            add_heading(menu, "Of this library")
            self._add_models(menu, group, self._offers.own_models)
            add_heading(menu, "All others")
        self._add_models(menu, group, self._offers.models)
        if not self._offers.models:
            nothing = menu.addAction("No model found")
            if nothing is not None:
                nothing.setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._actions[ActionKey.OPEN_MODEL])
        menu.addAction(self._actions[ActionKey.REFRESH])

    def _add_models(self, menu: QMenu, group: QActionGroup, choices: tuple[Choice, ...]) -> None:
        for choice in choices:
            action = self._choice_action(menu, group, choice, is_current=choice.key == self._model_key)
            action.triggered.connect(lambda _checked, key=choice.key: self.model_chosen.emit(key))

    def _fill_main_menu(self) -> None:
        menu = self.main_menu
        menu.clear()
        for group in Group:
            infos = [info for info in ACTIONS if info.group is group and info.is_on(self._page)]
            if len(infos) >= LONG_GROUP:
                to_the_side = menu.addMenu(group.value)
                if to_the_side is not None:
                    self._add_actions(to_the_side, infos)
            elif infos:
                add_heading(menu, group.value)
                self._add_actions(menu, infos)

    def _add_actions(self, menu: QMenu, infos: list[ActionInfo]) -> None:
        colours = colours_for(self.palette())
        for info in infos:
            action = self._actions[info.key]
            if not info.is_toggle:  # a toggle shows its check mark in that place
                action.setIcon(icon(info.icon, colour=colours.text))
            menu.addAction(action)

    def _open_main_menu(self) -> None:
        corner = self._menu_button.rect().bottomRight() + QPoint(1, 4)
        width = self.main_menu.sizeHint().width()
        self.main_menu.popup(self._menu_button.mapToGlobal(corner) - QPoint(width, 0))


def add_heading(menu: QMenu, text: str) -> None:
    """A quiet heading above a group of entries, set off from the group before it."""
    if menu.actions():
        menu.addSeparator()
    label = QuietLabel(text, weight=QFont.Weight.DemiBold)
    label.setContentsMargins(EDGE_PX, GAP_PX - 2, EDGE_PX, 2)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    heading = QWidgetAction(menu)
    heading.setDefaultWidget(label)
    heading.setEnabled(False)
    menu.addAction(heading)
