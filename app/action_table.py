"""The rows of the table of actions: key, text, help, shortcut, icon, and where they can be done."""

from functools import partial
from typing import TypeAlias

from app.actions import ActionInfo, ActionKey, Group
from app.page_key import PageKey

K: TypeAlias = ActionKey

_LIVE = frozenset({PageKey.LIVE})
_RECORD = frozenset({PageKey.RECORD})
_LABEL = frozenset({PageKey.LABEL})
_TRAIN = frozenset({PageKey.TRAIN})
_LECTURE = frozenset({PageKey.LECTURE})
_SHOWING = _LABEL | _LECTURE  # where clips are played
_SEEING = _LIVE | _RECORD  # where pictures come in
_MODELLED = _LIVE | _LABEL | _TRAIN | _LECTURE  # where models are chosen
_TEACHING = _RECORD | _LABEL | _TRAIN  # where there is a library


def _row(
    key: ActionKey, text: str, help: str, shortcut: str, icon: str, *,  # noqa: A002  # columns of a table
    group: Group, pages: frozenset[PageKey] = frozenset(), is_toggle: bool = False, repeats: bool = False,
    is_held: bool = False, also: str = "",
) -> ActionInfo:  # fmt: skip
    return ActionInfo(
        key=key, group=group, text=text, help=help, shortcut=shortcut, icon=icon, is_toggle=is_toggle, repeats=repeats,
        pages=pages, is_held=is_held, also=also,
    )  # fmt: skip


_pages = partial(_row, group=Group.PAGES)
_source = partial(_row, group=Group.SOURCE, pages=_SEEING)
_record = partial(_row, group=Group.RECORD, pages=_RECORD)
_play = partial(_row, group=Group.PLAY, pages=_SHOWING)
_label = partial(_row, group=Group.LABEL, pages=_LABEL)
_library = partial(_row, group=Group.LIBRARY, pages=_LABEL)
_lecture = partial(_row, group=Group.LECTURE, pages=_LECTURE)
_train = partial(_row, group=Group.TRAIN, pages=_TRAIN)
_view = partial(_row, group=Group.VIEW, pages=_SEEING | _LECTURE)
_help = partial(_row, group=Group.HELP)

# fmt: off
ACTIONS: tuple[ActionInfo, ...] = (
    _pages(K.SHOW_LIVE, "Live", "See an action named while it happens", "Alt+1", "live"),
    _pages(K.SHOW_RECORD, "Record", "Record takes of your own actions, hands-free", "Alt+2", "record"),
    _pages(K.SHOW_LABEL, "Label", "Look at recordings and say what is done when", "Alt+3", "label"),
    _pages(K.SHOW_TRAIN, "Train", "Teach a model the actions of your recordings", "Alt+4", "train"),
    _source(K.CHOOSE_SOURCE, "Choose a source", "Camera, video or performer: what the pictures come from",
        "Ctrl+L", "camera"),
    _source(K.OPEN_VIDEO, "Open a video…", "Choose a video file; dropping one onto the window does the same",
        "Ctrl+O", "film", pages=_LIVE),
    _source(K.USE_CAMERA, "Use the first camera", "Go back to the first camera that is plugged in", "Ctrl+1", "camera"),
    _source(K.USE_PERFORMER, "Use the performer", "A virtual person acts, so that no camera is needed",
        "Ctrl+P", "performer"),
    _source(K.REFRESH, "Look for cameras", "Look again for cameras and models", "Ctrl+R", "refresh"),
    _source(K.TRY_AGAIN, "Try again", "Start the same source once more", "Ctrl+T", "again"),
    _source(K.CHOOSE_MODEL, "Choose a model", "The network that names the actions",
        "Ctrl+M", "model", pages=frozenset()),
    _source(K.CANCEL, "Stop", "Stop what is running or being fetched", "Ctrl+.", "freeze", pages=frozenset()),
    _record(K.RECORD, "Record", "Begin to record, or end the take that is under way",
        "R", "record", is_toggle=True, pages=_SEEING),
    _record(K.KEEP_LAST, "Keep the last seconds", "Make a recording of what was just seen", "B", "keep", pages=_SEEING),
    _record(K.NEXT_TAKE, "Next take", "Go on to the next take without waiting", "N", "leap-forward"),
    _record(K.AGAIN_TAKE, "Take it again", "Throw the last take away and repeat it", "A", "again"),
    _record(K.DISCARD_TAKE, "Discard the last take", "Put the last take into the trash", "Backspace", "trash"),
    _pages(K.SHOW_LECTURE, "Lecture", "Show and question the attention of a clip", "Alt+5", "propose"),
    _play(K.PLAY, "Play", "Play, or pause", "Space", "play", is_toggle=True),
    _play(K.PLAY_BACKWARD, "Play backwards", "Again: faster", "J", "backward"),
    _play(K.PAUSE, "Pause", "Stop playing", "K", "stop"),
    _play(K.PLAY_FORWARD, "Play forwards", "Again: faster", "L", "forward"),
    _play(K.FRAME_BACK, "One picture back", "Step back by one picture", "Left", "step-back", repeats=True),
    _play(K.FRAME_ON, "One picture on", "Step on by one picture", "Right", "step-forward", repeats=True),
    _play(K.SECOND_BACK, "One second back", "Go back by one second", "Shift+Left", "leap-back", repeats=True),
    _play(K.SECOND_ON, "One second on", "Go on by one second", "Shift+Right", "leap-forward", repeats=True),
    _play(K.TO_START, "To the start", "Go to the first picture", "Home", "first"),
    _play(K.TO_END, "To the end", "Go to the last picture", "End", "last"),
    _play(K.EDGE_BACK, "Previous edge", "Go to the start or end of a segment before this moment",
        "Up", "edge-back", repeats=True),
    _play(K.EDGE_ON, "Next edge", "Go to the next start or end of a segment", "Down", "edge-forward", repeats=True),
    _play(K.SLOWER, "Slower", "Play more slowly, down to a tenth", ",", "slower"),
    _play(K.FASTER, "Faster", "Play faster, up to four times", ".", "faster"),
    _play(K.LOOP, "Loop the segment", "Play the chosen segment again and again", "P", "loop", is_toggle=True),
    _label(K.MARK_IN, "In", "The next segment begins here", "I", "mark-in", pages=_SHOWING),
    _label(K.MARK_OUT, "Out", "The next segment ends here", "O", "mark-out", pages=_SHOWING),
    _label(K.COMMIT, "Mark it", "Make a segment of the current action from In to Out", "Return", "check", also="Enter"),
    _label(K.DIGITS, "Choose an action", "One of the first nine; held while it plays: marked as long as it is held",
        "1…9", "number", is_held=True),
    _label(K.START_EARLIER, "Start earlier", "Move the start of the chosen segments by one picture",
        "[", "nudge-left", repeats=True),
    _label(K.START_LATER, "Start later", "Move the start of the chosen segments by one picture",
        "]", "nudge-right", repeats=True),
    _label(K.END_EARLIER, "End earlier", "Move the end of the chosen segments by one picture",
        "Shift+[", "nudge-left", repeats=True, also="{"),
    _label(K.END_LATER, "End later", "Move the end of the chosen segments by one picture",
        "Shift+]", "nudge-right", repeats=True, also="}"),
    _label(K.SPLIT, "Split", "Cut the segment at this moment in two", "S", "split"),
    _label(K.MERGE, "Merge", "Join the chosen segments of one action", "M", "merge"),
    _label(K.RELABEL, "Call it the current action", "Give the chosen segments the current action", "C", "pencil"),
    _label(K.REMOVE, "Remove", "Take the chosen segments away", "Del", "trash"),
    _label(K.SELECT_ALL, "Choose all", "Choose all segments of this recording", "Ctrl+A", "select"),
    _label(K.UNDO, "Undo", "Take the last edit back", "Ctrl+Z", "undo", repeats=True),
    _label(K.REDO, "Do again", "Do the last undone edit again", "Ctrl+Shift+Z", "redo", repeats=True),
    _label(K.ADD_ACTION, "New action…", "Add an action to the library", "Ctrl+N", "plus", pages=_TEACHING),
    _label(K.PROPOSE, "Propose", "Let the present model propose segments", "G", "propose"),
    _label(K.ACCEPT, "Accept", "Take the proposal that is shown", "Y", "check"),
    _label(K.REFUSE, "Refuse", "Drop the proposal that is shown", "X", "refuse"),
    _label(K.EARLIER_LABELS, "Earlier labels…", "Bring back labels from a backup", "Ctrl+B", "clock"),
    _library(K.OPEN_LIBRARY, "Open a library…", "Choose the folder of a library, or an empty one for a new library",
        "Ctrl+Shift+O", "folder", pages=_TEACHING | _LECTURE),
    _library(K.IMPORT, "Import…", "Take videos and data sets into the library", "Ctrl+I", "import"),
    _library(K.EXPORT, "Export…", "Write clips and labels for other programs", "Ctrl+E", "export"),
    _library(K.CHECK_LIBRARY, "Check the library", "Look for everything that does not fit", "Ctrl+Shift+C", "check"),
    _library(K.SEARCH, "Search", "Find recordings by name, person or action", "Ctrl+F", "search", pages=_SHOWING),
    _library(K.NEXT_RECORDING, "Next recording", "Go to the next recording of the list", "PgDown", "next"),
    _library(K.PREVIOUS_RECORDING, "Previous recording", "Go to the previous recording of the list",
        "PgUp", "previous"),
    _library(K.CHANGE_PERSON, "Change the person…", "Say who is in this recording", "Ctrl+Shift+P", "person"),
    _library(K.DISCARD_RECORDING, "Discard the recording", "Put this recording into the trash of the library",
        "Ctrl+Del", "trash"),
    _library(K.PUT_BACK, "Put it back", "Take the recording that was discarded last out of the trash",
        "Ctrl+Shift+Del", "undo"),
    _lecture(K.REPLAY_LIVE, "Look at the last seconds", "Go back over what was just seen, with attention",
        "V", "keep", pages=_SEEING | _LECTURE),
    _lecture(K.SHOW_CLIP, "Show in the lecture", "Go to the lecture page with this recording",
        "Ctrl+Shift+L", "propose", pages=_LABEL),
    _lecture(K.CHECK, "Occlusion check", "Take away each joint, limb and frame, and see the answer change",
        "Q", "search"),
    _lecture(K.TAKE_HOME, "Take home…", "Write a figure, a video, a table or a page of this clip", "Ctrl+E", "export"),
    _lecture(K.PRESENT, "Presentation", "An audience window on the second screen; the controls stay here",
        "F5", "present", is_toggle=True, pages=_LIVE | _LECTURE),
    _lecture(K.ADD_STEP, "Add this view", "One more step of the programme, as it is shown now", "Ctrl+D", "plus"),
    _lecture(K.DROP_STEP, "Drop the step", "Take the chosen step out of the programme", "Ctrl+Shift+D", "trash"),
    _lecture(K.STEP_EARLIER, "Earlier", "Move the chosen step up", "Ctrl+Up", "previous"),
    _lecture(K.STEP_LATER, "Later", "Move the chosen step down", "Ctrl+Down", "next"),
    _lecture(K.NEXT_STEP, "Next step", "Show the next step of the programme", "PgDown", "forward"),
    _lecture(K.PREVIOUS_STEP, "Previous step", "Show the step before", "PgUp", "backward"),
    _lecture(K.OPEN_PROGRAMME, "Open a programme…", "Read the steps of a lecture from a file",
        "Ctrl+Shift+G", "folder"),
    _lecture(K.SAVE_PROGRAMME, "Save the programme…", "Write the steps of this lecture to a file", "Ctrl+S", "import"),
    _train(K.TRAIN, "Train", "Begin to train, or go on with a training that was stopped", "Ctrl+Return", "play"),
    _train(K.STOP_TRAINING, "Stop training", "Stop; what was learnt so far is kept, and training can go on",
        "Ctrl+Shift+Return", "stop"),
    _train(K.GO_LIVE, "Use it live", "Go to the live page with this model", "Ctrl+G", "live"),
    _train(K.SAVE_MODEL, "Save the model as…", "Write this model as one file: for another Jointlight, or as ONNX",
        "Ctrl+S", "export"),
    _train(K.OPEN_MODEL, "Open a model…", "Take in a model that was saved as a ZIP file; nothing in it is ever run",
        "Ctrl+Shift+M", "import", pages=_MODELLED),
    _view(K.MIRROR, "Mirror", "Show the picture as in a mirror; the network still sees it unmirrored",
        "M", "mirror", is_toggle=True, pages=_SEEING),
    _view(K.HEAT, "Heat", "Show on the joints how much the network attends to each", "H", "heat", is_toggle=True),
    _view(K.FREEZE, "Freeze", "Hold the picture to look at it; recognition goes on behind it",
        "Space", "freeze", is_toggle=True, pages=_LIVE),
    _view(K.TIMINGS, "Times", "Show over the picture where its time goes, stage by stage",
        "L", "info", is_toggle=True, pages=_LIVE),
    _view(K.SKELETON, "Skeleton", "Show the joints over the film", "H", "skeleton", is_toggle=True, pages=_LABEL),
    _view(K.ZOOM_IN, "Zoom in", "Show a shorter stretch of time",
        "+", "zoom-in", repeats=True, also="=", pages=_SHOWING),
    _view(K.ZOOM_OUT, "Zoom out", "Show a longer stretch of time", "-", "zoom-out", repeats=True, pages=_SHOWING),
    _view(K.ZOOM_FIT, "The whole recording", "Show all of the time", "0", "fit", pages=_SHOWING),
    _view(K.COLOURS, "Other colours", "Goes round: inferno, viridis, cividis", "Shift+C", "palette"),
    _view(K.RANGE, "Other range", "Goes round: fixed, of this clip, of each frame", "Shift+R", "fit"),
    _view(K.TRAILS, "Trails", "Show where hands, feet and head have just been", "Shift+T", "trails", is_toggle=True),
    _view(K.FULL_SCREEN, "Full screen", "Only the picture and what is recognised",
        "F11", "fullscreen", is_toggle=True, pages=frozenset()),
    _view(K.LEAVE, "Leave", "Back from full screen; stop what is marked or counted down",
        "Esc", "leave", pages=frozenset()),
    _view(K.THEME, "Change the theme", "Goes round: as the system, light, dark, high contrast",
        "T", "theme", pages=frozenset()),
    _help(K.PALETTE, "Find a command", "Type what you want to do", "Ctrl+K", "search"),
    _help(K.SHORTCUTS, "Keys", "All keys on one sheet, where they can be changed", "F1", "keyboard"),
    _help(K.ABOUT, "What the glow means", "What attention shows, and what it does not prove", "Shift+F1", "info"),
    _help(K.QUIT, "Quit", "Close the window and release the camera", "Ctrl+Q", "quit"),
)
# fmt: on


def info_for(key: ActionKey) -> ActionInfo:
    """The row of one action."""
    return next(info for info in ACTIONS if info.key is key)
