"""Patience: a network that breaks on one frame is no reason to end a demo; one that breaks on each is."""

import logging
from typing import Final

from core.errors import JointlightError

MOST_BROKEN: Final = 3  # frames in a row; fewer are borne

log = logging.getLogger(__name__)


class Patience:
    """Counts the frames that were lost to a network. Fed by one thread; `failures` can be read by any."""

    def __init__(self, what: str) -> None:
        self.failures = 0
        self._what = what
        self._in_a_row = 0

    def went_well(self) -> None:
        """A frame went well."""
        self._in_a_row = 0

    def bear(self, error: Exception) -> None:
        """A frame was lost. Raises the error where it comes again and again, or where it says what to mend."""
        self._in_a_row += 1
        if isinstance(error, JointlightError) or self._in_a_row >= MOST_BROKEN:
            raise error
        self.failures += 1
        log.error("the %s failed; it goes on with the next picture", self._what, exc_info=error)
