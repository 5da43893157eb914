"""Figures of merit from probabilities and labels. Pure functions on numpy arrays; all results are fractions 0..1."""

import numpy as np
from numpy.typing import NDArray


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


def expected_calibration_error(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], *, bins: int = 15
) -> float:
    """ECE: mean gap between confidence and accuracy over equal bins of confidence (Guo et al., ICML 2017)."""
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(confidence[place == b].mean()) - float(hit[place == b].mean())) * float((place == b).mean())
        for b in range(bins)
        if np.any(place == b)
    ]
    return float(sum(gaps))
