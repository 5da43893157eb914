"""What the lecture page says where there is no clip, or nothing to show of it."""

from typing import Final

from app.actions import ActionKey
from app.lecture.asking import NOBODY
from app.messages import Message, MessageKind, error_text, preparing

EMPTY: Final = Message(
    kind=MessageKind.EMPTY,
    title="Choose a clip",
    text="A recording on the left, or the last seconds of the live view. Then play it, ask about it, and take it home.",
    offers=(ActionKey.REPLAY_LIVE, ActionKey.SHOW_RECORD, ActionKey.OPEN_LIBRARY),
)
LOADING: Final = preparing("Reading the joints", None)
STOPPED: Final = Message(
    kind=MessageKind.EMPTY,
    title="Stopped",
    text="The network has not looked at all of this clip. Choose another one, or this one once more.",
    offers=(ActionKey.REPLAY_LIVE,),
)


def nobody_seen() -> Message:
    """A clip without a person."""
    return Message(kind=MessageKind.EMPTY, title="Nobody is in this clip", text=NOBODY)


def no_joints(error: object) -> Message:
    """A file that cannot be read."""
    return Message(kind=MessageKind.ERROR, title="The joints of this clip cannot be read", text=error_text(error))


def not_looked_at(error: object) -> Message:
    """A network that could not be loaded, or that has no use for this clip."""
    return Message(
        kind=MessageKind.ERROR,
        title="The network cannot look at this clip",
        text=error_text(error),
        offers=(ActionKey.CHOOSE_MODEL,),
    )
