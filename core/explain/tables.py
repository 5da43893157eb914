"""The numbers as a table: one row a frame, every value as the network computed it."""

import csv
import io
from typing import Final

import numpy as np

from core.explain.explained import Explained
from core.live.decision_log import NO_ACTION
from core.skeleton.layouts import KINECT_25

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def table(explained: Explained) -> str:
    """A CSV with a header.

    Columns: frame, time_s, stretch (from 1), said (what the app says), best (the likeliest action) with its
    probability, beta, beta_counted (what is left of it in the clip's answer, 0 outside of its frames), K, then
    probability and score of each action and alpha of each joint, all of the frame's own moment. "Times uniform" is
    alpha x K. Numbers are written so that the very same float32 is read back.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_header(explained))
    probabilities, counted = explained.probabilities.astype(np.float32), explained.counted
    best = explained.logits.argmax(axis=1)
    stretches = np.searchsorted(explained.clip.starts, np.arange(len(explained)), side="right")
    joints = explained.alpha.shape[1]
    for frame in range(len(explained)):
        numbers = (*probabilities[frame], *explained.logits[frame], *explained.alpha[frame])
        writer.writerow(
            (
                frame,
                f"{explained.times_s[frame]:.6f}",
                stretches[frame],
                safe(explained.said[frame].action or NO_ACTION),
                safe(explained.actions[best[frame]]),
                str(probabilities[frame, best[frame]]),
                str(explained.beta[frame]),
                str(counted[frame]),
                joints,
                *(str(number) for number in numbers),
            )
        )
    return stream.getvalue()


def _header(explained: Explained) -> list[str]:
    one = [KINECT_25.joints[joint] for joint in explained.joints]
    persons = [""] if explained.persons == 1 else [f"person {person + 1} " for person in range(explained.persons)]
    return [
        *("frame", "time_s", "stretch", "said", "best", "best_probability", "beta", "beta_counted", "K"),
        *(f"probability {action}" for action in explained.actions),
        *(f"score {action}" for action in explained.actions),
        *(f"alpha {person}{joint}" for person in persons for joint in one),
    ]


def safe(text: str) -> str:
    """A text that a spreadsheet takes for a text: what begins like a formula gets an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
