"""How right the shipped models are through pixels: on recordings, on authored actions, on streams, on real videos.

It evaluates and never trains, but for the fine-tuning row, and says of each figure how it was got.
"""

from collections.abc import Iterator

from core.bench.accuracy_clips import authored_rows, recording_rows
from core.bench.accuracy_live import everyday_rows, interaction_rows, stream_rows
from core.bench.report import Row, Tell
from core.bench.wanted import Wanted


def accuracy_rows(wanted: Wanted, *, tell: Tell) -> Iterator[Row]:
    """Measure one row after the other; a row whose data is not there has no value and says so."""
    yield from recording_rows(wanted, tell)
    yield from authored_rows(wanted, tell)
    yield from everyday_rows(wanted, tell)
    yield from stream_rows(wanted, tell)
    yield from interaction_rows(wanted, tell)
