"""A frame taken apart: the numbers are the network's own, for every kind of network."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.explain.explained import explain_clip
from core.explain.gate_steps import channel_names, gate_steps
from core.model.folder import ActionModel
from core.model.sta_lstm import Output, Variant
from core.skeleton.features import FeatureSpec
from tests.explaining import moving, small_model

CLOSE = 1e-5


def own(model: ActionModel, features: NDArray[np.float32], member: int) -> Output:
    """What the member itself says."""
    with torch.inference_mode():
        said: Output = model.network.members[member](torch.from_numpy(features[None]))
    return said


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize(("members", "layers", "kept", "normalised"), [(1, 1, 1.0, True), (3, 2, 0.9, False)])
@pytest.mark.parametrize("frame", [0, 1, 13])
def test_every_number_is_that_of_the_network(
    variant: Variant, members: int, layers: int, kept: float, normalised: bool, frame: int
) -> None:
    model = small_model(variant, members=members, layers=layers, kept=kept, normalised=normalised)
    explained = explain_clip(model, moving(40))
    member = members - 1
    steps, said = gate_steps(model, explained, frame, member=member), own(model, explained.features, member)
    np.testing.assert_allclose(steps.x, explained.features[frame])
    np.testing.assert_allclose(steps.alpha, said.alpha[0, frame].numpy(), atol=CLOSE)
    np.testing.assert_allclose(steps.z, said.frame_scores[0, frame].numpy(), atol=CLOSE)
    np.testing.assert_allclose(steps.answer, said.running_logits()[0, frame].numpy(), atol=CLOSE)
    assert steps.beta == pytest.approx(float(said.beta[0, frame]), abs=CLOSE)
    assert len(steps.hidden) == layers


def test_each_step_follows_from_the_one_before() -> None:
    model = small_model(kept=0.9)
    explained = explain_clip(model, moving(40))
    steps = gate_steps(model, explained, 12)
    assert steps.scores is not None
    assert steps.before_relu is not None
    exponentials = np.exp(steps.scores - steps.scores.max())
    np.testing.assert_allclose(steps.alpha, exponentials / exponentials.sum(), atol=1e-6)
    np.testing.assert_allclose(steps.gated, steps.x * steps.alpha[:, None] * len(steps.alpha), atol=1e-6)
    assert steps.beta == pytest.approx(max(steps.before_relu, 0), abs=1e-6)
    total = steps.sum_before + steps.weight * steps.z
    np.testing.assert_allclose(steps.answer, total / (steps.weights_before + steps.weight), atol=1e-5)
    before = steps.sum_before / (steps.weights_before + steps.weight)
    np.testing.assert_allclose(steps.contribution + before, steps.answer, atol=1e-5)
    np.testing.assert_allclose(steps.probabilities, explained.probabilities[12], atol=1e-5)
    assert 0 < steps.share < 1
    classify = model.network.members[0].classify
    z = classify.weight.detach().numpy() @ steps.hidden[-1] + classify.bias.detach().numpy()
    np.testing.assert_allclose(steps.z, z, atol=1e-5)


def test_the_plain_sum_is_not_divided() -> None:
    model = small_model(normalised=False)
    steps = gate_steps(model, explain_clip(model, moving(40)), 12)
    np.testing.assert_allclose(steps.answer, steps.sum_before + steps.contribution, atol=1e-5)
    assert "/" not in next(step for step in steps.equations() if step.name == "temporal sum").formula


def test_of_a_long_clip_a_frame_knows_what_its_answer_is_about() -> None:
    model = small_model(window_frames=20)
    explained = explain_clip(model, moving(200))
    steps = gate_steps(model, explained, 71)
    np.testing.assert_allclose(steps.answer, explained.logits[71], atol=CLOSE)
    assert explained.begins[71] > 50


def test_a_pair_can_be_asked_about_in_the_other_order() -> None:
    model = small_model(persons=2, either_order=True)
    explained = explain_clip(model, moving(40, persons=2))
    network = model.network.members[0]
    inputs = torch.from_numpy(explained.features[None])
    with torch.inference_mode():
        alpha, beta, scores = network._run(inputs)
    steps = gate_steps(model, explained, 9)
    np.testing.assert_allclose(steps.alpha, alpha[0, 9].numpy(), atol=CLOSE)
    assert steps.beta == pytest.approx(float(beta[0, 9]), abs=CLOSE)
    np.testing.assert_allclose(steps.z, scores[0, 9].numpy(), atol=CLOSE)
    swapped = gate_steps(model, explained, 9, aspect=1)
    np.testing.assert_allclose(swapped.x, np.concatenate([steps.x[21:], steps.x[:21]]))
    pooled = (steps.alpha + np.concatenate([swapped.alpha[21:], swapped.alpha[:21]])) / 2
    np.testing.assert_allclose(explained.alpha[9], pooled, atol=CLOSE)
    assert "second person first" in swapped.note
    assert steps.note == "Shown is the network, asked as it stands; what is said is all answers together."


def test_all_aspects_of_a_network_make_up_what_it_says() -> None:
    rows, _ = FeatureSpec().in_mirror()
    model = small_model(sides_deg=(0.0, 40.0), in_mirror=True)
    explained = explain_clip(model, moving(30))
    each = [gate_steps(model, explained, 9, aspect=aspect) for aspect in range(4)]
    assert [steps.aspect for steps in each] == [
        "",
        "turned by 40 degrees",
        "in a mirror",
        "in a mirror, turned by 40 degrees",
    ]
    assert {steps.aspects for steps in each} == {4}
    assert np.mean([steps.beta for steps in each]) == pytest.approx(float(explained.beta[9]), abs=CLOSE)
    alphas = [steps.alpha if place < 2 else steps.alpha[list(rows)] for place, steps in enumerate(each)]
    np.testing.assert_allclose(np.mean(alphas, axis=0), explained.alpha[9], atol=CLOSE)


def test_what_is_shown_of_a_committee_is_said() -> None:
    model = small_model(members=3)
    steps = gate_steps(model, explain_clip(model, moving(20)), 3, member=1)
    assert steps.note == "Shown is network 2 of 3; what is said is all answers together."
    assert gate_steps(small_model(), explain_clip(small_model(), moving(20)), 3).note == ""


@pytest.mark.parametrize("variant", list(Variant))
def test_the_equations_name_the_gates_that_there_are(variant: Variant) -> None:
    model = small_model(variant, kept=0.9)
    formulas = {step.name: step for step in gate_steps(model, explain_clip(model, moving(20)), 3).equations()}
    assert ("joint attention" in formulas) == variant.spatial
    assert ("frame attention" in formulas) == variant.temporal
    assert ("joint gate" in formulas) == (not variant.spatial)
    assert ("frame gate" in formulas) == (not variant.temporal)
    assert "0.9^(t−i)" in formulas["temporal sum"].formula
    assert "90 %" in formulas["temporal sum"].text


def test_channels_have_names() -> None:
    spec = FeatureSpec(persons=2, kinds=("relative", "contact"))
    assert channel_names(spec) == ("relative x", "relative y", "relative z", "contact any", "contact hand")
    assert len(channel_names(FeatureSpec())) == FeatureSpec().channels
