"""Model folders: written whole, read strictly, every damage named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import DeviceError, ModelError, OutputError
from core.model.folder import CONFIG, WEIGHTS, list_models, load_model, save_model
from tests.fakes import tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tiny_model()
    path = tmp_path / "tiny"
    save_model(path, network=model.network, config=model.config, metrics={"accuracy": 0.5}, card="# Tiny\n")
    return path


def test_a_folder_runs_alone_and_gives_the_same_prediction(folder: Path) -> None:
    window = np.random.default_rng(1).normal(size=(20, 21, 9)).astype(np.float32)
    original, loaded = tiny_model(), load_model(str(folder), device="cpu")
    np.testing.assert_array_equal(loaded.predict(window).probabilities, original.predict(window).probabilities)
    assert loaded.config == original.config
    assert sorted(path.name for path in folder.iterdir()) == ["card.md", "config.json", "metrics.json", WEIGHTS]
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"], "nothing half-written stays"


def test_a_prediction_is_a_distribution_with_attention_that_sums_to_one(folder: Path) -> None:
    prediction = load_model(str(folder), device="cpu").predict(np.ones((7, 21, 9), dtype=np.float32))
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(prediction.alpha.sum(axis=1), 1, atol=1e-5)
    assert prediction.beta.shape == (7,)
    heat = prediction.joint_heat(25)
    assert np.isnan(heat[21:]).all()
    assert np.nanmean(heat) == pytest.approx(1, abs=1e-5), "the mean is 1: times uniform"
    names = [name for name, _ in prediction.top(5)]
    assert len(names) == 3, "no more actions than there are"


def edit(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / CONFIG
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    return apply


def other_weights(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    weights["classify.bias"] = torch.zeros(9)
    save_file(weights, folder / WEIGHTS)


def nan_weights(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    weights["classify.bias"][0] = float("nan")
    save_file(weights, folder / WEIGHTS)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), WEIGHTS),
    "cut weights": (lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:500]), WEIGHTS),
    "empty weights": (lambda folder: (folder / WEIGHTS).write_bytes(b""), WEIGHTS),
    "weights of another network": (other_weights, WEIGHTS),
    "weights that are no numbers": (nan_weights, "finite"),
    "no config": (lambda folder: (folder / CONFIG).unlink(), CONFIG),
    "config is no JSON": (lambda folder: (folder / CONFIG).write_text("{"), "JSON"),
    "config is a list": (lambda folder: (folder / CONFIG).write_text("[]"), "schema_version"),
    "config from the future": (edit(lambda data: data.update(schema_version=9)), "schema_version"),
    "a field is missing": (edit(lambda data: data.pop("actions")), "actions"),
    "a field is text": (edit(lambda data: data["network"].update(hidden="many")), "network.hidden"),
    "absurd sizes": (edit(lambda data: data["network"].update(hidden=10**9)), "out of range"),
    "a wrong joint count": (edit(lambda data: data["network"].update(joints=25)), "25"),
    "another layout": (edit(lambda data: data.update(layout="coco17")), "coco17"),
    "too few names": (edit(lambda data: data.update(actions=["wave"])), "1 action names"),
    "deep nesting": (lambda folder: (folder / CONFIG).write_text("[" * 100_000), "JSON"),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_damage_is_named(folder: Path, damage: str) -> None:
    apply, text = DAMAGES[damage]
    apply(folder)
    with pytest.raises(ModelError, match=text):
        load_model(str(folder), device="cpu")


def test_an_unknown_model_lists_the_known_ones(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("core.model.folder.model_search_dirs", lambda: (folder.parent,))
    with pytest.raises(ModelError, match="tiny"):
        load_model("nobody", device="cpu")
    assert [entry.name for entry in list_models()] == ["tiny"]
    (folder / CONFIG).write_text("broken")
    assert list_models() == []


def test_a_name_may_not_lead_out_of_the_models_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("core.model.folder.model_search_dirs", lambda: (folder / "models",))
    monkeypatch.chdir(folder)
    with pytest.raises(ModelError, match="no model"):
        load_model("../nothing", device="cpu")


def test_saving_replaces_a_model_and_spares_everything_else(folder: Path, tmp_path: Path) -> None:
    model = tiny_model(("a", "b", "c", "d"))
    save_model(folder, network=model.network, config=model.config, metrics={}, card="")
    assert load_model(str(folder), device="cpu").actions == ("a", "b", "c", "d")
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "me.png").write_bytes(b"precious")
    with pytest.raises(OutputError, match="not a model folder"):
        save_model(photos, network=model.network, config=model.config, metrics={}, card="")
    assert (photos / "me.png").read_bytes() == b"precious"


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_missing_gpu_is_said(folder: Path) -> None:
    with pytest.raises(DeviceError, match="--device cpu"):
        load_model(str(folder), device="cuda")
