"""Each shipped model gives the logits that it gave when it was made.

After a model is trained anew, `python -m tests.core.test_shipped_models` writes them.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.model.folder import ActionModel, load_model
from core.skeleton.features import frame_features

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "golden_logits.json"

NAMES = sorted(path.parent.name for path in ROOT.glob("models/*/config.json"))


def _logits(model: ActionModel) -> list[float]:
    """For a movement that is made of sines, so that no generator of random numbers can change it."""
    places = np.arange(model.config.window_frames * model.persons * 25 * 3, dtype=np.float64)
    movement = 0.4 * np.sin(places * 0.37) + 0.2 * np.sin(places * 0.011)
    positions = torch.from_numpy(movement.reshape(1, -1, model.persons, 25, 3).astype(np.float32))
    with torch.inference_mode():
        logits = model.network(frame_features(positions, model.config.features)).logits[0]
    return [round(float(value), 5) for value in logits]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_gives_the_logits_it_was_shipped_with(name: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert _logits(load_model(str(ROOT / "models" / name), device="cpu")) == pytest.approx(golden[name], abs=2e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_says_how_its_figures_were_got(name: str) -> None:
    metrics = json.loads((ROOT / "models" / name / "metrics.json").read_text(encoding="utf-8"))
    assert 0.5 < metrics["accuracy"] <= 1
    assert metrics["protocol"]
    assert metrics["command"].startswith("jointlight train ")
    card = (ROOT / "models" / name / "card.md").read_text(encoding="utf-8")
    assert f"{100 * metrics['accuracy']:.1f} %" in card


if __name__ == "__main__":
    written = {name: _logits(load_model(str(ROOT / "models" / name), device="cpu")) for name in NAMES}
    GOLDEN.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
