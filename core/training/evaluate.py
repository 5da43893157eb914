"""How well a network names whole clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from core.errors import DataError, ModelError
from core.model.committee import Network
from core.model.folder import ModelConfig
from core.model.sta_lstm import Output
from core.skeleton.features import frame_features, without_unseen
from core.training.metrics import (
    SHARES_TENTHS,
    Reliability,
    class_f1,
    confusion_matrix,
    frames_at,
    mean_by_class,
    reliability,
)
from core.training.tensors import SampleTensors

_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipOutputs:
    """What a network says about N clips, before any temperature."""

    labels: NDArray[np.int64]  # (N,)
    logits: NDArray[np.float32]  # (N, A) of the whole clip
    early_logits: NDArray[np.float32]  # (N, 10, A) after each tenth of the clip
    attention: NDArray[np.float32]  # (N, K) mean over the true frames, in "times uniform"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """Figures of one network on one set of clips; fractions 0..1."""

    n: int
    accuracy: float
    macro_f1: float
    ece: float
    f1: NDArray[np.float64]  # (classes,)
    confusion: NDArray[np.int64]  # (classes, classes)
    early_recognition: tuple[float, ...]  # accuracy after each tenth of the clips
    reliability: Reliability
    attention: NDArray[np.float64]  # (classes, K) times uniform; NaN for a class without clips

    def figures(self) -> dict[str, float | int]:
        """The figures that reports and metrics.json name."""
        return {"accuracy": self.accuracy, "macro_f1": self.macro_f1, "ece": self.ece, "n": self.n}


def evaluate(network: Network, config: ModelConfig, data: SampleTensors) -> Evaluation:
    """Name each clip from its start to its end at the model's constant rate, unstretched.

    Raises DataError or ModelError as `clip_outputs` does.
    """
    return judge(clip_outputs(network, config, data), temperature=config.temperature)


def clip_outputs(network: Network, config: ModelConfig, data: SampleTensors) -> ClipOutputs:
    """Run all clips through the network: the one place where an evaluation does so.

    Raises:
        DataError: there are no clips, or a joint is not a finite number.
        ModelError: the data has other persons or more classes than the model, or the network says no finite number.
    """
    _check(config, data)
    network.eval()
    batches = []
    with torch.inference_mode():
        for start in range(0, len(data), _BATCH):
            positions, lengths, _, seen = data.batch(slice(start, start + _BATCH))
            inputs = without_unseen(frame_features(positions, config.features), seen[:, None], config.features)
            output = network(inputs, lengths)
            batches.append((output.logits, _early_logits(output, lengths), _attention(output, lengths)))
    logits, early, attention = (_joined(parts) for parts in zip(*batches, strict=True))
    if not np.all(np.isfinite(early)):
        raise ModelError("The network gives scores that are not finite numbers: its weights are damaged.")
    labels = data.labels.cpu().numpy()
    return ClipOutputs(labels=labels, logits=logits, early_logits=early, attention=attention)


def judge(outputs: ClipOutputs, *, temperature: float | NDArray[np.float64]) -> Evaluation:
    """The figures of what was said; the temperature, one or (N,), decides confidences only."""
    classes = outputs.logits.shape[1]
    confusion = confusion_matrix(outputs.labels, outputs.logits.argmax(axis=1), classes)
    early = outputs.early_logits.argmax(axis=2) == outputs.labels[:, None]  # (N, 10)
    f1 = class_f1(confusion)
    bins = reliability(probabilities(outputs.logits, temperature=temperature), outputs.labels)
    return Evaluation(
        n=len(outputs.labels),
        accuracy=float(np.trace(confusion) / len(outputs.labels)),
        macro_f1=float(f1[confusion.sum(axis=1) > 0].mean()),
        ece=bins.ece,
        f1=f1,
        confusion=confusion,
        early_recognition=tuple(early.mean(axis=0).tolist()),
        reliability=bins,
        attention=mean_by_class(outputs.attention, outputs.labels, classes),
    )


def probabilities(logits: NDArray[np.floating], *, temperature: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities (N, A) of logits (N, A); the temperature is one for all clips or one for each (N,)."""
    divisor = np.broadcast_to(temperature, len(logits))[:, None]
    result: NDArray[np.float64] = softmax(logits.astype(np.float64) / divisor, axis=1)
    return result


def _check(config: ModelConfig, data: SampleTensors) -> None:
    if not len(data):
        raise DataError("There are no clips to test on.")
    persons = data.positions_m.shape[2]
    if persons != config.features.persons:
        raise ModelError(f"The model looks at {config.features.persons} person(s), the data holds {persons}.")
    if int(data.labels.max()) >= len(config.actions):
        raise ModelError(f"The data has more classes than the {len(config.actions)} of the model.")
    if not bool(data.positions_m.isfinite().all()):
        raise DataError("A clip holds a joint that is not a finite number; leave that clip out.")


def _early_logits(output: Output, lengths: Tensor) -> Tensor:
    """Logits (B, 10, A) after each tenth of the clips; the last are those of the whole clips, to the bit."""
    counts = lengths.cpu().numpy()
    ends = np.stack([frames_at(counts, tenths=tenths) for tenths in SHARES_TENTHS], axis=1) - 1  # (B, 10)
    places = torch.from_numpy(ends).to(lengths.device)
    running = output.running_logits()  # (B, T, A)
    early = running.gather(1, places[..., None].expand(-1, -1, running.shape[2]))  # (B, 10, A)
    early[:, -1] = output.logits
    return early


def _attention(output: Output, lengths: Tensor) -> Tensor:
    """Mean alpha of the true frames (B, K), times uniform."""
    joints = output.alpha.shape[2]
    is_true = torch.arange(output.alpha.shape[1], device=lengths.device) < lengths[:, None]  # (B, T)
    return joints * (output.alpha * is_true[..., None]).sum(dim=1) / lengths[:, None]


def _joined(parts: Sequence[Tensor]) -> NDArray[np.float32]:
    array: NDArray[np.float32] = torch.cat(list(parts)).float().cpu().numpy()
    return array
