"""Keeps MediaPipe's log lines off the user's terminal, and only those."""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# What absl, TensorFlow Lite and MediaPipe write. Their errors are among them: they come as Python exceptions as well.
CHATTER = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d|(?:INFO|ERROR): |Calculator::|WARNING: All log messages before absl::InitializeLog"
)

_one_at_a_time = threading.Lock()  # two redirections of one file descriptor would restore each other's


def without_chatter(text: bytes) -> bytes:
    """The text without the lines that match `CHATTER`."""
    return b"".join(line for line in text.splitlines(keepends=True) if not CHATTER.match(line))


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop MediaPipe's chatter from file descriptor 2 for a moment; any other line is written when it ends.

    The library reads none of the variables that absl or glog know (tried: GLOG_minloglevel, TF_CPP_MIN_LOG_LEVEL,
    ABSL_MIN_LOG_LEVEL) and exports no function for it, so the descriptor is the only handle. Keep the block short.
    """
    with _one_at_a_time, tempfile.TemporaryFile() as captured:
        try:
            terminal = os.dup(2)
        except OSError:  # started without a terminal: there is nothing to keep clean
            yield
            return
        os.dup2(captured.fileno(), 2)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            captured.seek(0)
            kept = without_chatter(captured.read())
            if kept:
                os.write(2, kept)
