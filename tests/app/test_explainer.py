"""Networks that are asked in a thread: loaded once, without their gates, for as many persons as they take."""

import threading
from pathlib import Path

import numpy as np
import pytest

import app.lecture.explainer
from app.lecture.answers import answer_at, prediction_at
from app.lecture.explainer import Explainer, first_persons, without_gates
from app.widgets.compare_panel import NO_ATTENTION
from core.errors import ModelError
from core.explain.explained import explain_clip
from core.model.folder import ActionModel
from core.model.sta_lstm import Variant
from tests.app.lecturing import write_model
from tests.explaining import joined, moving, small_model


def nothing(text: str, fraction: float | None = None) -> None:
    """Nobody listens."""


def test_a_model_is_loaded_once_until_it_may_be_another(tmp_path: Path) -> None:
    folder = str(write_model(tmp_path / "model"))
    explainer = Explainer(device="cpu")
    first = explainer.model(folder)
    assert explainer.model(folder) is first
    explainer.forget()
    assert explainer.model(folder) is not first
    with pytest.raises(ModelError):
        explainer.model(str(tmp_path / "none"))


def test_two_threads_that_ask_at_once_get_one_and_the_same_model(monkeypatch: pytest.MonkeyPatch) -> None:
    both, explainer, found = threading.Barrier(2), Explainer(device="cpu"), []

    def load(_name: str, *, device: str) -> ActionModel:
        assert device == "cpu"
        return small_model()  # takes long enough for the other one to come

    monkeypatch.setattr(app.lecture.explainer, "load_model", load)

    def ask() -> None:
        both.wait(10)
        found.append(explainer.model("some"))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found[0] is found[1]


def test_without_gates_the_same_weights_answer_and_all_weigh_alike() -> None:
    model = small_model(members=2)
    plain = without_gates(model)
    assert plain.config.network.variant is Variant.LSTM
    said = explain_clip(plain, moving(40))
    np.testing.assert_allclose(said.heat, 1.0, rtol=1e-6)
    np.testing.assert_allclose(said.beta, 1.0, rtol=1e-6)
    own, other = model.network.state_dict(), plain.network.state_dict()
    assert 0 < len(other) < len(own)
    for name, value in other.items():
        np.testing.assert_array_equal(value.numpy(), own[name].numpy())
    assert not np.allclose(said.logits, explain_clip(model, moving(40)).logits, atol=1e-3)


def test_comparing_asks_another_model_or_the_same_without_gates(tmp_path: Path) -> None:
    first, second = (str(write_model(tmp_path / f"kept {kept}", small_model(kept=kept))) for kept in (1.0, 0.9))
    explainer = Explainer(device="cpu")
    assert explainer.compare(first, second, moving(30), nothing).config.network.kept == 0.9
    assert not explainer.compare(first, NO_ATTENTION, moving(30), nothing).weighs_joints


def test_of_more_persons_than_it_looks_at_the_first_ones_are_seen(tmp_path: Path) -> None:
    pair = moving(30, persons=2)
    alone = first_persons(pair, 1)
    np.testing.assert_array_equal(alone.positions_m, pair.positions_m[:, :1])
    assert first_persons(pair, 2) is pair
    said = Explainer(device="cpu").explain(str(write_model(tmp_path / "model")), pair, nothing)
    np.testing.assert_allclose(said.alpha, explain_clip(small_model(), alone).alpha, rtol=1e-5)


def test_what_is_said_of_a_moment_is_that_of_its_frame() -> None:
    said = explain_clip(small_model(), joined(moving(30), moving(24, seed=2), gap_s=2.5))
    frame = 9
    time_s = float(said.clip.times_s[frame]) + 0.01
    found = prediction_at(said, time_s)
    assert found is not None
    np.testing.assert_allclose(found.probabilities, said.probabilities[frame], rtol=1e-5)
    np.testing.assert_array_equal(found.alpha[-1], said.alpha[frame])
    answer = answer_at(said, time_s)
    assert answer.headline.casefold() == said.actions[int(said.probabilities[frame].argmax())]
    assert answer.confidence == pytest.approx(float(said.probabilities[frame].max()))
    assert prediction_at(said, 2.0) is None
    assert answer_at(said, 2.0).headline == "Nobody in view"
    np.testing.assert_allclose(said.probabilities_at(frame), said.probabilities[frame])
