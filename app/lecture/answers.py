"""What a network says of a moment of a clip, as pictures and headlines take it. Pure: no Qt."""

from dataclasses import replace

import numpy as np

from app.widgets.chart_rows import mean_heat
from app.widgets.now import NowText, capitalised
from core.explain.explained import Explained
from core.model.prediction import Prediction


def prediction_at(
    explained: Explained, time_s: float, *, stretch: tuple[float, float] | None = None
) -> Prediction | None:
    """What is said at a time; with a stretch the attention is the mean over that."""
    frame = explained.frame_at(time_s)
    if frame is None:
        return None
    prediction = explained.prediction(frame)
    heat = None if stretch is None else mean_heat(explained, *stretch)
    return prediction if heat is None else replace(prediction, alpha=heat[None] / np.float32(len(heat)))


def answer_at(explained: Explained, time_s: float) -> NowText:
    """The likeliest action at a time, from what the network has seen until then."""
    frame = explained.frame_at(time_s)
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
