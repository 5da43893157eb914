"""Models as ONNX: what onnxruntime says of any window is what torch says, and the file tells what it needs."""

import hashlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from core.errors import ModelError, OutputError
from core.model import onnx_export
from core.model.committee import make_network
from core.model.folder import ActionModel, load_model, save_model
from core.model.onnx_export import OUTPUTS, export_onnx
from core.model.sta_lstm import Variant
from core.paths import BUNDLED_MODELS
from core.skeleton.features import FeatureSpec
from tests.fakes import tiny_model
from tests.refining import small_refiner

onnxruntime.disable_telemetry_events()
LENGTHS = (1, 2, 7, 45, 150)
CLOSE = 2e-5


def session_of(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 2  # its warnings would be seen
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_round_trip(folder: Path, path: Path) -> None:
    """Every length, alone and several at once."""
    report = export_onnx(folder, path)
    assert report.difference < CLOSE
    assert report.size_bytes == path.stat().st_size
    session, model = session_of(path), load_model(str(folder), device="cpu")
    random, spec = np.random.default_rng(3), model.config.network
    for frames in LENGTHS:
        for batch in (1, 3):
            windows = random.normal(size=(batch, frames, spec.joints, spec.channels)).astype(np.float32)
            logits, alpha, beta, probabilities = session.run(None, {"features": windows})
            with torch.inference_mode():
                wanted = model.network(torch.from_numpy(windows))
            np.testing.assert_allclose(logits, wanted.logits.numpy(), atol=CLOSE)
            np.testing.assert_allclose(alpha, wanted.alpha.numpy(), atol=CLOSE)
            np.testing.assert_allclose(beta, wanted.beta.numpy(), atol=CLOSE)
            assert alpha.shape == (batch, frames, spec.joints)
            assert beta.shape == (batch, frames)
            for row in range(batch):
                said = model.predict(windows[row]).probabilities
                np.testing.assert_allclose(probabilities[row], said, atol=CLOSE)


@pytest.mark.parametrize("name", ["everyday", "sbu-interactions"])
def test_shipped_models_say_the_same(name: str, tmp_path: Path) -> None:
    check_round_trip(BUNDLED_MODELS / name, tmp_path / "model.onnx")
    weights = (BUNDLED_MODELS / name / "model.safetensors").stat().st_size
    assert (tmp_path / "model.onnx").stat().st_size < 1.05 * weights


def saved(folder: Path, **changes: Any) -> Path:
    """A small random network, not only of the first weights, which leave the gates alike."""
    model = tiny_model(persons=2 if changes.get("either_order") else 1)
    spec = replace(model.config.network, **changes)
    config = replace(model.config, network=spec, temperature=0.7)
    torch.manual_seed(7)
    network = make_network(spec)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    save_model(folder, network=network, config=config, metrics={}, card="# Card\n")
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        *({"variant": variant} for variant in Variant),
        {"normalised": False, "kept": 0.9},
        {"either_order": True},
        {"either_order": True, "members": 2, "layers": 3, "kept": 0.95},
        {"members": 3, "variant": Variant.TA},
        {"members": 2, "sides_deg": (0.0, 40.0, -40.0)},
        {"either_order": True, "mirrored": (*range(21), *range(41, 20, -1)), "flipped": (2, 5)},
    ],
    ids=lambda changes: "-".join(f"{name}={value}" for name, value in changes.items()),
)
def test_every_kind_of_network_says_the_same(changes: dict[str, Any], tmp_path: Path) -> None:
    check_round_trip(saved(tmp_path / "model", **changes), tmp_path / "model.onnx")


def test_the_file_says_what_it_needs_and_nothing_of_this_machine(tmp_path: Path) -> None:
    folder = saved(tmp_path / "tiny")
    export_onnx(folder, tmp_path / "model.onnx")
    proto = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(proto, full_check=True)
    found = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    config = load_model(str(folder), device="cpu").config
    assert found["actions"] == list(config.actions)
    assert (found["rate_hz"], found["window_frames"], found["temperature"]) == (15.0, 30, 0.7)
    assert found["joints"][:2] == ["SpineBase", "SpineMid"]
    assert len(found["joints"]) * found["persons"] == config.network.joints
    features = {**found["features"], "joints": tuple(found["features"]["joints"])}
    assert FeatureSpec(**{**features, "kinds": tuple(features["kinds"])}) == config.features
    assert found["card"] == "# Card\n"
    session = session_of(tmp_path / "model.onnx")
    (given,) = session.get_inputs()
    assert (given.name, given.shape) == ("features", ["batch", "frames", 21, 9])
    shapes = {output.name: output.shape for output in session.get_outputs()}
    assert shapes == {
        "logits": ["batch", 3], "alpha": ["batch", "frames", 21], "beta": ["batch", "frames"],
        "probabilities": ["batch", 3],
    }  # fmt: skip
    assert set(shapes) == set(OUTPUTS)
    content = (tmp_path / "model.onnx").read_bytes()
    assert str(Path.cwd()).encode() not in content
    assert b".py" not in content
    export_onnx(folder, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == content, "the same model, the same bytes"


@pytest.mark.parametrize("frames", LENGTHS)
def test_a_refiner_is_written_beside_and_goes_on_from_its_state(frames: int, tmp_path: Path) -> None:
    model, refiner = tiny_model(), small_refiner()
    folder = tmp_path / "tiny"
    save_model(folder, network=model.network, config=model.config, metrics={}, card="", refiner=refiner)
    report = export_onnx(folder, tmp_path / "model.onnx")
    assert report.refiner == tmp_path / "model.refiner.onnx"
    assert report.difference < CLOSE
    onnx.checker.check_model(onnx.load(report.refiner), full_check=True)
    session = session_of(report.refiner)
    joints = np.random.default_rng(4).normal(size=(2, frames, 25, 4)).astype(np.float32) + 3
    parts = [joints[:, : frames // 2], joints[:, frames // 2 :]]
    state, found = np.zeros((1, 2, 6), np.float32), []
    for part in parts:
        if part.shape[1]:
            positions, state = session.run(None, {"joints": part, "state": state})
            found.append(positions)
    with torch.inference_mode():
        wanted, left = refiner(torch.from_numpy(joints))
    np.testing.assert_allclose(np.concatenate(found, axis=1), wanted.numpy(), atol=CLOSE)
    np.testing.assert_allclose(state, left.numpy(), atol=CLOSE)


def test_the_two_files_belong_together_and_are_written_together(tmp_path: Path) -> None:
    model, folder, path = tiny_model(), tmp_path / "tiny", tmp_path / "model.onnx"
    save_model(folder, network=model.network, config=model.config, metrics={}, card="", refiner=small_refiner())
    report = export_onnx(folder, path)
    assert report.refiner is not None
    props = {entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props}
    assert props["refiner_sha256"] == hashlib.sha256(report.refiner.read_bytes()).hexdigest()
    before = path.read_bytes()
    report.refiner.unlink()
    report.refiner.mkdir()  # as good as a full disk: the second file cannot be written
    save_model(folder, network=model.network, config=model.config, metrics={}, card="other", refiner=small_refiner())
    with pytest.raises(OutputError):
        export_onnx(folder, path)
    assert path.read_bytes() == before


def test_a_model_without_a_refiner_is_one_file(tmp_path: Path) -> None:
    report = export_onnx(saved(tmp_path / "tiny"), tmp_path / "model.onnx")
    assert report.refiner is None
    props = {entry.key: json.loads(entry.value) for entry in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert props["refiner_sha256"] == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.onnx", "tiny"]


def test_without_onnx_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OutputError, match=r"jointlight\[export\]"):
        export_onnx(BUNDLED_MODELS / "everyday", tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_what_says_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved(tmp_path / "tiny")
    for wrong in (float("nan"), 2e-4):

        def difference(_content: bytes, _network: object, _model: ActionModel, wrong: float = wrong) -> float:
            return wrong

        monkeypatch.setattr(onnx_export, "_difference", difference)
        with pytest.raises(ModelError, match="differs from torch"):
            export_onnx(folder, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
