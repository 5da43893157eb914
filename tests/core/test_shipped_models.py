"""Each shipped model gives the logits, and refines joints, as it did when it was made.

After a model is trained anew, `python -m tests.core.test_shipped_models` writes them.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.model.folder import ActionModel, load_model
from core.model.refiner import refined_rows
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


def _refined(model: ActionModel) -> list[float]:
    """Where such a movement three metres away has the head, a hand and a foot in the end, metres."""
    if model.refiner is None:
        return []
    places = np.arange(30 * 25 * 3, dtype=np.float64).reshape(30, 1, 25, 3)
    joints = 0.4 * np.sin(places * 0.37) + 0.2 * np.sin(places * 0.011) + np.array([0, 0, 3])
    rows = np.concatenate([joints, np.full((30, 1, 25, 1), 0.9)], axis=-1).astype(np.float32)
    return [round(float(value), 5) for value in refined_rows(model.refiner, rows)[-1, 0, [3, 7, 15], :3].flatten()]


def _golden(model: ActionModel) -> dict[str, list[float]]:
    return {"logits": _logits(model), "refined": _refined(model)}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_says_what_it_said_when_it_was_shipped(name: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[name]
    model = load_model(str(ROOT / "models" / name), device="cpu")
    assert _logits(model) == pytest.approx(golden["logits"], abs=2e-3)
    assert _refined(model) == pytest.approx(golden["refined"], abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_says_how_its_figures_were_got(name: str) -> None:
    metrics = json.loads((ROOT / "models" / name / "metrics.json").read_text(encoding="utf-8"))
    assert 0.5 < metrics["accuracy"] <= 1
    assert metrics["protocol"]
    assert metrics["command"].startswith("jointlight train ")
    card = (ROOT / "models" / name / "card.md").read_text(encoding="utf-8")
    assert f"{100 * metrics['accuracy']:.1f} %" in card


if __name__ == "__main__":
    written = {name: _golden(load_model(str(ROOT / "models" / name), device="cpu")) for name in NAMES}
    GOLDEN.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
