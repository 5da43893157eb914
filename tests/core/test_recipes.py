"""Recipes: data that says how a network is trained, adapted to what a data set holds."""

from dataclasses import replace

import pytest

from core.errors import DataError
from core.model.committee import make_network
from core.model.folder import ModelConfig
from core.model.sta_lstm import NetworkSpec, Variant
from core.skeleton.features import FeatureSpec
from core.skeleton.layouts import SBU_15
from core.skeleton.sequence import SkeletonSequence
from core.training.card import write_card
from core.training.presets import BEST, PAPER, RECIPES, recipe_named, tuned
from core.training.recipes import Gate, Recipe, direct_stages, joint_stages
from tests.clips import small_dataset


def test_unknown_presets_are_refused_with_the_known_ones() -> None:
    with pytest.raises(DataError, match="paper, best"):
        recipe_named("nonsense")
    assert recipe_named("paper") is PAPER


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("persons", [1, 2])
def test_every_preset_fits_data_of_one_and_of_two_persons(name: str, persons: int) -> None:
    dataset = small_dataset(persons=persons)
    recipe = recipe_named(name).adapted_to(dataset)
    assert recipe.features.persons == persons
    spec = recipe.network(classes=3)
    assert (spec.joints, spec.channels, spec.classes) == (recipe.features.rows, recipe.features.channels, 3)
    network = make_network(spec)
    for stage in recipe.stages:  # no stage may shrink what is there
        if stage.renews_main:
            network.renew_main(stage.layers)
        network.grow(stage.layers)


def test_joints_that_a_layout_does_not_hold_are_left_out() -> None:
    dataset = small_dataset(persons=2)
    sample = dataset.samples[0]
    fifteen = SkeletonSequence(
        layout=SBU_15,
        positions_m=sample.sequence.positions_m[:, :, :15],
        confidence=sample.sequence.confidence[:, :, :15],
        times_s=sample.sequence.times_s,
    )
    sbu = replace(dataset, samples=(replace(sample, sequence=fifteen),))
    assert len(BEST.adapted_to(sbu).features.joints) == 15
    mixed = replace(dataset, samples=(sample, replace(sample, sequence=fifteen)))
    assert BEST.adapted_to(mixed).features.joints == BEST.adapted_to(sbu).features.joints


def test_mirroring_needs_actions_that_survive_it() -> None:
    assert BEST.augment is not None
    mirrors = replace(BEST, augment=replace(BEST.augment, mirror=True))
    for in_mirror, is_mirrored in (((), False), ((-1, -1, -1), False), ((-1, 2, 1), True), ((0, 1, 2), True)):
        augment = mirrors.adapted_to(small_dataset(in_mirror=in_mirror)).augment
        assert augment is not None
        assert augment.mirror == is_mirrored


def test_a_preset_may_have_another_recipe_for_one_person() -> None:
    assert BEST.for_one is not None
    one, two = (BEST.adapted_to(small_dataset(persons=persons)) for persons in (1, 2))
    assert two.features.facing > one.features.facing  # a partner tells which way somebody looks
    assert (one.for_one, two.for_one) == (None, None)
    assert BEST.with_epochs(7).adapted_to(small_dataset(persons=1)).stages[0].epochs == 7


def test_pairs_are_asked_in_a_mirror_and_one_person_from_several_sides() -> None:
    for in_mirror, aspects in (((), 2), ((-1, 2, 1), 2), ((0, 1, 2), 4)):
        recipe = BEST.adapted_to(small_dataset(persons=2, in_mirror=in_mirror))
        network = recipe.network(classes=3)
        assert len(network.aspects()) == aspects, "either order, and the mirror where all actions are the same in it"
        if aspects == 4:
            assert (network.mirrored, network.flipped) == recipe.features.in_mirror()
    dataset = small_dataset(persons=2, in_mirror=(0, 1, 2))
    first = dataset.samples[0].sequence
    away = first.positions_m.copy()
    away[3:9, 1] = 0
    alone = replace(dataset.samples[0], sequence=replace(first, positions_m=away))
    with_alone = replace(dataset, samples=(alone, *dataset.samples[1:]))
    assert len(BEST.adapted_to(with_alone).network(classes=3).aspects()) == 2, "who is alone has another mirror"
    one = BEST.adapted_to(small_dataset(persons=1, in_mirror=(0, 1, 2))).network(classes=3)
    assert [aspect.words for aspect in one.aspects()] == ["", "turned by 40 degrees", "turned by -40 degrees"]
    config = model_of(one)
    assert len(tuned("somewhere", config).network(classes=5).aspects()) == 1, (
        "other actions were not tried from other sides"
    )
    assert "asked in 3 ways" in write_card(config, small_dataset(), METRICS)


def model_of(network: NetworkSpec) -> ModelConfig:
    features = FeatureSpec(kinds=("relative", "velocity", "bone", "drift"), joints=tuple(range(25)))
    return ModelConfig(title="One", layout="kinect25", features=features, network=network, window_frames=45,
                       actions=("bend", "left", "right"), temperature=1.0)  # fmt: skip


METRICS = {
    "parameters": 5, "split": "one", "accuracy": 0.5, "accuracy_std": None, "protocol": "none", "command": "jointlight",
    "f1": {"bend": 0.5}, "n": 2, "best_epoch_accuracy": None, "macro_f1": 0.5, "ece": 0.1, "pixels": None,
    "confusion": [[1]],
}  # fmt: skip


def test_several_networks_answer_together_where_clips_are_few() -> None:
    few = small_dataset(persons=1)
    for count, members in [(9_999, 5), (10_000, 1)]:
        some = replace(few, samples=(few.samples * 500)[:count])
        assert len(some.samples) == count
        assert BEST.adapted_to(some).members == members
    recipe = BEST.adapted_to(few)
    as_of_kinect_v1 = replace(recipe, features=replace(recipe.features, joints=tuple(range(21))))
    network = make_network(as_of_kinect_v1.network(classes=27))
    assert sum(parameter.numel() for parameter in network.parameters()) < 2_000_000


def test_epochs_take_the_place_of_steps() -> None:
    recipe = PAPER.with_epochs(3)
    assert [stage.total_steps(10) for stage in recipe.stages] == [30] * len(PAPER.stages)
    assert [stage.name for stage in recipe.stages] == [stage.name for stage in PAPER.stages]


@pytest.mark.parametrize("variant", Variant)
def test_the_joint_training_trains_the_gates_that_a_variant_has_and_ends_with_three_layers(variant: Variant) -> None:
    stages = joint_stages(variant, rate=1e-3, fine_rate=1e-4)
    assert [stage.layers for stage in stages[:3]] == [1, 3, 3]
    assert stages[-1].layers == 3
    assert any(stage.spatial is Gate.TRAINED for stage in stages) == variant.spatial
    assert any(stage.temporal is Gate.TRAINED for stage in stages) == variant.temporal
    for place, stage in enumerate(stages):  # what is frozen was trained before
        before = stages[:place]
        assert stage.spatial is not Gate.FROZEN or any(one.spatial is Gate.TRAINED for one in before)
        assert stage.temporal is not Gate.FROZEN or any(one.temporal is Gate.TRAINED for one in before)
    assert joint_stages(Variant.STA, rate=1e-3, fine_rate=1e-4)[-1].spatial is Gate.TRAINED


def test_direct_training_is_one_stage_of_as_many_steps_as_asked() -> None:
    (stage,) = direct_stages(rate=1e-3, steps=77)
    assert (stage.total_steps(5), stage.spatial, stage.temporal) == (77, Gate.TRAINED, Gate.TRAINED)


def test_two_recipes_that_differ_are_told_apart_by_what_they_print() -> None:
    """Caches and checkpoints are named by it."""

    def text(recipe: Recipe) -> str:
        return repr(recipe)

    assert BEST.augment is not None
    others = [
        replace(BEST, batch=47),
        replace(BEST, augment=replace(BEST.augment, yaw_deg=1)),
        replace(BEST, features=replace(BEST.features, rate_hz=14)),
        BEST.with_epochs(1),
    ]
    assert len({text(recipe) for recipe in (BEST, *others)}) == 1 + len(others)
