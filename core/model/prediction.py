"""Prediction: what the network says about a window."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """Scores and attention for the window that ends now.

    Frame by frame (see `core.model.streaming`) attention is what was said when its frame came.
    """

    actions: tuple[str, ...]
    probabilities: NDArray[np.float32]  # (classes,) calibrated, sums to one
    joints: tuple[int, ...]  # Kinect-25 index of each joint of one person that the network sees
    # (T, K) joint attention of each frame of the window, person after person; sums to one in a frame.
    alpha: NDArray[np.float32]
    beta: NDArray[np.float32]  # (T,) how much each frame of the window counts in the temporal sum, 0 or more
    # Negative free energy, the logarithm of the sum of exp(logit / temperature): low where the window is like nothing
    # that was trained on (Liu et al., NeurIPS 2020).
    evidence: float = math.inf
    weight: float = math.inf  # sum of the frame weights that the scores are made of

    @classmethod
    def of_scores(
        cls,
        logits: NDArray[np.float32],
        *,
        temperature: float,
        actions: tuple[str, ...],
        joints: tuple[int, ...],
        alpha: NDArray[np.float32],
        beta: NDArray[np.float32],
        weight: float,
    ) -> Self:
        """From the network's scores (classes,), calibrated by the temperature."""
        scaled = logits.astype(np.float64) / temperature
        evidence = float(np.logaddexp.reduce(scaled))  # log of the sum of exp
        return cls(
            actions=actions,
            probabilities=np.exp(scaled - evidence).astype(np.float32),
            joints=joints,
            alpha=alpha,
            beta=beta,
            evidence=evidence,
            weight=weight,
        )

    def top(self, count: int) -> list[tuple[str, float]]:
        """The most probable actions with their probabilities, best first."""
        order = np.argsort(self.probabilities)[::-1][:count]
        return [(self.actions[place], float(self.probabilities[place])) for place in order]

    @property
    def weighs_joints(self) -> bool:
        """Whether any joint weighs more than another: a network without a joint gate gives all the same."""
        return float(np.ptp(self.alpha)) > 1e-7

    @property
    def persons(self) -> int:
        """How many persons the network looks at together."""
        return int(self.alpha.shape[1]) // len(self.joints)

    def joint_heat(self, joint_count: int, *, person: int = 0) -> NDArray[np.float32]:
        """Attention of the newest frame in units of "times uniform", (joint_count,); NaN = not seen.

        1.0 is 1/K, where K counts the joints of all persons; `person` is which of them.
        """
        heat = np.full(joint_count, np.nan, dtype=np.float32)
        first = person * len(self.joints)
        heat[list(self.joints)] = self.alpha[-1, first : first + len(self.joints)] * self.alpha.shape[1]
        return heat
