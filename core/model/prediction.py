"""Prediction: what the network says about a window."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """Scores and attention for the window that ends now."""

    actions: tuple[str, ...]
    probabilities: NDArray[np.float32]  # (classes,) calibrated, sums to one
    joints: tuple[int, ...]  # Kinect-25 index of each joint that the network sees
    alpha: NDArray[np.float32]  # (T, K) joint attention of each frame of the window; sums to one in a frame
    beta: NDArray[np.float32]  # (T,) weight of each frame of the window, 0 or more
    # Negative free energy, the logarithm of the sum of exp(logit / temperature): low where the window is like nothing
    # that was trained on (Liu et al., NeurIPS 2020).
    evidence: float = math.inf

    def top(self, count: int) -> list[tuple[str, float]]:
        """The most probable actions with their probabilities, best first."""
        order = np.argsort(self.probabilities)[::-1][:count]
        return [(self.actions[place], float(self.probabilities[place])) for place in order]

    def joint_heat(self, joint_count: int) -> NDArray[np.float32]:
        """Attention of the newest frame in units of "times uniform" (1.0 = 1/K), (joint_count,); NaN = not seen."""
        heat = np.full(joint_count, np.nan, dtype=np.float32)
        heat[list(self.joints)] = self.alpha[-1] * len(self.joints)
        return heat
