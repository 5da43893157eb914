"""The card of a trained model: what it is, whose data it saw, how well it does and how that was measured."""

import textwrap
from collections.abc import Mapping
from typing import Any

from core.datasets.dataset import Dataset
from core.model.folder import ModelConfig

_WIDTH = 120
_REFINED = (
    "Joints that MediaPipe finds are first refined by a small recurrent network, which was taught with the true joints "
    "of the performer's pictures; joints of a depth camera are taken as they are."
)


def _asked(config: ModelConfig) -> str:
    """In which ways it is asked."""
    aspects = config.network.aspects()
    words = "; ".join(aspect.words or "as it stands" for aspect in aspects)
    return f"Each network is asked in {len(aspects)} ways, and all answers are one: {words}."


def write_card(config: ModelConfig, dataset: Dataset, metrics: Mapping[str, Any]) -> str:
    """Markdown for `card.md`, from what metrics.json says."""
    persons, features = config.features.persons, config.features
    who = "one person" if persons == 1 else "two persons together"
    members = config.network.members
    network = "A spatio-temporal attention LSTM" if members == 1 else f"{members} spatio-temporal attention LSTMs"
    names = "names" if members == 1 else "together name"
    intro = (
        f"{network} (our reading of Song et al., AAAI 2017; variant {config.network.variant}) that {names} "
        f"{len(config.actions)} actions of {who} from {len(features.joints)} Kinect-25 joints"
        f"{' of each' if persons > 1 else ''} at {features.rate_hz:g} Hz, in a window of "
        f"{config.window_frames / features.rate_hz:g} s. {metrics['parameters']:,} parameters."
    )
    view = "seen from the front, whole body in view" if persons == 1 else "whole bodies in view"
    unknown = "other movements may be named wrongly"
    if config.background:
        unknown = (
            f"'{config.background}' is its answer to rest and to movements without a name, but not to all of them: "
            "some are named wrongly"
        )
    limits = f"Limits: {who}, {view}. It knows the actions above and nothing else: {unknown}."
    points = [
        f"Trained on: {dataset.name} ({dataset.terms}); {_seen(metrics)}.",
        f"Split: {metrics['split']}.",
        *([_REFINED] if config.refiner is not None else []),
        *([_asked(config)] if len(config.network.aspects()) > 1 else []),
        _accuracy(metrics),
        _through_pixels(metrics),
        f"Protocol: {metrics['protocol']}.",
        *([f"Decisions: {metrics['thresholds']}."] if metrics.get("thresholds") else []),
        f"Lowest F1: {_weakest(metrics)}.",
        f"Made with: `{metrics['command']}`",
    ]
    parts = [
        f"# {config.title}",
        textwrap.fill(intro, _WIDTH),
        "\n".join(
            textwrap.fill(point, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
            for point in points
        ),
        textwrap.fill(f"Actions: {', '.join(config.actions)}.", _WIDTH),
        textwrap.fill(limits, _WIDTH),
    ]
    return "\n\n".join(parts) + "\n"


def _seen(metrics: Mapping[str, Any]) -> str:
    return "joints as recorded" if metrics["pixels"] is None else "joints as recorded, and the same through pixels"


def _accuracy(metrics: Mapping[str, Any]) -> str:
    spread = "" if metrics["accuracy_std"] is None else f" ± {100 * metrics['accuracy_std']:.1f} over the seeds"
    text = (
        f"Test accuracy on whole clips, joints as recorded, constant rate: {100 * metrics['accuracy']:.1f} %{spread} "
        f"({metrics['n']} clips), macro F1 {metrics['macro_f1']:.3f}, ECE {metrics['ece']:.3f}."
    )
    if metrics["best_epoch_accuracy"] is not None:
        text += f" {100 * metrics['best_epoch_accuracy']:.1f} % at the {metrics['best_epoch_protocol']}."
    return text


def _through_pixels(metrics: Mapping[str, Any]) -> str:
    pixels = metrics["pixels"]
    figures = (
        "not measured. What a webcam's pose estimator finds may differ from the recorded joints"
        if pixels is None
        else f"{100 * pixels['accuracy']:.1f} % ({pixels['n']} clips), macro F1 {pixels['macro_f1']:.3f}"
    )
    return f"The same test recordings through pixels (played by the performer, found by MediaPipe): {figures}."


def _weakest(metrics: Mapping[str, Any]) -> str:
    tested = [sum(row) > 0 for row in metrics["confusion"]]  # actions that only the training part has say nothing here
    f1s = [(f1, action) for (action, f1), has in zip(metrics["f1"].items(), tested, strict=True) if has]
    worst = sorted(f1s)[:3]
    return ", ".join(f"{action} ({f1:.2f})" for f1, action in worst)
