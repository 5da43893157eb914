"""Several networks that answer together, and learn apart."""

from dataclasses import replace

import pytest
import torch

from core.errors import ModelError
from core.model.committee import Committee, make_network
from core.model.loss import LossSpec, loss_terms
from core.model.sta_lstm import EPSILON, STALSTM, NetworkSpec
from core.training.cost import flops_per_frame
from tests.clips import SMALL, STAGED, new_run, run_epochs

SPEC = NetworkSpec(joints=4, channels=3, classes=5, hidden=8, layers=1, gate_hidden=6, dropout=0.5, members=3)


def some_committee(**changes: int | bool) -> Committee:
    torch.manual_seed(3)
    network = make_network(replace(SPEC, **changes))  # type: ignore[arg-type]
    assert isinstance(network, Committee)
    return network


def test_one_member_is_a_plain_network() -> None:
    network = make_network(replace(SPEC, members=1))
    assert isinstance(network, STALSTM)
    assert network.members == (network,)
    with pytest.raises(ModelError, match="1 to 16 members, not 17"):
        replace(SPEC, members=17)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("either_order", [True, False])
def test_the_temporal_sum_runs_over_the_frames_of_all_members(normalised: bool, either_order: bool) -> None:
    network = some_committee(normalised=normalised, either_order=either_order).eval()
    inputs, lengths = torch.randn(2, 7, 4, 3), torch.tensor([7, 4])
    output = network(inputs, lengths)
    for row, length in enumerate(lengths.tolist()):
        total, weights = torch.zeros(5), torch.zeros(())
        for member in network.members:
            said = member(inputs[row : row + 1, :length])
            weight = said.beta[0] + EPSILON
            total, weights = total + weight @ said.frame_scores[0], weights + weight.sum()
        expected = total / (weights if normalised else len(network.members))
        torch.testing.assert_close(output.logits[row], expected)
    torch.testing.assert_close(output.alpha.sum(dim=2), torch.ones(2, 7))
    torch.testing.assert_close(output.running_logits()[0, -1], output.logits[0])
    assert output.beta[1, 4:].tolist() == [0, 0, 0]


def test_in_training_each_row_is_for_one_member() -> None:
    network = some_committee().train()
    output = network(torch.randn(7, 5, 4, 3), torch.full((7,), 5))
    output.logits[[1, 4]].sum().backward()
    learns = [any(p.grad is not None and bool(p.grad.any()) for p in member.parameters()) for member in network.members]
    assert learns == [False, True, False]


def test_parts_of_a_batch_give_what_the_whole_batch_gives() -> None:
    """With dropout, and whichever member the first row of a part is for."""
    network, inputs = some_committee().train(), torch.randn(11, 5, 4, 3)
    torch.manual_seed(1)
    network.set_shard(0, 11)
    alone, after = network(inputs).logits, torch.get_rng_state()
    parts = []
    for first, end in [(0, 4), (4, 7), (7, 11)]:
        torch.manual_seed(1)
        network.set_shard(first, 11)
        parts.append(network(inputs[first:end]).logits)
        assert torch.equal(torch.get_rng_state(), after), "the next batch drops the same everywhere"
    torch.testing.assert_close(torch.cat(parts), alone)


def test_a_batch_smaller_than_the_committee_trains_some_of_it() -> None:
    network = some_committee().train()
    output = network(torch.randn(2, 5, 4, 3))
    assert output.logits.shape == (2, 5)
    output.logits.sum().backward()
    assert [member.classify.weight.grad is not None for member in network.members] == [True, True, False]


def test_a_committee_is_made_by_make_network_only_and_its_weights_weigh_as_one() -> None:
    with pytest.raises(ModelError, match="make_network"):
        STALSTM(SPEC)
    network, inputs, lengths = some_committee(), torch.randn(3, 5, 4, 3), torch.full((3,), 5)
    labels, spec = torch.tensor([0, 1, 2]), LossSpec(weight=0.001)
    weight = loss_terms(network, network(inputs, lengths), labels, lengths, spec).weight
    alone = [loss_terms(one, one(inputs, lengths), labels, lengths, spec).weight for one in network.members]
    torch.testing.assert_close(weight, torch.stack(alone).mean())


def test_a_committee_grows_and_learns_as_its_members_do() -> None:
    run = new_run(replace(STAGED, members=2))
    run_epochs(run)
    assert run.network.spec.layers == 2
    assert [len(member.main) for member in run.network.members] == [2, 2]
    learner = new_run(replace(SMALL, members=2))
    assert run_epochs(learner)[-1].accuracy > 0.9
    first, second = learner.network.members
    assert not torch.equal(first.classify.weight, second.classify.weight)


def test_each_member_sees_every_sample_once_an_epoch_in_an_order_of_its_own() -> None:
    run = new_run(replace(SMALL, members=3))
    batches = run._batches()
    assert len(batches) == run.per_epoch == 2
    orders = [torch.cat([batch[member::3] for batch in batches]).tolist() for member in range(3)]
    assert [sorted(order) for order in orders] == [list(range(12))] * 3
    assert len(set(map(tuple, orders))) == 3


def test_every_member_costs() -> None:
    one, three = flops_per_frame(replace(SPEC, members=1)), flops_per_frame(SPEC)
    assert three == pytest.approx(3 * one, rel=0.01)
