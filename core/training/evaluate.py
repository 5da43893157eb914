"""How well a network names whole clips."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ModelError
from core.model.folder import ModelConfig
from core.model.sta_lstm import STALSTM
from core.skeleton.features import frame_features
from core.training.metrics import class_f1, confusion_matrix, expected_calibration_error
from core.training.tensors import SampleTensors

_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """Figures of one network on one set of clips; fractions 0..1."""

    n: int
    accuracy: float
    macro_f1: float
    ece: float
    f1: NDArray[np.float64]  # (classes,)
    confusion: NDArray[np.int64]  # (classes, classes)

    def figures(self) -> dict[str, float | int]:
        """The figures that reports and metrics.json name."""
        return {"accuracy": self.accuracy, "macro_f1": self.macro_f1, "ece": self.ece, "n": self.n}


def evaluate(network: STALSTM, config: ModelConfig, data: SampleTensors) -> Evaluation:
    """Name each clip from its start to its end at the model's constant rate, unstretched."""
    if int(data.labels.max()) >= len(config.actions):
        raise ModelError(f"The data has more classes than the {len(config.actions)} of the model.")
    network.eval()
    rows = []
    with torch.inference_mode():
        for start in range(0, len(data), _BATCH):
            chosen = slice(start, start + _BATCH)
            features = frame_features(data.positions_m[chosen], config.features)
            logits = network(features, data.lengths[chosen]).logits
            rows.append((logits / config.temperature).softmax(dim=1).float().cpu())
    probabilities = torch.cat(rows).numpy()
    labels = data.labels.cpu().numpy()
    confusion = confusion_matrix(labels, probabilities.argmax(axis=1), len(config.actions))
    f1 = class_f1(confusion)
    return Evaluation(
        n=len(labels),
        accuracy=float(np.trace(confusion) / len(labels)),
        macro_f1=float(f1[confusion.sum(axis=1) > 0].mean()),
        ece=expected_calibration_error(probabilities, labels),
        f1=f1,
        confusion=confusion,
    )
