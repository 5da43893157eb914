"""A refiner: frame by frame as all at once, of those who come and go, kept in a model folder and used on every way."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from core.explain.explained import explain_clip
from core.model.folder import CONFIG, WEIGHTS, ActionModel, load_model, save_model
from core.model.refiner import Refiner, RefinerSpec, RefinerStream, refined_rows
from core.skeleton.layouts import KINECT_25
from core.training.refining import refined_sequence
from tests.explaining import moving, small_model
from tests.fakes import tiny_model
from tests.refining import found, small_refiner

Rows = np.ndarray


def rows_of(frames: int = 30, *, persons: int = 1) -> Rows:
    sequence = found(frames, persons=persons).to_kinect25()
    return np.concatenate([sequence.positions_m, sequence.confidence[..., None]], axis=-1)


def frame_by_frame(refiner: Refiner, rows: Rows) -> Rows:
    stream = RefinerStream(refiner, persons=rows.shape[1])
    return np.stack([stream.push(row) for row in rows])


@pytest.mark.parametrize("persons", [1, 2])
def test_a_stream_gives_what_the_whole_gives(persons: int) -> None:
    refiner, rows = small_refiner(), rows_of(persons=persons)
    whole = refined_rows(refiner, rows)
    np.testing.assert_allclose(frame_by_frame(refiner, rows), whole, atol=1e-5)
    assert np.abs(whole[..., :3] - rows[..., :3]).max() > 0.01, "something was refined"
    np.testing.assert_array_equal(whole[..., 3], rows[..., 3])
    assert rows_of(persons=persons).tobytes() == rows.tobytes(), "what was given stays as it was"


def test_what_is_to_come_changes_nothing() -> None:
    refiner, rows = small_refiner(), rows_of()
    later = rows.copy()
    later[20:] += 0.3
    np.testing.assert_allclose(refined_rows(refiner, rows)[:20], refined_rows(refiner, later)[:20], atol=1e-6)


def test_who_comes_back_begins_anew_and_disturbs_nobody() -> None:
    refiner, rows = small_refiner(), rows_of(persons=2)
    rows[10:13, 1] = np.nan
    refined = refined_rows(refiner, rows)
    np.testing.assert_allclose(frame_by_frame(refiner, rows), refined, atol=1e-5)
    assert np.isnan(refined[10:13, 1]).all()
    np.testing.assert_allclose(refined[:, :1], refined_rows(refiner, rows[:, :1]), atol=1e-5)
    np.testing.assert_allclose(refined[13:, 1:], refined_rows(refiner, rows[13:, 1:]), atol=1e-5)


def test_who_was_never_placed_before_the_lens_stays_as_found() -> None:
    rows = rows_of()
    rows[..., 2] -= 4
    np.testing.assert_array_equal(refined_rows(small_refiner(), rows), rows)
    np.testing.assert_array_equal(frame_by_frame(small_refiner(), rows), rows)


@pytest.mark.parametrize("far", [1e3, 1e30])
def test_absurd_places_give_finite_joints(far: float) -> None:
    rows = rows_of()
    rows[5, 0, 11, :3] = far
    refined = refined_rows(small_refiner(), rows)
    assert np.isfinite(refined).all()
    others = np.delete(np.arange(len(rows)), 5)
    moved_m = np.abs(refined - rows)[others, ..., :3]
    assert moved_m.max() < 1, "one absurd frame spoils no other"


def test_only_what_was_found_in_pixels_is_refined() -> None:
    recorded = moving(20)
    assert refined_sequence(recorded, small_refiner(), rate_hz=15) is recorded
    seen = found()
    assert refined_sequence(seen, None, rate_hz=15) is seen
    refined = refined_sequence(seen, small_refiner(), rate_hz=15)
    assert refined.layout is KINECT_25
    np.testing.assert_allclose(refined.times_s, seen.times_s)
    assert refined_sequence(refined, small_refiner(), rate_hz=15) is refined, "nothing is refined twice"
    mapped = refined_sequence(seen.to_kinect25(), small_refiner(), rate_hz=15)
    np.testing.assert_array_equal(mapped.positions_m, refined.positions_m)


def test_a_sequence_is_refined_on_the_grid_of_the_model() -> None:
    refined = refined_sequence(found(61, rate_hz=30), small_refiner(), rate_hz=15)
    np.testing.assert_allclose(np.diff(refined.times_s), 1 / 15)
    assert len(refined) == 31


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model, refiner = tiny_model(), small_refiner()
    save_model(tmp_path / "m", network=model.network, config=model.config, metrics={}, card="", refiner=refiner)
    return tmp_path / "m"


def test_a_model_folder_keeps_its_refiner(folder: Path) -> None:
    loaded = load_model(str(folder), device="cpu")
    assert loaded.config.refiner == RefinerSpec(hidden=6)
    assert loaded.refiner is not None
    np.testing.assert_array_equal(refined_rows(loaded.refiner, rows_of()), refined_rows(small_refiner(), rows_of()))
    window = np.random.default_rng(1).normal(size=(20, 21, 9)).astype(np.float32)
    np.testing.assert_array_equal(loaded.predict(window).probabilities, tiny_model().predict(window).probabilities)


def test_a_model_without_one_has_none(tmp_path: Path) -> None:
    model = tiny_model()
    config = replace(model.config, refiner=RefinerSpec())  # as that of a model it was made from
    save_model(tmp_path / "m", network=model.network, config=config, metrics={}, card="")
    assert load_model(str(tmp_path / "m"), device="cpu").refiner is None


@pytest.mark.parametrize("damage", ["missing", "other size", "not finite", "not named"])
def test_a_damaged_refiner_is_refused(folder: Path, damage: str) -> None:
    weights, config = load_file(folder / WEIGHTS), json.loads((folder / CONFIG).read_text())
    if damage == "missing":
        weights = {name: value for name, value in weights.items() if not name.startswith("refiner.")}
    elif damage == "other size":
        config["refiner"]["hidden"] = 7
    elif damage == "not finite":
        weights["refiner.mean"] = torch.full_like(weights["refiner.mean"], float("nan"))
    else:
        config["refiner"] = None
    save_file(weights, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(config))
    with pytest.raises(ModelError, match=WEIGHTS):
        load_model(str(folder), device="cpu")


@pytest.mark.parametrize("hidden", [0, -1, 1_000_000])
def test_an_absurd_size_is_refused_before_it_fills_the_memory(folder: Path, hidden: int) -> None:
    config = json.loads((folder / CONFIG).read_text())
    config["refiner"]["hidden"] = hidden
    (folder / CONFIG).write_text(json.dumps(config))
    with pytest.raises(ModelError, match="hidden"):
        load_model(str(folder), device="cpu")


def with_refiner(model: ActionModel) -> ActionModel:
    return ActionModel(
        name="refined", config=model.config, network=model.network, device=model.device, refiner=small_refiner()
    )


def test_a_clip_from_pixels_is_explained_with_refined_joints() -> None:
    model, sequence = with_refiner(small_model()), found(40)
    explained = explain_clip(model, sequence)
    refined = refined_sequence(sequence, model.refiner, rate_hz=15)
    np.testing.assert_allclose(explained.clip.positions_m, refined.positions_m, atol=1e-5)
    plain = explain_clip(small_model(), sequence)
    assert np.abs(plain.clip.positions_m - explained.clip.positions_m).max() > 0.01
    np.testing.assert_array_equal(plain.clip.seen, explained.clip.seen)


def test_a_clip_of_a_depth_camera_is_explained_as_it_is() -> None:
    plain, refined = explain_clip(small_model(), moving(40)), explain_clip(with_refiner(small_model()), moving(40))
    np.testing.assert_array_equal(plain.logits, refined.logits)
