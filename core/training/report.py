"""The report of an evaluation: every figure of a model on a data set, as a document and as pictures in a folder."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import Dataset, Sample
from core.documents import write_document
from core.errors import ModelError
from core.files import replaceable_folder, replacing_folder
from core.model.folder import METRICS, ActionModel, ModelConfig
from core.skeleton.layouts import KINECT_25
from core.training.attention_picture import attention_figure
from core.training.calibration import cross_fitted_temperatures
from core.training.cost import Speed, count_parameters, flops_per_frame, measure_speed, refiner_flops_per_frame
from core.training.evaluate import ClipOutputs, Evaluation, clip_outputs, judge
from core.training.metrics import SHARES_TENTHS
from core.training.pictures import confusion_figure, early_recognition_figure, png, reliability_figure
from core.training.refining import refined_sample
from core.training.tensors import to_tensors

DOCUMENT = "evaluation.json"
PROTOCOL = (
    "whole clips at the model's constant rate, unstretched; one model as it lies in its folder (its metrics.json says "
    "how it was made); ECE in 15 bins; early recognition after each tenth of the frames, rounded up"
)
PICTURES = ("confusion.png", "early_recognition.png", "reliability.png", "attention.png")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """All that an evaluation says."""

    model: str
    config: ModelConfig
    dataset: str
    split: str
    protocol: str
    command: str
    test: Evaluation
    temperature: float | None  # mean over the clips, each scaled by one that was fitted on others; None: no others
    calibrated: Evaluation | None  # the same clips with those temperatures
    parameters: int
    flops_per_frame: int
    speed: Speed

    def document(self) -> dict[str, Any]:
        """What `evaluation.json` and `--json` hold. Fractions 0..1; one model has no spread over seeds."""
        early = zip(SHARES_TENTHS, self.test.early_recognition, strict=True)
        return {
            "model": self.model,
            "dataset": self.dataset,
            "split": self.split,
            **self.test.figures(),
            "accuracy_std": None,
            "seeds": 1,
            "parameters": self.parameters,
            "protocol": self.protocol,
            "command": self.command,
            "f1": dict(zip(self.config.actions, self.test.f1.tolist(), strict=True)),
            "early_recognition": {f"{tenths / 10:.1f}": accuracy for tenths, accuracy in early},
            "temperature": self.temperature,
            "ece_calibrated": None if self.calibrated is None else self.calibrated.ece,
            "flops_per_frame": self.flops_per_frame,
            "speed": asdict(self.speed),
            "confusion": self.test.confusion.tolist(),
            "attention": self._attention(),
        }

    def pictures(self) -> dict[str, bytes]:
        """PNG files by name."""
        subject, actions, test = f"{self.model} on {self.dataset}", self.config.actions, self.test
        headline = f"{subject}: {100 * test.accuracy:.1f} % of {test.n} clips"
        figures = (
            confusion_figure(test.confusion, actions, title=headline),
            early_recognition_figure(test.early_recognition, classes=len(actions), title=f"{subject}, {test.n} clips"),
            reliability_figure(
                test.reliability,
                calibrated=None if self.calibrated is None else self.calibrated.reliability,
                title=f"{subject}, {test.n} clips",
            ),
            attention_figure(
                test.attention,
                actions,
                joints=self.config.features.joints,
                title=f"Mean attention of each joint: {subject}",
                weighs=self.config.network.variant.spatial,
            ),
        )
        return {name: png(figure) for name, figure in zip(PICTURES, figures, strict=True)}

    def _attention(self) -> dict[str, dict[str, float | None]] | None:
        """Action -> joint -> mean attention, times uniform; None without a joint gate or, for an action, clips."""
        if not self.config.network.variant.spatial:
            return None
        one = [KINECT_25.joints[joint] for joint in self.config.features.joints]
        persons = self.config.features.persons
        names = one if persons == 1 else [f"person {p + 1} {joint}" for p in range(persons) for joint in one]
        return {
            action: {name: None if math.isnan(value) else value for name, value in zip(names, row, strict=True)}
            for action, row in zip(self.config.actions, self.test.attention.tolist(), strict=True)
        }


def report_on(model: ActionModel, dataset: Dataset, *, train_part: bool, protocol: str, command: str) -> Report:
    """Evaluate a model on the test part of a data set, or on the training part.

    Raises ModelError where the model does not fit the data, DataError where the part is empty.
    """
    check_fit(model, dataset)
    places = [model.actions.index(action) for action in dataset.actions]
    samples = [
        refined_sample(replace(sample, label=places[sample.label]), model.refiner, rate_hz=model.rate_hz)
        for sample in dataset.part(train=train_part)
    ]
    clips = to_tensors(samples, rate_hz=model.rate_hz, persons=model.persons, device=model.device)
    outputs = clip_outputs(model.network, model.config, clips)
    temperatures, how = _temperatures(outputs, samples)
    return Report(
        model=model.name,
        config=model.config,
        dataset=dataset.name,
        split=f"training part of {dataset.split}" if train_part else dataset.split,
        protocol=f"{protocol}; {how}",
        command=command,
        test=judge(outputs, temperature=model.config.temperature),
        temperature=None if temperatures is None else float(temperatures.mean()),
        calibrated=None if temperatures is None else judge(outputs, temperature=temperatures),
        parameters=count_parameters(model.network, model.refiner),
        flops_per_frame=_flops_per_frame(model.config),
        speed=measure_speed(model.network, model.config),
    )


def _flops_per_frame(config: ModelConfig) -> int:
    refiner = 0 if config.refiner is None else config.features.persons * refiner_flops_per_frame(config.refiner)
    return refiner + flops_per_frame(config.network)


def check_fit(model: ActionModel, dataset: Dataset) -> None:
    """Raise ModelError where a model cannot be tested on a data set: other persons or other actions."""
    if dataset.persons != model.persons:
        counts = {1: "one person", 2: "two persons"}
        raise ModelError(
            f"The model '{model.name}' looks at {counts[model.persons]}, {dataset.name} holds "
            f"{counts.get(dataset.persons, f'{dataset.persons} persons')}; choose another model."
        )
    if unknown := [action for action in dataset.actions if action not in model.actions]:
        names = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        raise ModelError(f"The model '{model.name}' does not know all actions of {dataset.name}: {names}.")


def seen_before(folder: Path, dataset: Dataset) -> str:
    """A sentence for the protocol where the model folder says that it was trained on another part of this data set."""
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    if not isinstance(metrics, dict) or metrics.get("dataset") != dataset.name:
        return ""
    split = metrics.get("split")
    if split is None or split == dataset.split:  # it may be anything: the folder may come from anywhere
        return ""
    return f"the model was trained by another split of this data set ({split}) and may have learnt from these clips"


def _temperatures(outputs: ClipOutputs, samples: Sequence[Sample]) -> tuple[NDArray[np.float64] | None, str]:
    """A temperature for each clip (N,), and how it was got in words; None where there is nothing to fit it on."""
    persons = np.array([sample.person for sample in samples])
    of_persons = len(np.unique(persons)) > 1
    groups = persons if of_persons else np.arange(len(samples))
    found = cross_fitted_temperatures(outputs.logits, outputs.labels, groups)
    if found is None:
        return None, "no temperature: a single clip leaves none to fit it on"
    halves = "each half of the persons" if of_persons else "every other clip"
    return found, f"temperature fitted on {halves} and applied to the rest, in turn; it changes no answer"


def check_report_target(folder: Path) -> Path:
    """The absolute folder that a report may be written to; see `core.files.replaceable_folder`."""
    parts = {DOCUMENT, *PICTURES}
    return replaceable_folder(folder, what="a report", is_ours=lambda inside: DOCUMENT in inside and inside <= parts)


def write_report(folder: Path, report: Report) -> None:
    """Write the document and the pictures; the folder appears whole or not at all, in place of an older report."""
    folder = check_report_target(folder)
    pictures = report.pictures()
    with replacing_folder(folder) as new:
        for name, content in pictures.items():
            (new / name).write_bytes(content)
        write_document(new / DOCUMENT, report.document())
