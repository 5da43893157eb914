"""Streaming inference against the whole network: the same numbers on the same frames, lane after lane."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.live.predictor import LANES, LanePredictor, WindowPredictor
from core.model.committee import Network, make_network
from core.model.folder import load_model
from core.model.lane_step_cpu import LaneStepCPU
from core.model.lane_step_cuda import LaneStepTorch
from core.model.lane_weights import LaneWeights
from core.model.sta_lstm import NetworkSpec, Variant
from core.model.streaming import LaneNetwork, Lanes
from tests.fakes import tiny_model


def network_of(spec: NetworkSpec) -> Network:
    torch.manual_seed(3)
    return make_network(spec).eval()


def with_aspects(spec: NetworkSpec, sides_deg: list[float], mirrored: tuple[int, ...]) -> NetworkSpec:
    """Only vectors can be turned."""
    sides = () if spec.channels % 3 else tuple(sides_deg)
    return replace(spec, sides_deg=sides, mirrored=mirrored, flipped=(0,))


plain_specs = st.builds(
    NetworkSpec,
    joints=st.just(4),
    channels=st.sampled_from([1, 2, 3, 6]),
    classes=st.integers(1, 4),
    hidden=st.integers(1, 9),
    layers=st.integers(1, 3),
    gate_hidden=st.integers(1, 6),
    variant=st.sampled_from(list(Variant)),
    normalised=st.booleans(),
    either_order=st.booleans(),
    members=st.integers(1, 3),
    kept=st.sampled_from([1.0, 0.9]),
)
specs = st.builds(
    with_aspects,
    plain_specs,
    st.lists(st.sampled_from([0.0, 40.0, -25.0, 180.0]), max_size=3),
    st.sampled_from([(), (1, 0, 3, 2), (2, 0, 1, 3)]),
)


@given(spec=specs, window=st.integers(1, 14), lanes=st.integers(1, 14), streams=st.integers(1, 2))
def test_each_frame_says_what_the_whole_network_says(spec: NetworkSpec, window: int, lanes: int, streams: int) -> None:
    lanes = min(lanes, window)
    network = network_of(spec)
    inputs = torch.randn(streams, 40, spec.joints, spec.channels, generator=torch.Generator().manual_seed(1))
    streaming = LaneNetwork(network, window=window, lanes=lanes, streams=streams)
    for frame in range(inputs.shape[1]):
        step = streaming.push(inputs[:, frame])
        with torch.inference_mode():
            whole = network(inputs[:, frame + 1 - step.frames : frame + 1])
        torch.testing.assert_close(step.logits, whole.logits, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(step.alpha, whole.alpha[:, -1], atol=1e-5, rtol=0)
        torch.testing.assert_close(step.beta, whole.beta[:, -1], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(step.weight, whole.counted().sum(dim=1), atol=1e-5, rtol=1e-5)


@given(spec=specs, lanes=st.integers(1, 4), streams=st.integers(1, 2))
def test_the_step_for_a_gpu_is_the_same_step(spec: NetworkSpec, lanes: int, streams: int) -> None:
    weights = LaneWeights.of(network_of(spec))
    on_cpu = LaneStepCPU(weights, lanes=lanes, streams=streams)
    with torch.inference_mode():
        in_torch = LaneStepTorch(weights, lanes=lanes, streams=streams)
        for number, frames in enumerate(
            torch.randn(12, streams, spec.joints, spec.channels, generator=torch.Generator().manual_seed(1))
        ):
            if number % 3 == 0:
                on_cpu.empty(number % lanes)
                in_torch.empty(number % lanes)
            for one, other in zip(on_cpu(frames.numpy()), in_torch(frames), strict=True):
                torch.testing.assert_close(torch.from_numpy(one), other, atol=1e-5, rtol=1e-5)


@given(window=st.integers(1, 60), count=st.integers(1, 60))
def test_the_answer_is_of_a_window_less_at_most_a_stride(window: int, count: int) -> None:
    lanes = Lanes(window, min(count, window))
    for frame in range(4 * window):
        _, held = lanes.answering(frame)
        if frame < window:
            assert held == frame + 1, "at the start everything that there is"
        else:
            assert window - lanes.stride + 1 <= held <= window


@pytest.mark.parametrize(("window", "count"), [(10, 0), (10, 11), (0, 1)])
def test_lanes_that_make_no_sense(window: int, count: int) -> None:
    with pytest.raises(ModelError, match="lanes"):
        Lanes(window, count)


def test_a_reset_forgets_everything() -> None:
    spec = NetworkSpec(joints=4, channels=2, classes=3, hidden=5, layers=2, gate_hidden=4, members=2, kept=0.9)
    inputs = torch.randn(30, 1, 4, 2, generator=torch.Generator().manual_seed(2))
    used, fresh = (LaneNetwork(network_of(spec), window=9, lanes=3) for _ in range(2))
    for frame in inputs:
        used.push(100 * frame)
    used.reset()
    for frame in inputs:
        torch.testing.assert_close(used.push(frame), fresh.push(frame), atol=0, rtol=0)


def test_what_is_not_a_number_is_gone_a_window_later() -> None:
    spec = NetworkSpec(joints=4, channels=2, classes=3, hidden=5, layers=1, gate_hidden=4)
    streaming = LaneNetwork(network_of(spec), window=9, lanes=3)
    frames = torch.randn(40, 1, 4, 2, generator=torch.Generator().manual_seed(2))
    frames[10] = torch.nan
    steps = [streaming.push(frame).logits.clone() for frame in frames]
    assert torch.stack(steps[:10]).isfinite().all()
    assert torch.stack(steps[10 + 9 :]).isfinite().all()


@pytest.mark.parametrize("name", ["everyday", "sbu-interactions"])
def test_shipped_models_say_the_same_frame_by_frame(name: str) -> None:
    model = load_model(name, device="cpu")
    network, frames = model.config.network, model.config.window_frames
    rows = np.random.default_rng(0).normal(0, 0.5, (3 * frames, network.joints, network.channels)).astype(np.float32)
    lanes, windows = LanePredictor(model), WindowPredictor(model)
    for number, row in enumerate(rows):
        lanes.push(row)
        windows.push(row)
        said = lanes.predict()
        assert said is not None
        if number > frames and number % 3:
            continue  # a whole network takes a hundred times as long
        held = len(said.alpha)
        alone = model.predict(rows[number + 1 - held : number + 1])
        np.testing.assert_allclose(said.probabilities, alone.probabilities, atol=1e-5)
        np.testing.assert_allclose(said.alpha[-1], alone.alpha[-1], atol=1e-5)
        np.testing.assert_allclose(said.beta[-1], alone.beta[-1], atol=1e-5)
        assert said.weight == pytest.approx(alone.weight, rel=1e-4)
        if number < frames:
            whole = windows.predict()
            assert whole is not None
            np.testing.assert_allclose(said.probabilities, whole.probabilities, atol=1e-5)


def test_attention_of_earlier_frames_is_what_was_said_when_they_came() -> None:
    """So nothing that was drawn changes afterwards, also where another lane answers."""
    model = tiny_model()
    predictor = LanePredictor(model)
    rows = np.random.default_rng(0).normal(size=(90, 21, 9)).astype(np.float32)
    newest, strides = [], 0
    for row in rows:
        predictor.push(row)
        said = predictor.predict()
        assert said is not None
        newest.append(said.alpha[-1])
        held = len(said.alpha)
        np.testing.assert_array_equal(said.alpha, newest[-held:])
        strides += held == model.config.window_frames
    assert strides >= LANES, "lanes have taken turns"


def test_nothing_is_said_before_the_first_frame() -> None:
    for predictor in (LanePredictor(tiny_model()), WindowPredictor(tiny_model())):
        assert predictor.predict() is None
        predictor.push(np.ones((21, 9), np.float32))
        assert len(predictor) == 1
        predictor.clear()
        assert len(predictor) == 0
        assert predictor.predict() is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("streams", [1, 5])
def test_a_captured_graph_says_what_the_whole_network_says(streams: int) -> None:
    model = load_model("everyday", device="cuda")
    frames, spec = model.config.window_frames, model.config.network
    inputs = torch.randn(streams, 2 * frames, spec.joints, spec.channels, device="cuda")
    streaming = LaneNetwork(model.network, window=frames, lanes=LANES, streams=streams)
    for frame in range(inputs.shape[1]):
        step = streaming.push(inputs[:, frame])
        with torch.inference_mode():
            whole = model.network(inputs[:, frame + 1 - step.frames : frame + 1])
        torch.testing.assert_close(step.logits, whole.logits, atol=1e-3, rtol=1e-4)
        torch.testing.assert_close(step.alpha, whole.alpha[:, -1], atol=1e-5, rtol=1e-4)
