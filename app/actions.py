"""What can be done in the window, as one table: it feeds menu, buttons, keys, palette and the sheet of keys.

The rows are in `app.action_table`. A row that names pages works there only, so the same key may do one thing on one
page and another on the next.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from PyQt6.QtCore import QEvent
from PyQt6.QtGui import QAction, QKeySequence, QShortcutEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from app.page_key import PageKey


class ActionKey(StrEnum):
    """Names one thing that can be done."""

    # Source
    CHOOSE_SOURCE = "choose_source"
    OPEN_VIDEO = "open_video"
    USE_CAMERA = "use_camera"
    USE_PERFORMER = "use_performer"
    REFRESH = "refresh"
    TRY_AGAIN = "try_again"
    CHOOSE_MODEL = "choose_model"
    CANCEL = "cancel"
    # Recording
    RECORD = "record"
    KEEP_LAST = "keep_last"
    NEXT_TAKE = "next_take"
    AGAIN_TAKE = "again_take"
    DISCARD_TAKE = "discard_take"
    # Playing
    PLAY = "play"
    PLAY_BACKWARD = "play_backward"
    PAUSE = "pause"
    PLAY_FORWARD = "play_forward"
    FRAME_BACK = "frame_back"
    FRAME_ON = "frame_on"
    SECOND_BACK = "second_back"
    SECOND_ON = "second_on"
    TO_START = "to_start"
    TO_END = "to_end"
    EDGE_BACK = "edge_back"
    EDGE_ON = "edge_on"
    SLOWER = "slower"
    FASTER = "faster"
    LOOP = "loop"
    # Labelling
    MARK_IN = "mark_in"
    MARK_OUT = "mark_out"
    COMMIT = "commit"
    DIGITS = "digits"
    START_EARLIER = "start_earlier"
    START_LATER = "start_later"
    END_EARLIER = "end_earlier"
    END_LATER = "end_later"
    SPLIT = "split"
    MERGE = "merge"
    RELABEL = "relabel"
    REMOVE = "remove"
    SELECT_ALL = "select_all"
    UNDO = "undo"
    REDO = "redo"
    ADD_ACTION = "add_action"
    PROPOSE = "propose"
    ACCEPT = "accept"
    REFUSE = "refuse"
    EARLIER_LABELS = "earlier_labels"
    # Library
    OPEN_LIBRARY = "open_library"
    IMPORT = "import"
    EXPORT = "export"
    CHECK_LIBRARY = "check_library"
    SEARCH = "search"
    NEXT_RECORDING = "next_recording"
    PREVIOUS_RECORDING = "previous_recording"
    CHANGE_PERSON = "change_person"
    DISCARD_RECORDING = "discard_recording"
    PUT_BACK = "put_back"
    # Lecture
    REPLAY_LIVE = "replay_live"
    SHOW_CLIP = "show_clip"
    CHECK = "check"
    TAKE_HOME = "take_home"
    PRESENT = "present"
    ADD_STEP = "add_step"
    DROP_STEP = "drop_step"
    STEP_EARLIER = "step_earlier"
    STEP_LATER = "step_later"
    NEXT_STEP = "next_step"
    PREVIOUS_STEP = "previous_step"
    OPEN_PROGRAMME = "open_programme"
    SAVE_PROGRAMME = "save_programme"
    # Training
    TRAIN = "train"
    STOP_TRAINING = "stop_training"
    GO_LIVE = "go_live"
    SAVE_MODEL = "save_model"
    OPEN_MODEL = "open_model"
    # View
    MIRROR = "mirror"
    HEAT = "heat"
    FREEZE = "freeze"
    TIMINGS = "timings"
    SKELETON = "skeleton"
    COLOURS = "colours"
    RANGE = "range"
    TRAILS = "trails"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    ZOOM_FIT = "zoom_fit"
    FULL_SCREEN = "full_screen"
    LEAVE = "leave"
    THEME = "theme"
    # Pages
    SHOW_LIVE = "show_live"
    SHOW_RECORD = "show_record"
    SHOW_LABEL = "show_label"
    SHOW_TRAIN = "show_train"
    SHOW_LECTURE = "show_lecture"
    # Help
    PALETTE = "palette"
    SHORTCUTS = "shortcuts"
    ABOUT = "about"
    QUIT = "quit"


class Group(StrEnum):
    """Headings of the menu and of the shortcuts sheet."""

    SOURCE = "Source"
    RECORD = "Recording"
    PLAY = "Playing"
    LABEL = "Labelling"
    LIBRARY = "Library"
    LECTURE = "Lecture"
    TRAIN = "Training"
    VIEW = "View"
    PAGES = "Pages"
    HELP = "Help"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInfo:
    """One row of the table. `text` labels menus and buttons, `help` is the hover help, `icon` lies in assets/icons."""

    key: ActionKey
    group: Group
    text: str
    help: str
    shortcut: str
    icon: str
    is_toggle: bool = False
    repeats: bool = False  # while its key is held
    pages: frozenset[PageKey] = frozenset()  # where it can be done; none named: everywhere
    also: str = ""  # the same key as other keyboards and systems send it
    is_held: bool = False  # its keys are pressed and held: the page listens for them itself

    def is_on(self, page: PageKey) -> bool:
        """Whether it can be done on a page."""
        return not self.pages or page in self.pages


class KeyAction(QAction):
    """Works also where two of its own keys are one on a keyboard, as Shift+[ and { are: Qt would do nothing then."""

    @override
    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QShortcutEvent) and event.isAmbiguous() and len(self.shortcuts()) > 1:
            self.trigger()
            return True
        return super().event(event)


def shortcut_text(shortcut: str) -> str:
    """A key as this desktop writes it."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText) or shortcut


def make_actions(
    window: QWidget,
    rows: tuple[ActionInfo, ...],
    does: Callable[[ActionKey], None],
    *,
    keys: Mapping[str, str] | None = None,
) -> dict[ActionKey, QAction]:
    """One QAction a row, owned by the window and added to it, so that keys work where no menu shows.

    `does` does what a row says; for a toggle after its check mark changed. `keys` are the user's own, by the action's
    name.
    """
    actions: dict[ActionKey, QAction] = {}
    for info in rows:
        action = KeyAction(info.text, window)
        action.setObjectName(info.key.value)
        action.setAutoRepeat(info.repeats)
        action.setCheckable(info.is_toggle)
        set_shortcut(action, info, (keys or {}).get(info.key.value, info.shortcut))
        action.triggered.connect(lambda _checked, key=info.key: does(key))
        window.addAction(action)
        actions[info.key] = action
    return actions


def show_on(page: PageKey, rows: tuple[ActionInfo, ...], actions: Mapping[ActionKey, QAction]) -> None:
    """Offer what can be done on a page, and nothing else: one key may mean another thing on each page."""
    for info in rows:
        actions[info.key].setVisible(info.is_on(page))  # an action that is not shown has no key either


def set_shortcut(action: QAction, info: ActionInfo, shortcut: str) -> None:
    """Give an action another key; "" leaves it without one."""
    if not info.is_held:
        alike = [info.also] if info.also and shortcut == info.shortcut else []
        action.setShortcuts([QKeySequence(key) for key in (shortcut, *alike) if key])
    action.setToolTip(f"{info.help} ({shortcut_text(shortcut)})" if shortcut else info.help)
