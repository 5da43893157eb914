"""Figures of merit from probabilities and labels. Pure functions on numpy arrays; all results are fractions 0..1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARES_TENTHS = tuple(range(1, 11))  # the points of the early-recognition curve: tenths of a clip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability:
    """How sure a network was against how often it was right, in equal bins of confidence; (bins,) each.

    Mean confidence and accuracy are NaN in a bin that holds nothing.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def ece(self) -> float:
        """ECE: mean gap between confidence and accuracy over the bins (Guo et al., ICML 2017)."""
        filled = self.counts > 0
        gaps = np.abs(self.confidence - self.accuracy)[filled]
        return float(np.sum(gaps * self.counts[filled]) / self.counts.sum())


def confusion_matrix(labels: NDArray[np.int64], said: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Counts (classes, classes): rows are the true classes, columns what was said."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (labels, said), 1)
    return matrix


def class_f1(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of each class (classes,); 0 for a class that is neither true nor said anywhere."""
    hits = np.diag(confusion).astype(np.float64)
    total = confusion.sum(axis=0) + confusion.sum(axis=1)
    f1: NDArray[np.float64] = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return f1


def reliability(probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, bins: int = 15) -> Reliability:
    """Confidence and accuracy of probabilities (N, classes) against labels (N,), in equal bins of confidence."""
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    empty = np.full(bins, np.nan)
    return Reliability(
        counts=counts,
        confidence=np.divide(np.bincount(place, confidence, bins), counts, out=empty.copy(), where=counts > 0),
        accuracy=np.divide(np.bincount(place, hit, bins), counts, out=empty, where=counts > 0),
    )


def expected_calibration_error(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], *, bins: int = 15
) -> float:
    """ECE of probabilities (N, classes) against labels (N,); see `Reliability.ece`."""
    return reliability(probabilities, labels, bins=bins).ece


def frames_at(lengths: NDArray[np.int64], *, tenths: int) -> NDArray[np.int64]:
    """How many frames that share of each clip is, rounded up: at least one, and all of them at ten tenths."""
    frames: NDArray[np.int64] = (lengths * tenths + 9) // 10  # in whole numbers: 0.3 * 10 is more than 3
    return frames


def mean_by_class(values: NDArray[np.floating], labels: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Mean of the values (N, F) over the samples of each class (classes, F); NaN for a class without samples."""
    sums = np.zeros((classes, values.shape[1]))
    np.add.at(sums, labels, values)
    counts = np.bincount(labels, minlength=classes)[:, None]
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return means
