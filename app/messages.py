"""What the window says over the picture when there is no good picture to show. Pure: no Qt."""

from dataclasses import dataclass
from enum import StrEnum

from app.actions import ActionKey
from core.errors import JointlightError
from core.live.results import SessionState, SessionStatus
from core.paths import log_dir

STALE_S = 0.5  # older than this, a live picture is an error state and not a frozen picture
STALE_FRAMES = 2.5  # but a slow video is not late before it missed a frame
WAYS_OUT = (ActionKey.TRY_AGAIN, ActionKey.USE_PERFORMER, ActionKey.OPEN_VIDEO)


class MessageKind(StrEnum):
    """Decides the icon and the weight of a message."""

    PROGRESS = "progress"
    EMPTY = "empty"
    UNPLUGGED = "unplugged"
    ERROR = "error"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A title, a sentence that says what to do, and buttons for it."""

    kind: MessageKind
    title: str
    text: str = ""
    offers: tuple[ActionKey, ...] = ()
    fraction: float | None = None  # of a progress, where known


NO_CAMERA = Message(
    kind=MessageKind.UNPLUGGED,
    title="No camera found",
    text="Watch the performer instead, a virtual person who acts for you, or open a video. "
    "Once a camera is plugged in, look for cameras again.",
    offers=(ActionKey.USE_PERFORMER, ActionKey.OPEN_VIDEO, ActionKey.REFRESH),
)
STOPPED = Message(
    kind=MessageKind.ENDED,
    title="Stopped",
    text="Camera and networks are released. Start again, or choose another source.",
    offers=WAYS_OUT,
)


def error_text(error: object) -> str:
    """What to say about an exception: ours speak for themselves, others are bugs and point to the log."""
    if isinstance(error, JointlightError):
        return str(error)
    return f"Something unexpected went wrong ({type(error).__name__}: {error}). The log in {log_dir()} has more."


def preparing(text: str, fraction: float | None) -> Message:
    """What is being fetched or loaded before the session can start."""
    return Message(kind=MessageKind.PROGRESS, title=text, offers=(ActionKey.CANCEL,), fraction=fraction)


def failure(text: str, *, is_model: bool = False) -> Message:
    """Something that the user can mend kept the session from starting: the source, or the model."""
    offers = (ActionKey.CHOOSE_MODEL, ActionKey.TRY_AGAIN) if is_model else WAYS_OUT
    return Message(kind=MessageKind.ERROR, title="This could not start", text=text, offers=offers)


def message_for(status: SessionStatus, *, has_picture: bool, is_camera: bool = True) -> Message | None:
    """What to say about a session, or None where the picture speaks for itself."""
    match status.state:
        case SessionState.IDLE | SessionState.STOPPED:
            return STOPPED
        case SessionState.STARTING:
            return preparing(status.message or "Opening the source and the networks", None)
        case SessionState.FAILED:
            return failure(status.message)
        case SessionState.LOST:
            return _lost(status)
        case SessionState.FINISHED:
            return _finished(status)
        case SessionState.RUNNING:
            return _running(status, has_picture=has_picture, is_camera=is_camera)


def _label(status: SessionStatus) -> str:
    return status.source.label if status.source is not None else "The camera"


def _lost(status: SessionStatus) -> Message:
    return Message(
        kind=MessageKind.ERROR,
        title="The camera is gone",
        text=status.message or f"{_label(status)} was unplugged. It goes on by itself once the camera is back.",
        offers=WAYS_OUT,
    )


def _finished(status: SessionStatus) -> Message:
    return Message(
        kind=MessageKind.ENDED,
        title="The end",
        text=f"{_label(status)} has come to its end.",
        offers=WAYS_OUT,
    )


def _running(status: SessionStatus, *, has_picture: bool, is_camera: bool) -> Message | None:
    if status.source is not None and status.source.is_live and status.frames_in > 0:
        if status.silence_s > stale_after_s(status):
            return _silent(status, is_camera=is_camera)
        if status.frame_age_s > late_after_s(status):
            return _late(status)
    return None if has_picture else preparing("Waiting for the first picture", None)


def stale_after_s(status: SessionStatus) -> float:
    """How long a source may give nothing, in seconds; longer only where it says itself that it is slow."""
    rate_hz = status.source.rate_hz if status.source is not None else 0.0
    return max(STALE_S, STALE_FRAMES / rate_hz) if rate_hz > 0 else STALE_S


def late_after_s(status: SessionStatus) -> float:
    """How old the picture on screen may be; longer where it is known that few pictures are looked at."""
    looked_at_hz = status.rates_hz.get("pose", 0.0) if status.notices else 0.0
    return max(stale_after_s(status), STALE_FRAMES / looked_at_hz if looked_at_hz > 0 else 0.0)


def _silent(status: SessionStatus, *, is_camera: bool) -> Message:
    what_to_do = (
        f"Check the cable of {_label(status)}, or whether another program uses it."
        if is_camera
        else "The computer may be busy with something else."
    )
    sender = "The camera" if is_camera else _label(status)
    return Message(
        kind=MessageKind.ERROR,
        title=f"{sender} sends no picture for {age_text(status.silence_s)}",
        text=f"{what_to_do} It goes on by itself once pictures come again.",
        offers=WAYS_OUT,
    )


def _late(status: SessionStatus) -> Message:
    return Message(
        kind=MessageKind.ERROR,
        title=f"The picture is {age_text(status.frame_age_s)} old",
        text="Pictures come, but looking at them takes too long: the computer may be busy with something else. "
        "It goes on by itself.",
        offers=WAYS_OUT,
    )


def age_text(age_s: float) -> str:
    """An age in words, coarser the longer it is, so that the text does not flicker."""
    if age_s < 1.0:
        return "half a second"
    if age_s < 60.0:
        return f"{int(age_s)} s"
    return f"{int(age_s // 60)} min"
