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
from core.model.folder import CONFIG, WEIGHTS, check_target, list_models, load_model, save_model
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


def half_weights(folder: Path) -> None:
    save_file({name: tensor.half() for name, tensor in load_file(folder / WEIGHTS).items()}, folder / WEIGHTS)


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
    "text for a number": (edit(lambda data: data.update(window_frames="30")), "window_frames"),
    "thresholds that are no numbers": (edit(lambda data: data["decision"].update(enter=float("nan"))), "thresholds"),
    "a network that fills the memory": (edit(lambda data: data["network"].update(hidden=4096, layers=8)), WEIGHTS),
    "weights of another type": (half_weights, WEIGHTS),
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
    for name in ("../nothing", "", "n" * 300):
        with pytest.raises(ModelError, match="no model"):
            load_model(name, device="cpu")


def test_saving_replaces_a_model_and_spares_everything_else(folder: Path, tmp_path: Path) -> None:
    model = tiny_model(("a", "b", "c", "d"))
    save_model(folder, network=model.network, config=model.config, metrics={}, card="")
    assert load_model(str(folder), device="cpu").actions == ("a", "b", "c", "d")
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "me.png").write_bytes(b"precious")
    with pytest.raises(OutputError, match="other things than a model"):
        save_model(photos, network=model.network, config=model.config, metrics={}, card="")
    assert (photos / "me.png").read_bytes() == b"precious"


def test_a_project_with_a_config_of_its_own_is_no_model(folder: Path, tmp_path: Path) -> None:
    model = tiny_model()
    (folder / "thesis.tex").write_text("years of work")
    neighbour = tmp_path / ".tiny.old"
    neighbour.mkdir()
    (neighbour / "kept").write_text("")
    with pytest.raises(OutputError, match="other things"):
        save_model(folder, network=model.network, config=model.config, metrics={}, card="")
    assert (folder / "thesis.tex").read_text() == "years of work"
    assert (neighbour / "kept").exists()


def test_the_old_model_comes_back_when_the_new_one_cannot_take_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where a file in use blocks the rename."""
    model, rename = tiny_model(("a", "b", "c", "d")), Path.rename

    def fails_for_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError(13, "in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new)
    with pytest.raises(OutputError, match="in use"):
        save_model(folder, network=model.network, config=model.config, metrics={}, card="")
    assert load_model(str(folder), device="cpu").actions == ("wave", "clap", "squat")
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_a_target_is_checked_before_a_long_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_target(tmp_path / "new" / "model") == tmp_path / "new" / "model"
    (tmp_path / "file").write_text("")
    for name in ("file", "file/under", "n" * 300):
        with pytest.raises(OutputError):
            check_target(tmp_path / name)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert check_target(Path()) == empty


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_missing_gpu_is_said(folder: Path) -> None:
    with pytest.raises(DeviceError, match="--device cpu"):
        load_model(str(folder), device="cuda")
