"""What a network says of a moment of a clip, as pictures and headlines take it. Pure: no Qt."""

from dataclasses import replace

import numpy as np

from app.widgets.chart_rows import frames_at, mean_heat
from app.widgets.now import NowText, capitalised
from core.explain.explained import Explained
from core.model.prediction import Prediction


def frame_at(explained: Explained, time_s: float) -> int | None:
    """The frame that is shown at a time of the clip's own clock; None where nobody was seen."""
    frame = int(frames_at(explained, np.array([time_s]))[0])
    return frame if frame >= 0 else None


def prediction_at(
    explained: Explained, time_s: float, *, stretch: tuple[float, float] | None = None
) -> Prediction | None:
    """What is said at a time; with a stretch the attention is the mean over that."""
    frame = frame_at(explained, time_s)
    if frame is None:
        return None
    prediction = explained.prediction(frame)
    heat = None if stretch is None else mean_heat(explained, *stretch)
    return prediction if heat is None else replace(prediction, alpha=heat[None] / np.float32(len(heat)))


def answer_at(explained: Explained, time_s: float) -> NowText:
    """The likeliest action at a time, from what the network has seen until then."""
    frame = frame_at(explained, time_s)
    if frame is None:
        return NowText(headline="Nobody in view", is_quiet=True)
    chances = explained.probabilities_at(frame)
    best = int(chances.argmax())
    return NowText(
        headline=capitalised(explained.actions[best]),
        is_quiet=False,
        confidence=float(chances[best]),
        below="From what was seen until here",
    )
