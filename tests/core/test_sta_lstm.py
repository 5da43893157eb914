"""The fused network against the equations written out step by step."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.errors import ModelError
from core.model.loss import LossSpec, loss_terms
from core.model.sta_lstm import EPSILON, STALSTM, NetworkSpec, Output, SharedDropout, Variant

SPEC = NetworkSpec(joints=5, channels=3, classes=4, hidden=7, layers=3, gate_hidden=6)


def some_network(seed: int = 0, **changes: Any) -> STALSTM:
    torch.manual_seed(seed)
    return STALSTM(replace(SPEC, **changes)).eval()


def lstm_cell(lstm: nn.Module, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """One step of one LSTM layer by its equations (gate order of torch: input, forget, cell, output)."""
    of = dict(lstm.named_parameters())
    bias = of["bias_ih_l0"] + of["bias_hh_l0"]
    i, f, g, o = (of["weight_ih_l0"] @ x + of["weight_hh_l0"] @ state[0] + bias).chunk(4)
    cell = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def step_by_step(network: STALSTM, clip: Tensor) -> Output:
    """Song et al.'s equations for one clip (T, K, C), one frame after the other, no fused call."""
    spatial, temporal, main, joints = network.spatial, network.temporal, network.main, clip.shape[1]
    states = [(torch.zeros(size), torch.zeros(size)) for size in (6, 6, 7, 7, 7)]  # spatial, temporal, main 1..3
    alphas, betas, scores = [], [], []
    for x in clip:
        flat = x.flatten()
        alpha, beta = torch.full((joints,), 1 / joints), torch.ones(())
        if spatial is not None:
            s = spatial.score.weight @ torch.tanh(
                spatial.from_input.weight @ flat + spatial.from_input.bias + spatial.from_hidden.weight @ states[0][0]
            )
            alpha = torch.softmax(s + spatial.score.bias, dim=0)
            states[0] = lstm_cell(spatial.lstm, flat, states[0])
        if temporal is not None:
            of_frame = temporal.from_input.weight @ flat + temporal.from_input.bias
            beta = torch.relu(of_frame + temporal.from_hidden.weight @ states[1][0])[0]
            states[1] = lstm_cell(temporal.lstm, flat, states[1])
        below = (joints * alpha[:, None] * x).flatten()
        for layer, lstm in enumerate(main, start=2):
            states[layer] = lstm_cell(lstm, below, states[layer])
            below = states[layer][0]
        alphas.append(alpha)
        betas.append(beta)
        scores.append(network.classify.weight @ below + network.classify.bias)
    beta, frame_scores = torch.stack(betas), torch.stack(scores)
    weight = (beta + EPSILON) * network.spec.kept ** torch.arange(len(beta)).flip(0)
    total = (weight[:, None] * frame_scores).sum(dim=0)
    logits = total / weight.sum() if network.spec.normalised else total
    return Output(logits, torch.stack(alphas), beta, frame_scores)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 12), st.sampled_from(Variant), st.booleans(), st.sampled_from([1.0, 0.8]))
def test_the_fused_network_equals_the_equations(
    seed: int, frames: int, variant: Variant, normalised: bool, kept: float
) -> None:
    network = some_network(seed, variant=variant, normalised=normalised, kept=kept)
    clip = torch.randn(frames, 5, 3)
    with torch.inference_mode():
        fused, reference = network(clip[None]), step_by_step(network, clip)
    for ours, theirs in zip(fused[:4], reference[:4], strict=True):
        torch.testing.assert_close(ours[0], theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("variant", Variant)
def test_a_variant_holds_the_gates_it_is_named_after_and_nothing_else(variant: Variant) -> None:
    network = some_network(variant=variant)
    assert (network.spatial is not None, network.temporal is not None) == (variant.spatial, variant.temporal)
    output = network(torch.randn(2, 6, 5, 3))
    if not variant.spatial:
        torch.testing.assert_close(output.alpha, torch.full((2, 6, 5), 0.2))
    if not variant.temporal:
        assert bool((output.beta == 1).all())


def test_growing_keeps_the_layers_there_are_and_renewing_keeps_the_gates() -> None:
    network = some_network(layers=1)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.grow(3)
    grown = network.state_dict()
    assert (network.spec.layers, len(network.main)) == (3, 3)
    assert all(torch.equal(grown[name], tensor) for name, tensor in before.items())
    assert STALSTM(network.spec).state_dict().keys() == grown.keys()
    with pytest.raises(ModelError, match="shrink"):
        network.grow(2)
    network.renew_main(1)
    renewed = network.state_dict()
    assert renewed.keys() == before.keys()
    for name, tensor in before.items():
        assert torch.equal(renewed[name], tensor) == name.startswith(("spatial", "temporal")), name


def test_a_gate_that_is_not_in_use_weighs_everything_alike() -> None:
    network = some_network()
    network.use_spatial = network.use_temporal = False
    output = network(torch.randn(1, 4, 5, 3), torch.tensor([3]))
    torch.testing.assert_close(output.alpha, torch.full((1, 4, 5), 0.2))
    assert output.beta.tolist() == [[1, 1, 1, 0]]


def test_processes_that_share_a_batch_drop_what_one_alone_would_drop() -> None:
    drop, values = SharedDropout(0.5).train(), torch.ones(6, 4, 3)
    torch.manual_seed(1)
    alone = drop(values)
    parts = []
    for first in (0, 2, 4):
        torch.manual_seed(1)
        drop.shard = (first, 6)
        parts.append(drop(values[first : first + 2]))
    assert torch.equal(torch.cat(parts), alone)
    assert {0.0, 2.0} == set(alone.flatten().tolist())
    assert torch.equal(drop.eval()(values), values)


def test_attention_sums_to_one_and_padding_counts_for_nothing() -> None:
    network = some_network()
    clip = torch.randn(1, 8, 5, 3)
    padded = torch.cat([clip, 100 * torch.randn(1, 4, 5, 3)], dim=1)
    with torch.inference_mode():
        alone, with_padding = network(clip), network(padded, torch.tensor([8]))
    torch.testing.assert_close(alone.alpha.sum(dim=-1), torch.ones(1, 8))
    torch.testing.assert_close(with_padding.logits, alone.logits, atol=1e-5, rtol=1e-5)
    assert with_padding.beta[0, 8:].abs().sum() == 0


def test_the_network_never_looks_ahead() -> None:
    network = some_network()
    clip = torch.randn(1, 9, 5, 3)
    changed = clip.clone()
    changed[:, 6:] += 5
    with torch.inference_mode():
        before, after = network(clip), network(changed)
    torch.testing.assert_close(before.running_logits()[:, :6], after.running_logits()[:, :6])
    torch.testing.assert_close(before.running_logits()[:, -1], before.logits, atol=1e-5, rtol=1e-5)


def test_every_part_learns() -> None:
    network = some_network().train()
    output = network(torch.randn(6, 10, 5, 3))
    lengths = torch.full((6,), 10)
    terms = loss_terms(network, output, torch.arange(6) % 4, lengths, LossSpec(weight=0.001))
    terms.total.backward()  # type: ignore[no-untyped-call]
    dead = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not dead
    assert all(bool(term >= 0) for term in terms)


def test_the_joint_term_is_zero_for_uniform_attention() -> None:
    network = some_network()
    uniform = Output(torch.zeros(2, 4), torch.full((2, 3, 5), 0.2), torch.ones(2, 3), torch.zeros(2, 3, 4))
    terms = loss_terms(network, uniform, torch.tensor([0, 1]), torch.tensor([3, 3]), LossSpec())
    assert float(terms.joint) == pytest.approx(0, abs=1e-9)


def test_a_window_whose_frame_gate_is_shut_gives_the_mean_of_its_frames() -> None:
    network = some_network()
    assert network.temporal is not None
    with torch.no_grad():
        network.temporal.from_input.bias.fill_(-100)
        output = network(torch.randn(1, 6, 5, 3))
    assert output.beta.abs().sum() == 0
    torch.testing.assert_close(output.logits, output.frame_scores.mean(dim=1))


def test_a_wrong_joint_count_is_named() -> None:
    with pytest.raises(ModelError, match="5 joints"):
        some_network()(torch.zeros(1, 4, 6, 3))


def test_two_persons_in_either_order_get_the_same_answer() -> None:
    torch.manual_seed(3)
    network = STALSTM(NetworkSpec(joints=8, channels=3, classes=4, hidden=6, gate_hidden=5, either_order=True)).eval()
    inputs, lengths = torch.randn(3, 7, 8, 3), torch.tensor([7, 4, 6])
    first, second = network(inputs, lengths), network(inputs.roll(4, dims=2), lengths)
    torch.testing.assert_close(first.logits, second.logits)
    torch.testing.assert_close(first.alpha, second.alpha.roll(4, dims=2))
    torch.testing.assert_close(first.alpha.sum(dim=2), torch.ones(3, 7))
    torch.testing.assert_close(first.running_logits()[0, -1], first.logits[0])


def test_two_persons_need_an_even_number_of_joints() -> None:
    with pytest.raises(ModelError, match="7 joints"):
        NetworkSpec(joints=7, channels=3, classes=4, either_order=True)


def turned(inputs: Tensor, angle_deg: float) -> Tensor:
    """Vectors of three, about the vertical."""
    cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    rotation = torch.tensor([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
    vectors: Tensor = inputs.reshape(*inputs.shape[:-1], -1, 3) @ rotation
    return vectors.flatten(-2)


def test_who_is_asked_from_all_sides_does_not_mind_where_one_stands() -> None:
    torch.manual_seed(3)
    spec = NetworkSpec(joints=5, channels=6, classes=4, hidden=6, gate_hidden=5, sides_deg=(0, 90, 180, -90))
    network = STALSTM(spec).eval()
    inputs, lengths = torch.randn(3, 7, 5, 6), torch.tensor([7, 4, 6])
    first, second = network(inputs, lengths), network(turned(inputs, 90), lengths)
    torch.testing.assert_close(first.logits, second.logits, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(first.alpha, second.alpha, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(first.alpha.sum(dim=2), torch.ones(3, 7))
    from_one = STALSTM(replace(spec, sides_deg=(30,))).eval()
    from_one.load_state_dict(network.state_dict())
    plain = STALSTM(replace(spec, sides_deg=())).eval()
    plain.load_state_dict(network.state_dict())
    torch.testing.assert_close(from_one(inputs).logits, plain(turned(inputs, 30)).logits, atol=1e-5, rtol=1e-5)
    network.train()
    assert not torch.equal(network(inputs).logits, plain.train()(turned(inputs, 90)).logits)
    assert network(inputs).logits.shape == (3, 4), "in training each clip is seen once"


def test_who_is_asked_in_a_mirror_too_does_not_mind_which_side_acts() -> None:
    torch.manual_seed(3)
    spec = NetworkSpec(joints=6, channels=4, classes=4, hidden=6, gate_hidden=5, either_order=True)
    rows, flipped = (0, 2, 1, 3, 5, 4), (0, 3)
    network = STALSTM(replace(spec, mirrored=rows, flipped=flipped)).eval()
    inputs = torch.randn(3, 7, 6, 4)
    mirrored = inputs[:, :, list(rows)].clone()
    mirrored[..., list(flipped)] *= -1
    first, second = network(inputs), network(mirrored)
    torch.testing.assert_close(first.logits, second.logits)
    torch.testing.assert_close(first.alpha[..., list(rows)], second.alpha)
    torch.testing.assert_close(network(inputs.roll(3, dims=2)).logits, first.logits)  # both orders besides
    one_way = STALSTM(spec).eval()
    one_way.load_state_dict(network.state_dict())
    assert not torch.allclose(one_way(inputs).logits, one_way(mirrored).logits, atol=1e-4)


@pytest.mark.parametrize(("rows", "flipped"), [((0, 1), ()), ((0, 0, 1, 2), ()), ((1, 0, 3, 2), (3,))])
def test_a_mirror_that_makes_no_sense_is_refused(rows: tuple[int, ...], flipped: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="mirror"):
        NetworkSpec(joints=4, channels=3, classes=3, mirrored=rows, flipped=flipped)


def test_only_vectors_can_be_turned_and_only_by_angles() -> None:
    with pytest.raises(ModelError, match="no vectors"):
        NetworkSpec(joints=4, channels=2, classes=3, sides_deg=(0, 40))
    for absurd in ((float("nan"),), (500.0,), tuple(range(17))):
        with pytest.raises(ModelError, match="sides"):
            NetworkSpec(joints=4, channels=3, classes=3, sides_deg=absurd)


@pytest.mark.parametrize("normalised", [True, False])
def test_a_sum_that_forgets_is_the_same_in_a_batch_and_frame_after_frame(normalised: bool) -> None:
    network = some_network(kept=0.9, normalised=normalised)
    clips, lengths = torch.randn(3, 11, 5, 3), torch.tensor([11, 4, 7])
    with torch.inference_mode():
        together = network(clips, lengths)
        for row, length in enumerate(lengths.tolist()):
            alone = network(clips[row : row + 1, :length])
            torch.testing.assert_close(together.logits[row], alone.logits[0], atol=1e-5, rtol=1e-5)
            torch.testing.assert_close(alone.running_logits()[0, -1], alone.logits[0], atol=1e-5, rtol=1e-5)
            earlier = network(clips[row : row + 1, : length - 1]).logits[0]
            torch.testing.assert_close(alone.running_logits()[0, -2], earlier, atol=1e-5, rtol=1e-5)
            counted = together.counted(lengths)[row]
            torch.testing.assert_close(counted[:length], alone.beta[0] * 0.9 ** torch.arange(length).flip(0))
            assert not counted[length:].any()


def test_a_sum_that_forgets_goes_by_what_was_last() -> None:
    """Half of a long window says one thing, its end another: the plain sum goes by the mean, the other by the end."""
    beta, scores = torch.ones(1, 40), torch.zeros(1, 40, 4)
    scores[:, :30, 0], scores[:, 30:, 1] = 1.0, 1.0
    alpha = torch.full((1, 40, 5), 0.2)
    plain, forgetting = (
        Output.of_frames(alpha, beta, scores, lengths=None, spec=replace(SPEC, kept=kept)) for kept in (1.0, 0.9)
    )
    assert plain.logits.argmax() == 0
    assert forgetting.logits.argmax() == 1


@pytest.mark.parametrize("kept", [0.0, 1.1, float("nan")])
def test_how_much_is_kept_lies_within_reason(kept: float) -> None:
    with pytest.raises(ModelError, match="kept"):
        replace(SPEC, kept=kept)
