"""The training loop: it learns, its stages do what they say, and a seed repeats it."""

from dataclasses import replace

import pytest
import torch

from core.datasets.dataset import Sample
from core.errors import ModelError
from core.training.events import EpochDone, RunFinished, RunStarted, StageDone
from core.training.loop import Shard, prepare_batch
from core.training.recipes import Gate, Recipe, Schedule, Stage
from core.training.tensors import to_tensors
from tests.clips import ACTIONS, CALM, CPU, SMALL, STAGED, clip, new_run, run_epochs, small_dataset, train_tensors


def test_it_learns_a_few_clips_by_heart_and_tells_how_it_goes() -> None:
    events = list(new_run().events())
    assert isinstance(events[0], RunStarted)
    assert (events[0].samples, events[0].step, events[0].steps) == (12, 0, 120)
    assert isinstance(events[-1], RunFinished)
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert [event.epoch for event in epochs] == list(range(1, 61))
    assert epochs[-1].accuracy == 1.0
    assert epochs[-1].cross_entropy < epochs[0].cross_entropy / 1.5
    terms = epochs[-1].cross_entropy + epochs[-1].joint + epochs[-1].frame + epochs[-1].weight
    assert epochs[-1].loss == pytest.approx(terms, rel=1e-4)
    assert epochs[-1].rate < 1e-4 < max(event.rate for event in epochs) <= 0.02


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    recipe = replace(SMALL.with_epochs(2), dropout=0.3)
    weights = []
    for seed in (5, 5, 6):
        run = new_run(recipe, seed=seed)
        run_epochs(run)
        weights.append(run.network.members[0].classify.weight)
    first, second, other = weights
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_stages_train_what_they_say_and_leave_the_rest_alone() -> None:
    run = new_run(STAGED)
    weights = {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
    changed: dict[str, set[str]] = {}
    layers: dict[str, int] = {}
    for event in run.events():
        if isinstance(event, EpochDone):
            layers[event.stage] = len(run.network.members[0].main)
        if isinstance(event, StageDone):  # the next stage has not begun
            now = run.network.state_dict()
            moved = {name for name, tensor in now.items() if name in weights and not torch.equal(tensor, weights[name])}
            changed[event.stage] = {name.split(".")[0] for name in moved}
            weights = {name: tensor.clone() for name, tensor in now.items()}
    assert layers == {"one": 1, "grown": 3, "anew": 1, "together": 2}
    assert changed == {
        "one": {"temporal", "main", "classify"},
        "grown": {"main", "classify"},
        "anew": {"spatial", "main", "classify"},
        "together": {"spatial", "temporal", "main", "classify"},
    }


def test_what_is_frozen_does_not_count_when_gradients_are_clipped() -> None:
    """A gate that a stage freezes may still hold its last gradient."""
    frozen = Stage(name="frozen", layers=1, spatial=Gate.FROZEN, temporal=Gate.FROZEN, epochs=1)
    weights = []
    for left_over in (0.0, 1e4):
        run = new_run(replace(SMALL, stages=(frozen,), clip_norm=0.01))
        assert run.network.members[0].spatial is not None
        for parameter in run.network.members[0].spatial.parameters():
            parameter.grad = torch.full_like(parameter, left_over)
        run_epochs(run)
        weights.append(run.network.members[0].classify.weight.detach().clone())
    assert torch.equal(weights[0], weights[1])


def test_steps_count_steps_and_epochs_count_epochs() -> None:
    run = new_run(STAGED)  # 12 clips in batches of 8: two steps an epoch
    assert run.steps == 4 + 5 + 3 + 6
    epochs = run_epochs(run)
    assert [(event.stage, event.step) for event in epochs] == [
        ("one", 2), ("one", 4), ("grown", 6), ("grown", 8), ("grown", 9), ("anew", 11), ("anew", 12),
        ("together", 14), ("together", 16), ("together", 18),
    ]  # fmt: skip


def test_a_run_that_is_left_between_two_epochs_goes_on_where_it_stood() -> None:
    whole = new_run(STAGED)
    run_epochs(whole)
    random = torch.get_rng_state()  # dropout draws from it
    parted = new_run(STAGED)
    first = run_epochs(parted, 3)
    started = next(parted.events())
    assert isinstance(started, RunStarted)
    assert started.step == first[-1].step
    run_epochs(parted)
    assert torch.equal(torch.get_rng_state(), random)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, parted.network.state_dict()[name]), name


@pytest.mark.parametrize("recipe", [SMALL, replace(SMALL, augment=None)])
def test_an_epoch_sees_every_clip_once_in_batches_of_about_the_same_size(recipe: Recipe) -> None:
    run = new_run(replace(recipe, batch=5))
    orders = []
    for _ in range(2):
        batches = run._batches()  # the order itself is not told to anybody
        assert [len(batch) for batch in batches] == [4, 4, 4]
        orders.append(torch.cat(batches).tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(12))
    assert orders[0] != orders[1]


def test_whole_clips_of_like_length_share_a_batch() -> None:
    run = new_run(replace(SMALL, augment=None, batch=4))
    lengths = [run.data.lengths[batch] for batch in run._batches()]
    spread = max(int(part.max() - part.min()) for part in lengths)
    assert spread < int(run.data.lengths.max() - run.data.lengths.min())


def test_what_the_network_sees_is_whole_clips_or_augmented_ones() -> None:
    data, chosen = train_tensors(), torch.tensor([0, 5])
    as_they_are, lengths, _ = prepare_batch(data, chosen, replace(SMALL, augment=None), torch.Generator())
    assert torch.equal(lengths, data.lengths[chosen])
    assert as_they_are.shape == (2, int(lengths.max()), 21, 9)
    changed, lengths, _ = prepare_batch(data, chosen, SMALL, torch.Generator().manual_seed(1))
    assert changed.shape == (2, int(lengths.max()), 21, 9)
    assert not torch.equal(changed[:, :10], as_they_are[:, :10])


def test_what_is_another_action_in_a_mirror_is_learnt_as_that_one() -> None:
    """Whoever raises the left hand raises the right one there: half of both, and never a bow."""
    recipe = replace(SMALL, augment=replace(CALM, mirror=True))
    dataset = small_dataset(in_mirror=(-1, 2, 1))
    data = train_tensors(recipe, dataset=dataset)
    left = data.only(data.labels == ACTIONS.index("left"))
    generator = torch.Generator().manual_seed(0)
    chosen = torch.arange(len(left)).repeat(20)
    inputs, _, labels = prepare_batch(left, chosen, recipe, generator)
    hands = [recipe.features.joints.index(joint) for joint in (7, 11)]  # left, right
    height = inputs[..., hands, 1]  # (B, T, 2) relative to the hips
    raised = (height.std(dim=1)[:, 1] > height.std(dim=1)[:, 0]).long()  # 1: the right one moves
    assert torch.equal(labels, torch.where(raised == 1, ACTIONS.index("right"), ACTIONS.index("left")))
    assert 0.3 < float(raised.float().mean()) < 0.7
    assert train_tensors(recipe, dataset=small_dataset(in_mirror=(0, 1, 2))).in_mirror is None, "asks nobody"


def test_two_persons_are_trained_on_as_one_is() -> None:
    dataset = small_dataset(persons=2)
    recipe = replace(SMALL.with_epochs(2).adapted_to(dataset))
    run = new_run(recipe, dataset=dataset)
    assert run.network.spec.joints == 2 * len(recipe.features.joints)
    assert len(run_epochs(run)) == 2


def test_a_training_whose_loss_runs_away_ends_in_words() -> None:
    """And leaves no model that cannot be loaded."""
    stage = Stage(name="everything", layers=1, epochs=3, rate=1e30, schedule=Schedule.CONSTANT)
    with pytest.raises(ModelError, match=r"failed in epoch 1.*lower rate"):
        run_epochs(new_run(replace(SMALL, stages=(stage,))))


def test_a_constant_rate_stays() -> None:
    stage = Stage(name="everything", layers=1, epochs=3, rate=0.01, schedule=Schedule.CONSTANT)
    assert [event.rate for event in run_epochs(new_run(replace(SMALL, stages=(stage,))))] == [0.01] * 3


@pytest.mark.parametrize(("batch", "world"), [(8, 2), (7, 3), (5, 5), (48, 7)])
def test_the_rows_of_all_processes_are_the_whole_batch(batch: int, world: int) -> None:
    rows = [row for rank in range(world) for row in range(batch)[Shard(rank=rank, world=world).rows(batch)]]
    assert rows == list(range(batch))


def test_between_somebody_and_nobody_is_nobody() -> None:
    """A person who leaves in the middle of a clip is there whole or not at all, on the grid as well."""
    sequence = clip(0, seed=3, frames=41, persons=2)
    positions = sequence.positions_m.copy()
    positions[21:, 1] = 0
    sample = Sample(name="leaves", sequence=replace(sequence, positions_m=positions), label=0, person=0)
    seen = to_tensors([sample], rate_hz=13.0, persons=2, device=CPU).positions_m[0, :, 1]  # (T, 25, 3)
    sizes = (seen - seen[:, :1]).norm(dim=-1).max(dim=1).values
    whole = float(sizes[0])
    assert all(size == 0 or abs(size - whole) < 0.3 * whole for size in sizes.tolist())
    assert 0 < int((sizes == 0).sum()) < len(sizes)
