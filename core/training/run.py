"""A whole training run: data set in, model folder out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from core.datasets.dataset import Dataset, Sample
from core.model.folder import ModelConfig, check_target, save_model
from core.training.card import write_card
from core.training.evaluate import Evaluation, evaluate
from core.training.events import TrainingEvent
from core.training.loop import build_network, train
from core.training.recipes import Recipe
from core.training.tensors import to_tensors

PROTOCOL = "whole clips at the model's constant rate, unstretched; last weights; nothing chosen on the test part"
PIXELS_PROTOCOL = (
    "the same test recordings played by the performer (another body and camera for each), joints found by MediaPipe "
    "(full) in 480x360 pictures at 15 Hz"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunResult:
    """What a run has left."""

    folder: Path
    test: Evaluation
    pixel_test: Evaluation | None
    parameters: int


def train_model(
    dataset: Dataset,
    recipe: Recipe,
    *,
    pixels: Dataset | None = None,
    title: str,
    out: Path,
    seed: int,
    device: torch.device,
    command: str,
) -> Iterator[TrainingEvent | RunResult]:
    """Train on the training persons, test once on the others, write the model folder; the last item is the result.

    `pixels` is the same data set through pixels: its training persons are trained on as well, its test persons tested
    apart. Raises OutputError before the training where the result could not be written.
    """
    out = check_target(out)
    rate_hz = recipe.features.rate_hz
    views = [dataset] if pixels is None else [dataset, pixels]
    train_data = to_tensors(_balanced([view.part(train=True) for view in views]), rate_hz=rate_hz, device=device)
    network = build_network(recipe, classes=len(dataset.actions), seed=seed)
    yield from train(network, train_data, recipe, seed=seed)
    config = ModelConfig(
        title=title,
        layout="kinect25",
        features=recipe.features,
        network=network.spec,
        window_frames=round(recipe.window_s * rate_hz),
        actions=dataset.actions,
    )
    tests = [
        evaluate(network, config, to_tensors(view.part(train=False), rate_hz=rate_hz, device=device)) for view in views
    ]
    test, pixel_test = tests[0], tests[1] if pixels is not None else None
    parameters = sum(parameter.numel() for parameter in network.parameters())
    metrics = {
        **test.figures(),
        "pixels": None if pixel_test is None else {**pixel_test.figures(), "protocol": PIXELS_PROTOCOL},
        "dataset": dataset.name,
        "split": dataset.split,
        "protocol": PROTOCOL,
        "seed": seed,
        "parameters": parameters,
        "skipped_files": list(dataset.skipped),
        "excluded_files": dataset.excluded,
        "command": command,
        "f1": dict(zip(dataset.actions, test.f1.tolist(), strict=True)),
    }
    card = write_card(config, dataset, test, pixel_test, command=command)
    save_model(out, network=network, config=config, metrics=metrics, card=card)
    yield RunResult(folder=out, test=test, pixel_test=pixel_test, parameters=parameters)


def _balanced(parts: list[tuple[Sample, ...]]) -> list[Sample]:
    """All samples, those of a smaller part as often as it takes to weigh as much as the largest."""
    most = max(len(part) for part in parts)
    return [sample for part in parts for sample in part * max(1, round(most / len(part)))]
