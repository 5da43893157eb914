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
_REST_S: Final = 1.2
_ACTED_S: Final = 3.6


def rested(*actions: str) -> tuple[Act, ...]:
    """Actions one after the other, each for some seconds, with rests around them."""
    acts = [Act(action=IDLE, seconds=_REST_S)]
    for action in actions:
        acts += [Act(action=action, seconds=_ACTED_S), Act(action=IDLE, seconds=_REST_S)]
    return tuple(acts)


# Less than a minute; of each line of the demo somebody else is on.
DEMO_LINES: Final = (("wave", "clap"), ("boxing", "squat"), ("arm curl", "push"), ("jumping jack", "lunge"))
DEMO: Final = rested(*(action for line in DEMO_LINES for action in line))


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
