"""The card of a trained model: what it is, whose data it saw, how well it does and how that was measured."""

from core.datasets.dataset import Dataset
from core.model.folder import ModelConfig
from core.training.evaluate import Evaluation


def write_card(
    config: ModelConfig, dataset: Dataset, result: Evaluation, pixel_result: Evaluation | None, *, command: str
) -> str:
    """Markdown for `card.md`."""
    worst = sorted(zip(result.f1, config.actions, strict=True))[:3]
    weak = ", ".join(f"{action} ({f1:.2f})" for f1, action in worst)
    through_pixels = (
        "not measured. It was trained on Kinect joints; what a webcam's pose estimator finds differs"
        if pixel_result is None
        else f"{100 * pixel_result.accuracy:.1f} % ({pixel_result.n} clips), macro F1 {pixel_result.macro_f1:.3f}"
    )
    seen = "Kinect joints" if pixel_result is None else "Kinect joints and the same recordings through pixels"
    return f"""# {config.title}

A spatio-temporal attention LSTM (our reading of Song et al., AAAI 2017) that names {len(config.actions)} actions of one
person from {config.network.joints} Kinect-25 joints at {config.features.rate_hz:g} Hz, in a window of
{config.window_frames / config.features.rate_hz:g} s.

- Trained on: {dataset.name} ({dataset.terms}); {seen}.
- Split: {dataset.split}.
- Test accuracy on whole clips, Kinect joints, constant rate: {100 * result.accuracy:.1f} %
  ({result.n} clips), macro F1 {result.macro_f1:.3f}, ECE {result.ece:.3f}. The last weights count; nothing was
  chosen on the test part.
- The same test recordings through pixels (played by the performer, found by MediaPipe): {through_pixels}.
- Lowest F1: {weak}.
- Made with: `{command}`

Actions: {", ".join(config.actions)}.

Limits: one person, seen from the front, whole body in view. It knows the actions above and nothing else: other
movements may be named wrongly. It was trained on few persons.
"""
