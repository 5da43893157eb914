"""Evaluation: its figures against plain computations, what it refuses, and the folder that it writes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from core.datasets.dataset import Dataset, Sample
from core.errors import DataError, JointlightError, ModelError, OutputError
from core.files import replacing_folder
from core.model.folder import ActionModel, ModelConfig
from core.model.sta_lstm import STALSTM, NetworkSpec, Variant
from core.skeleton.features import FeatureSpec, frame_features
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.training.calibration import HIGHEST, LOWEST, cross_fitted_temperatures, fit_temperature
from core.training.cost import count_parameters, flops_per_frame, measure_speed
from core.training.evaluate import clip_outputs, evaluate, judge
from core.training.metrics import frames_at, mean_by_class, reliability
from core.training.report import DOCUMENT, PICTURES, check_fit, report_on, seen_before, write_report
from core.training.tensors import SampleTensors

ACTIONS = ("left", "right", "bend")
CPU = torch.device("cpu")


def some_model(*, variant: Variant = Variant.STA, persons: int = 1, seed: int = 0) -> ActionModel:
    """A small network with random weights whose gates have something to say."""
    torch.manual_seed(seed)
    features = FeatureSpec(persons=persons, joints=(0, 3, 7, 11, 20))
    network = NetworkSpec(
        joints=features.rows, channels=features.channels, classes=len(ACTIONS), hidden=8, gate_hidden=6, variant=variant
    )
    config = ModelConfig(
        title="Some", layout="kinect25", features=features, network=network, window_frames=12, actions=ACTIONS
    )
    return ActionModel(name="some", config=config, network=STALSTM(network), device=CPU)


def some_clips(*, count: int = 7, persons: int = 1, seed: int = 0) -> SampleTensors:
    generator = torch.Generator().manual_seed(seed)
    return SampleTensors(
        positions_m=torch.randn(count, 30, persons, 25, 3, generator=generator),
        lengths=torch.randint(1, 31, (count,), generator=generator),
        labels=torch.arange(count) % len(ACTIONS),
        seen=torch.ones(count, persons, 25, dtype=torch.bool),
    )


def some_dataset(*, persons: int = 1, actions: tuple[str, ...] = ACTIONS, test_labels: int = 3) -> Dataset:
    random = np.random.default_rng(0)

    def sample(label: int, person: int) -> Sample:
        sequence = SkeletonSequence(
            layout=KINECT_25,
            positions_m=random.normal(size=(20, persons, 25, 3)).astype(np.float32),
            confidence=np.ones((20, persons, 25), np.float32),
            times_s=np.arange(20) / 15,
        )
        return Sample(name=f"{label}-{person}", sequence=sequence, label=label, person=person)

    samples = [
        sample(label, person) for label in range(3) for person in (1, 2, 3) if person == 1 or label < test_labels
    ]
    return Dataset(
        name="small", actions=actions, samples=tuple(samples), train_persons=frozenset({1}), split="person 1 trains"
    )


def test_each_tenth_is_what_the_network_says_of_a_clip_that_ends_there() -> None:
    model, clips = some_model(), some_clips()
    outputs = clip_outputs(model.network, model.config, clips)
    for row, length in enumerate(clips.lengths.tolist()):
        for tenths in range(1, 11):
            end = max(1, int(np.ceil(length * tenths / 10 - 1e-9)))
            with torch.inference_mode():
                cut = model.network(frame_features(clips.positions_m[row : row + 1, :end], model.config.features))
            np.testing.assert_allclose(outputs.early_logits[row, tenths - 1], cut.logits[0].numpy(), atol=1e-5)
    np.testing.assert_array_equal(outputs.early_logits[:, -1], outputs.logits)


def test_the_mean_attention_counts_true_frames_only() -> None:
    model, clips = some_model(), some_clips()
    outputs = clip_outputs(model.network, model.config, clips)
    length = int(clips.lengths[0])
    with torch.inference_mode():
        alone = model.network(frame_features(clips.positions_m[:1, :length], model.config.features))
    np.testing.assert_allclose(outputs.attention[0], 5 * alone.alpha[0].mean(dim=0).numpy(), atol=1e-5)
    np.testing.assert_allclose(outputs.attention.mean(axis=1), 1.0, atol=1e-5)
    assert outputs.attention.std() > 0.01
    without = some_model(variant=Variant.TA)
    np.testing.assert_allclose(clip_outputs(without.network, without.config, clips).attention, 1.0, atol=1e-6)


def test_the_figures_of_an_evaluation_fit_each_other() -> None:
    model, clips = some_model(persons=2), some_clips(count=30, persons=2)
    result = evaluate(model.network, model.config, clips)
    assert result.n == result.confusion.sum() == 30
    assert result.accuracy == pytest.approx(np.trace(result.confusion) / 30)
    assert result.early_recognition[-1] == pytest.approx(result.accuracy)
    assert result.reliability.counts.sum() == 30
    assert result.attention.shape == (3, 10)
    assert set(result.figures()) == {"accuracy", "macro_f1", "ece", "n"}


def test_a_temperature_changes_confidence_and_no_answer() -> None:
    model, clips = some_model(), some_clips(count=30)
    outputs = clip_outputs(model.network, model.config, clips)
    sure, unsure = judge(outputs, temperature=0.1), judge(outputs, temperature=10)
    np.testing.assert_array_equal(sure.confusion, unsure.confusion)
    assert np.nanmax(sure.reliability.confidence) > np.nanmax(unsure.reliability.confidence)


def test_what_cannot_be_evaluated_is_refused_in_words() -> None:
    model, clips = some_model(), some_clips()
    holes = clips.positions_m.clone()
    holes[2, 0, 0, 7, 1] = torch.nan
    nothing = SampleTensors(
        positions_m=clips.positions_m[:0], lengths=clips.lengths[:0], labels=clips.labels[:0], seen=clips.seen[:0]
    )
    cases: list[tuple[SampleTensors, type[JointlightError], str]] = [
        (replace(clips, positions_m=holes), DataError, "not a finite number"),
        (nothing, DataError, "no clips"),
        (some_clips(persons=2), ModelError, "looks at 1"),
        (replace(clips, labels=clips.labels + 1), ModelError, "more classes"),
    ]
    for data, kind, text in cases:
        with pytest.raises(kind, match=text):
            evaluate(model.network, model.config, data)
    with torch.no_grad():
        model.network.members[0].classify.weight.fill_(torch.inf)
    with pytest.raises(ModelError, match="finite"):
        evaluate(model.network, model.config, clips)


def test_reliability_bins_by_hand() -> None:
    probabilities = np.array([[0.95, 0.05], [0.91, 0.09], [0.4, 0.6], [1.0, 0.0]])
    bins = reliability(probabilities, np.array([0, 1, 1, 0]), bins=10)
    assert bins.counts.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0, 3]
    assert bins.confidence[9] == pytest.approx((0.95 + 0.91 + 1) / 3)
    assert bins.accuracy[9] == pytest.approx(2 / 3)
    assert np.isnan(bins.accuracy[0])
    assert bins.ece == pytest.approx(0.75 * abs(2.86 / 3 - 2 / 3) + 0.25 * 0.4)


def test_a_share_of_a_clip_is_at_least_a_frame_and_exact_in_tenths() -> None:
    assert [int(frames_at(np.array([10]), tenths=tenths)[0]) for tenths in range(1, 11)] == list(range(1, 11))
    assert frames_at(np.array([1, 4, 11]), tenths=1).tolist() == [1, 1, 2]
    means = mean_by_class(np.array([[1.0], [3.0]]), np.array([2, 2]), 3)
    assert means[2, 0] == 2
    assert np.isnan(means[:2]).all()


@given(st.integers(0, 2**31), st.floats(0.2, 5))
def test_the_temperature_is_found_that_the_labels_were_drawn_with(seed: int, true_temperature: float) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(scale=3, size=(4000, 5)) * true_temperature
    gumbel = random.gumbel(size=logits.shape)  # argmax of logits / T + Gumbel noise is a draw from softmax(logits / T)
    labels = (logits / true_temperature + gumbel).argmax(axis=1)
    assert fit_temperature(logits, labels) == pytest.approx(true_temperature, rel=0.15)


def test_the_temperature_stays_in_its_bounds_and_refuses_nonsense() -> None:
    labels = np.arange(6) % 3
    right = np.eye(3)[labels]
    assert fit_temperature(right, labels) == pytest.approx(LOWEST, rel=1e-3)
    assert fit_temperature(-100 * right, labels) == pytest.approx(HIGHEST, rel=1e-3)
    with pytest.raises(DataError, match="at least one"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
    with pytest.raises(DataError, match="finite"):
        fit_temperature(np.full((6, 3), np.nan), labels)


def test_no_clip_has_a_say_in_its_own_temperature() -> None:
    random = np.random.default_rng(0)
    persons, labels = np.repeat([7, 3, 9, 4], 50), random.integers(0, 4, 200)
    logits = random.normal(size=(200, 4)) + 2 * np.eye(4)[labels]
    before = cross_fitted_temperatures(logits, labels, persons)
    assert before is not None
    changed = labels.copy()
    changed[persons == 3] = (changed[persons == 3] + 1) % 4  # all wrong
    after = cross_fitted_temperatures(logits, changed, persons)
    assert after is not None
    same_side = before[persons == 3][0] == before
    assert set(persons[same_side]) == {3, 7}  # every other person
    np.testing.assert_array_equal(after[same_side], before[same_side])
    assert (after[~same_side] > before[~same_side]).all()
    assert cross_fitted_temperatures(logits, labels, np.ones(200, dtype=np.int64)) is None


@pytest.mark.parametrize("sides_deg", [(), (0.0, 30.0)])
@pytest.mark.parametrize("either_order", [False, True])
@pytest.mark.parametrize("variant", Variant)
def test_flops_are_what_a_counter_counts(variant: Variant, either_order: bool, sides_deg: tuple[float, ...]) -> None:
    spec = NetworkSpec(
        joints=6, channels=3, classes=4, hidden=7, layers=3, gate_hidden=5, variant=variant, either_order=either_order,
        sides_deg=sides_deg,
    )  # fmt: skip
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        STALSTM(spec).eval()(torch.zeros(1, 11, 6, 3))
    assert 11 * flops_per_frame(spec) == counter.get_total_flops()


def test_speed_is_measured_with_one_thread_which_is_given_back() -> None:
    model, threads, seen, now = some_model(), torch.get_num_threads(), [], [0.0]

    def clock() -> float:
        seen.append(torch.get_num_threads())
        now[0] += 0.25
        return now[0]

    speed = measure_speed(model.network, model.config, clock=clock, rounds=3)
    assert set(seen) == {1}
    assert torch.get_num_threads() == threads
    assert speed.ms_per_window == pytest.approx(250)
    assert speed.windows_per_s == pytest.approx(256)
    assert "12 frames" in speed.protocol
    assert count_parameters(torch.nn.Linear(3, 4)) == 16


def test_a_report_holds_what_programs_read_even_where_an_action_has_no_clip() -> None:
    document = report_on(
        some_model(), some_dataset(test_labels=2), train_part=False, protocol="whole clips", command="jointlight"
    ).document()
    json.dumps(document, allow_nan=False)
    required = "model dataset split n accuracy accuracy_std macro_f1 ece parameters seeds protocol"
    assert set(required.split()) <= set(document)
    assert (document["n"], document["accuracy_std"], document["split"]) == (4, None, "person 1 trains")
    assert list(document["early_recognition"]) == [f"{tenths / 10:.1f}" for tenths in range(1, 11)]
    assert document["early_recognition"]["1.0"] == document["accuracy"]
    assert LOWEST <= document["temperature"] <= HIGHEST
    assert "each half of the persons" in document["protocol"]
    assert set(document["attention"]["bend"].values()) == {None}
    assert sum(document["attention"]["left"].values()) == pytest.approx(5, abs=1e-4)


def test_a_report_says_what_there_is_not() -> None:
    on_training = report_on(some_model(), some_dataset(), train_part=True, protocol="", command="").document()
    assert on_training["n"] == 3
    assert "every other clip" in on_training["protocol"]
    assert on_training["split"].startswith("training part")
    without_gates = some_model(variant=Variant.LSTM)
    assert report_on(without_gates, some_dataset(), train_part=False, protocol="", command="").document()[
        "attention"
    ] is None  # fmt: skip
    dataset = some_dataset()
    single = replace(dataset, samples=tuple(s for s in dataset.samples if s.person == 1 or s.name == "2-3"))
    alone = report_on(some_model(), single, train_part=False, protocol="p", command="").document()
    assert (alone["n"], alone["temperature"], alone["ece_calibrated"]) == (1, None, None)
    assert "no temperature" in alone["protocol"]


def test_a_model_that_does_not_fit_the_data_is_refused() -> None:
    with pytest.raises(ModelError, match="looks at two persons, small holds one person"):
        check_fit(some_model(persons=2), some_dataset())
    with pytest.raises(ModelError, match="looks at one person, small holds two persons"):
        check_fit(some_model(), some_dataset(persons=2))
    with pytest.raises(ModelError, match="does not know all actions of small: a, b"):
        check_fit(some_model(), some_dataset(actions=("a", "b", ACTIONS[0])))
    empty = replace(some_dataset(), samples=some_dataset().samples[:1])
    with pytest.raises(DataError, match="no sample of the test"):
        report_on(some_model(), empty, train_part=False, protocol="", command="")


def test_clips_that_a_model_may_have_learnt_from_are_mentioned(tmp_path: Path) -> None:
    dataset = some_dataset()
    assert seen_before(tmp_path, dataset) == ""
    for metrics, told in [
        ('{"dataset": "small", "split": "person 1 trains"}', False),
        ('{"dataset": "small", "split": "everybody trains"}', True),
        ('{"dataset": "other", "split": "everybody trains"}', False),
        ('{"dataset": "small", "split": ["everybody trains"]}', True),
        ('{"dataset": "small", "split": null}', False),
        ("[1, 2", False),
        ("[" * 100_000, False),
    ]:
        (tmp_path / "metrics.json").write_text(metrics)
        assert ("everybody trains" in seen_before(tmp_path, dataset)) == told


def test_the_folder_of_a_report_is_whole_and_replaces_only_reports(tmp_path: Path) -> None:
    report = report_on(some_model(), some_dataset(), train_part=False, protocol="", command="")
    for _ in range(2):  # the second replaces the first
        write_report(tmp_path / "new" / "report", report)
        folder = tmp_path / "new" / "report"
        assert {path.name for path in folder.iterdir()} == {DOCUMENT, *PICTURES}
        assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in PICTURES)
        assert json.loads((folder / DOCUMENT).read_text())["model"] == "some"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("")
    for place in ("mine", "file", "file/below"):
        with pytest.raises(OutputError, match=place.split("/")[0]):
            write_report(tmp_path / place, report)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"new", "mine", "file"}


def fill_the_disk(folder: Path) -> None:
    with replacing_folder(folder) as new:
        (new / "half").write_text("half")
        raise OSError(28, "No space left on device")


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "old").write_text("old")
    with pytest.raises(OutputError, match="No space"):
        fill_the_disk(tmp_path / "report")
    assert [path.name for path in tmp_path.rglob("*")] == ["report", "old"]


def test_an_interrupt_between_old_and_new_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "old").write_text("old")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing_folder(tmp_path / "report"):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["report", "old"]
