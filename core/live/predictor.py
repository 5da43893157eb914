"""Predictors: from rows of features, one after the other, to what the network says about the last ones.

`LanePredictor` takes one step a frame and is what runs live. `WindowPredictor` runs the network over the whole window
each time: the reference that the other one is measured against.
"""

from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from core.live.window import SlidingWindow
from core.model.folder import ActionModel
from core.model.prediction import Prediction
from core.model.streaming import LaneNetwork, Step

LANES: Final = 8  # the answer is of the last seven eighths of a window at least; models/README.md has the trial

Values = NDArray[np.float32]


class Predictor(Protocol):
    """Owns the state of one stream. Used by one thread."""

    def push(self, row: Values) -> None:
        """Take the features (K, C) of the next frame."""
        ...

    def predict(self) -> Prediction | None:
        """What is said about the frames so far; None before the first."""
        ...

    def clear(self) -> None:
        """Forget the stream."""
        ...

    def __len__(self) -> int:
        """How many frames there were since the last `clear`, up to a window."""
        ...


class WindowPredictor:
    """The whole window, each time."""

    def __init__(self, model: ActionModel) -> None:
        self._model = model
        network = model.config.network
        self._window = SlidingWindow(frames=model.config.window_frames, row_shape=(network.joints, network.channels))

    def __len__(self) -> int:
        return len(self._window)

    def push(self, row: Values) -> None:
        """Take the features (K, C) of the next frame."""
        self._window.push(row)

    def predict(self) -> Prediction | None:
        """What is said about the window."""
        return self._model.predict(self._window.view()) if len(self._window) else None

    def clear(self) -> None:
        """Forget the stream."""
        self._window.clear()


class LanePredictor:
    """One step a frame; attention of earlier frames is what was said when they came."""

    def __init__(self, model: ActionModel, *, lanes: int = LANES) -> None:
        self._model = model
        frames = model.config.window_frames
        self._network = LaneNetwork(model.network, window=frames, lanes=min(lanes, frames))
        self._attention = SlidingWindow(frames=frames, row_shape=(model.config.network.joints + 1,))  # alpha, beta
        self._step: Step | None = None

    def __len__(self) -> int:
        return len(self._attention)

    def push(self, row: Values) -> None:
        """Take the features (K, C) of the next frame."""
        step = self._network.push(torch.from_numpy(row[None]).to(self._model.device))
        self._step = step
        self._attention.push(torch.cat([step.alpha[0], step.beta]).cpu().numpy())

    def predict(self) -> Prediction | None:
        """What the oldest lane says about the frames that it holds."""
        if self._step is None:
            return None
        held = self._step.frames
        attention = self._attention.view()[-held:].copy()  # the next frames overwrite it
        forgotten = self._model.config.network.kept ** np.arange(held - 1, -1, -1, dtype=np.float32)
        return self._model.prediction(
            self._step.logits[0].cpu().numpy(),
            alpha=attention[:, :-1],
            beta=attention[:, -1] * forgotten,
            weight=float(self._step.weight[0]),
        )

    def clear(self) -> None:
        """Forget the stream."""
        self._network.reset()
        self._attention.clear()
        self._step = None
