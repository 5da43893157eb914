"""What can be done in the window, as one table: it feeds the menu, the buttons, the keys and the shortcuts sheet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget


class ActionKey(StrEnum):
    """Names one thing that can be done."""

    CHOOSE_SOURCE = "choose_source"
    OPEN_VIDEO = "open_video"
    USE_CAMERA = "use_camera"
    USE_PERFORMER = "use_performer"
    REFRESH = "refresh"
    TRY_AGAIN = "try_again"
    CHOOSE_MODEL = "choose_model"
    CANCEL = "cancel"
    MIRROR = "mirror"
    HEAT = "heat"
    FREEZE = "freeze"
    TIMINGS = "timings"
    FULL_SCREEN = "full_screen"
    LEAVE = "leave"
    THEME = "theme"
    SHORTCUTS = "shortcuts"
    ABOUT = "about"
    QUIT = "quit"


class Group(StrEnum):
    """Headings of the menu and of the shortcuts sheet."""

    SOURCE = "Source"
    VIEW = "View"
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


ACTIONS: tuple[ActionInfo, ...] = (
    ActionInfo(
        key=ActionKey.CHOOSE_SOURCE,
        group=Group.SOURCE,
        text="Choose a source",
        help="Camera, video or performer: what the pictures come from",
        shortcut="Ctrl+L",
        icon="camera",
    ),
    ActionInfo(
        key=ActionKey.OPEN_VIDEO,
        group=Group.SOURCE,
        text="Open a video…",
        help="Choose a video file; dropping one onto the window does the same",
        shortcut="Ctrl+O",
        icon="film",
    ),
    ActionInfo(
        key=ActionKey.USE_CAMERA,
        group=Group.SOURCE,
        text="Use the first camera",
        help="Go back to the first camera that is plugged in",
        shortcut="Ctrl+1",
        icon="camera",
    ),
    ActionInfo(
        key=ActionKey.USE_PERFORMER,
        group=Group.SOURCE,
        text="Use the performer",
        help="A virtual person acts, so that no camera is needed",
        shortcut="Ctrl+P",
        icon="performer",
    ),
    ActionInfo(
        key=ActionKey.REFRESH,
        group=Group.SOURCE,
        text="Look for cameras",
        help="Look again for cameras and models",
        shortcut="Ctrl+R",
        icon="refresh",
    ),
    ActionInfo(
        key=ActionKey.TRY_AGAIN,
        group=Group.SOURCE,
        text="Try again",
        help="Start the same source once more",
        shortcut="Ctrl+T",
        icon="again",
    ),
    ActionInfo(
        key=ActionKey.CHOOSE_MODEL,
        group=Group.SOURCE,
        text="Choose a model",
        help="The network that names the actions",
        shortcut="Ctrl+M",
        icon="model",
    ),
    ActionInfo(
        key=ActionKey.CANCEL,
        group=Group.SOURCE,
        text="Stop",
        help="Stop what is running or being fetched",
        shortcut="Ctrl+.",
        icon="freeze",
    ),
    ActionInfo(
        key=ActionKey.MIRROR,
        group=Group.VIEW,
        text="Mirror",
        help="Show the picture as in a mirror; the network still sees it unmirrored",
        shortcut="M",
        icon="mirror",
        is_toggle=True,
    ),
    ActionInfo(
        key=ActionKey.HEAT,
        group=Group.VIEW,
        text="Heat",
        help="Show on the joints how much the network attends to each",
        shortcut="H",
        icon="heat",
        is_toggle=True,
    ),
    ActionInfo(
        key=ActionKey.FREEZE,
        group=Group.VIEW,
        text="Freeze",
        help="Hold the picture to look at it; recognition goes on behind it",
        shortcut="Space",
        icon="freeze",
        is_toggle=True,
    ),
    ActionInfo(
        key=ActionKey.TIMINGS,
        group=Group.VIEW,
        text="Times",
        help="Show over the picture where its time goes, stage by stage",
        shortcut="L",
        icon="info",
        is_toggle=True,
    ),
    ActionInfo(
        key=ActionKey.FULL_SCREEN,
        group=Group.VIEW,
        text="Full screen",
        help="Only the picture and what is recognised",
        shortcut="F11",
        icon="fullscreen",
        is_toggle=True,
    ),
    ActionInfo(
        key=ActionKey.LEAVE,
        group=Group.VIEW,
        text="Leave full screen",
        help="Back to the window with its buttons",
        shortcut="Esc",
        icon="leave",
    ),
    ActionInfo(
        key=ActionKey.THEME,
        group=Group.VIEW,
        text="Change the theme",
        help="Goes round: as the system, light, dark",
        shortcut="T",
        icon="theme",
    ),
    ActionInfo(
        key=ActionKey.SHORTCUTS,
        group=Group.HELP,
        text="Keys",
        help="All keys on one sheet",
        shortcut="F1",
        icon="keyboard",
    ),
    ActionInfo(
        key=ActionKey.ABOUT,
        group=Group.HELP,
        text="What the glow means",
        help="What attention shows, and what it does not prove",
        shortcut="Shift+F1",
        icon="info",
    ),
    ActionInfo(
        key=ActionKey.QUIT,
        group=Group.HELP,
        text="Quit",
        help="Close the window and release the camera",
        shortcut="Ctrl+Q",
        icon="quit",
    ),
)


def info_for(key: ActionKey) -> ActionInfo:
    """The row of one action."""
    return next(info for info in ACTIONS if info.key is key)


def shortcut_text(info: ActionInfo) -> str:
    """The key as this desktop writes it."""
    return QKeySequence(info.shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def make_actions(window: QWidget, handlers: Mapping[ActionKey, Callable[[], None]]) -> dict[ActionKey, QAction]:
    """One QAction a row, owned by the window and added to it, so that keys work where no menu shows.

    A toggle's handler is called after its check mark changed. Raises KeyError for a row without a handler.
    """
    actions: dict[ActionKey, QAction] = {}
    for info in ACTIONS:
        action = QAction(info.text, window)
        action.setObjectName(info.key.value)
        action.setShortcut(QKeySequence(info.shortcut))
        action.setAutoRepeat(False)
        action.setToolTip(f"{info.help} ({shortcut_text(info)})")
        action.setCheckable(info.is_toggle)
        action.triggered.connect(_without_argument(handlers[info.key]))
        window.addAction(action)
        actions[info.key] = action
    return actions


def _without_argument(handler: Callable[[], None]) -> Callable[[bool], None]:
    """`triggered` sends the check mark; handlers read it from the action where they need it."""

    def call(_checked: bool) -> None:
        handler()

    return call
