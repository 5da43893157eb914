"""Calibration: one temperature that makes confidences honest (Guo et al., ICML 2017). It changes no answer."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from core.errors import DataError

LOWEST, HIGHEST = 0.05, 20.0


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """The temperature T, 0.05 to 20, for which ``softmax(logits / T)`` has the least negative log likelihood.

    Fit it on clips that are not tested on. On clips that a network knows by heart it comes out too low.

    Args:
        logits: (N, classes), before any temperature.
        labels: (N,) places of the true classes.

    Raises:
        DataError: there is nothing to fit on, or a logit is not a finite number.
    """
    if not len(labels):
        raise DataError("A temperature needs at least one clip to be fitted on.")
    if not np.all(np.isfinite(logits)):
        raise DataError("A temperature cannot be fitted on logits that are not finite numbers.")
    values = logits.astype(np.float64)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:  # one minimum: the loss is convex in 1 / T
        return -float(log_softmax(values / np.exp(log_temperature), axis=1)[rows, labels].mean())

    found = minimize_scalar(loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.clip(np.exp(found.x), LOWEST, HIGHEST))
