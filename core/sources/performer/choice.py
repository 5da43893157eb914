"""From a text to what a performer plays: its demo, an action by name, or a sequence file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.errors import DataError, SourceError
from core.paths import expanded
from core.skeleton.sequence import load_sequence
from core.sources.performer.motion import IDLE
from core.sources.performer.programme import Act, Performance
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.style import Style

SEQUENCE_SUFFIX: Final = ".npz"

_AS_WRITTEN: Final = Style()
# Less than a minute: the six actions that the default model knows, and a jumping jack.
DEMO: Final[tuple[Act, ...]] = (
    Act(action=IDLE, seconds=1.5),
    Act(action="wave", seconds=4),
    Act(action=IDLE, seconds=1.2),
    Act(action="clap", seconds=4),
    Act(action=IDLE, seconds=1.2),
    Act(action="boxing", seconds=4),
    Act(action=IDLE, seconds=1.2),
    Act(action="squat", seconds=4),
    Act(action=IDLE, seconds=1.2),
    Act(action="arm curl", seconds=4),
    Act(action=IDLE, seconds=1.2),
    Act(action="push", seconds=4),
    Act(action=IDLE, seconds=1.2),
    Act(action="jumping jack", seconds=4),
    Act(action=IDLE, seconds=1.0),
)


def chosen_performance(text: str, *, style: Style = _AS_WRITTEN) -> Sequence[Act] | Performance:
    """What to play: "" is the demo, a name ending in .npz a sequence file, all else an action with a rest around it.

    Args:
        text: what is wished.
        style: of all acts but standing at ease.

    Raises DataError for a file that cannot be played, SourceError for one with a style. An unknown action, or one that
    has no other side, is an error of whoever acts it.
    """
    text = text.strip()
    if text.lower().endswith(SEQUENCE_SUFFIX):
        if style != _AS_WRITTEN:
            raise SourceError(f"'{text}' is played as it was recorded: a style is for actions.")
        return _recorded(expanded(text))
    acts = DEMO
    if text:
        acts = (Act(action=IDLE, seconds=0.8), Act(action=text, seconds=5), Act(action=IDLE, seconds=0.7))
    return tuple(act if act.action == IDLE else replace(act, style=style) for act in acts)


def _recorded(path: Path) -> RecordedSequence:
    sequence = load_sequence(path)
    try:
        return RecordedSequence.of(sequence)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
