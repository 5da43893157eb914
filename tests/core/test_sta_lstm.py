"""The fused network against the equations written out step by step."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.errors import ModelError
from core.model.loss import LossSpec, loss_terms
from core.model.sta_lstm import EPSILON, STALSTM, NetworkSpec, Output

SPEC = NetworkSpec(joints=5, channels=3, classes=4, hidden=7, layers=3, gate_hidden=6)


def some_network(seed: int = 0) -> STALSTM:
    torch.manual_seed(seed)
    return STALSTM(SPEC).eval()


def lstm_cell(lstm: nn.LSTM, layer: int, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """One step of one LSTM layer by its equations (gate order of torch: input, forget, cell, output)."""
    w_x, w_h = getattr(lstm, f"weight_ih_l{layer}"), getattr(lstm, f"weight_hh_l{layer}")
    b = getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")
    i, f, g, o = (w_x @ x + w_h @ state[0] + b).chunk(4)
    cell = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def step_by_step(network: STALSTM, clip: Tensor) -> Output:
    """Song et al.'s equations for one clip (T, K, C), one frame after the other, no fused call."""
    spatial, temporal, main = network.spatial, network.temporal, network.main
    hs = [torch.zeros(2, size) for size in (6, 6, 7, 7, 7)]  # (hidden, cell) of spatial, temporal, main 1..3
    alphas, betas, scores = [], [], []
    for x in clip:
        flat = x.flatten()
        s = spatial.score.weight @ torch.tanh(
            spatial.from_input.weight @ flat + spatial.from_input.bias + spatial.from_hidden.weight @ hs[0][0]
        )
        alpha = torch.softmax(s + spatial.score.bias, dim=0)
        beta = torch.relu(
            temporal.from_input.weight @ flat + temporal.from_input.bias + temporal.from_hidden.weight @ hs[1][0]
        )
        hs[0] = torch.stack(lstm_cell(spatial.lstm, 0, flat, (hs[0][0], hs[0][1])))
        hs[1] = torch.stack(lstm_cell(temporal.lstm, 0, flat, (hs[1][0], hs[1][1])))
        below = (len(alpha) * alpha[:, None] * x).flatten()
        for layer in range(3):
            hs[2 + layer] = torch.stack(lstm_cell(main, layer, below, (hs[2 + layer][0], hs[2 + layer][1])))
            below = hs[2 + layer][0]
        alphas.append(alpha)
        betas.append(beta[0])
        scores.append(network.classify.weight @ below + network.classify.bias)
    beta, frame_scores = torch.stack(betas), torch.stack(scores)
    weight = beta + EPSILON
    logits = (weight[:, None] * frame_scores).sum(dim=0) / weight.sum()
    return Output(logits, torch.stack(alphas), beta, frame_scores)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.integers(1, 12))
def test_the_fused_network_equals_the_equations(seed: int, frames: int) -> None:
    network = some_network(seed)
    clip = torch.randn(frames, 5, 3)
    with torch.inference_mode():
        fused, reference = network(clip[None]), step_by_step(network, clip)
    for ours, theirs in zip(fused, reference, strict=True):
        torch.testing.assert_close(ours[0], theirs, atol=1e-5, rtol=1e-5)


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
    with torch.no_grad():
        network.temporal.from_input.bias.fill_(-100)
        output = network(torch.randn(1, 6, 5, 3))
    assert output.beta.abs().sum() == 0
    torch.testing.assert_close(output.logits, output.frame_scores.mean(dim=1))


def test_a_wrong_joint_count_is_named() -> None:
    with pytest.raises(ModelError, match="5 joints"):
        some_network()(torch.zeros(1, 4, 6, 3))
