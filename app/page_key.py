"""The pages of the window."""

from enum import StrEnum


class PageKey(StrEnum):
    """Names one page, in the order of the tabs."""

    LIVE = "live"
    RECORD = "record"
    LABEL = "label"
    TRAIN = "train"
    LECTURE = "lecture"
