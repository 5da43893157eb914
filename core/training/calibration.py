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


def cross_fitted_temperatures(
    logits: NDArray[np.floating], labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """A temperature for each clip (N,), fitted on the clips of the other half of the groups, so never on itself.

    Args:
        logits: (N, classes), before any temperature.
        labels: (N,) places of the true classes.
        groups: (N,) what must not be on both sides, as the person of a clip.

    Returns None for a single group: there is nothing else to fit on. Raises DataError as `fit_temperature` does.
    """
    names, places = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return None
    first = places % 2 == 0  # every other group
    return np.where(
        first, fit_temperature(logits[~first], labels[~first]), fit_temperature(logits[first], labels[first])
    )
