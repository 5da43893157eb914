"""One family of errors. Each message is one plain sentence (or two) that says what to do next.

The command line prints the message and exits with status 2; the window shows it as a message. Anything that is
not a `JointlightError` is a bug of ours and keeps its traceback in the log.
"""


class JointlightError(Exception):
    """Base of everything that a user can cause or mend."""


class SourceError(JointlightError):
    """A camera or a video cannot be opened or read."""


class SourceLostError(SourceError):
    """A camera that worked has gone; reading again tries to reconnect."""


class PoseModelError(JointlightError):
    """The pose model file is missing, damaged or cannot be fetched."""


class ModelError(JointlightError):
    """A model folder is missing a part, is damaged, or does not fit the input."""


class DataError(JointlightError):
    """A sequence, motion or data set file is malformed."""


class DeviceError(JointlightError):
    """The requested computing device is not there."""


class OutputError(JointlightError):
    """A result cannot be written where it was asked for."""


class WindowError(JointlightError):
    """The window cannot be opened on this machine."""
