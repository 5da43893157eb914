"""Starting from a model: what it says stays as it is, also where the new network sees more than it did."""

from dataclasses import replace

import pytest
import torch

from core.errors import ModelError
from core.model.committee import make_network
from core.model.folder import ActionModel, load_model
from core.skeleton.features import FeatureSpec, frame_features
from core.training.loop import build_network
from core.training.presets import tuned
from core.training.start import begin_with
from tests.clips import SMALL

OLD = FeatureSpec(kinds=("relative", "velocity"))
WIDER = {
    "as it is": OLD.kinds,
    "more": ("relative", "velocity", "drift"),
    "before and between": ("drift", "relative", "bone", "velocity"),
    "in another order": ("velocity", "relative"),
}


def known(features: FeatureSpec = OLD, *, members: int = 2) -> ActionModel:
    torch.manual_seed(3)
    recipe = replace(SMALL, features=features, members=members)
    network = make_network(recipe.network(classes=3))
    config = load_model("everyday", device="cpu").config
    config = replace(config, features=features, network=network.spec, actions=("a", "b", "c"), background="")
    return ActionModel(name="old", config=config, network=network, device=torch.device("cpu"))


@pytest.mark.parametrize("what", WIDER)
def test_what_is_new_counts_for_nothing_at_first(what: str) -> None:
    model = known()
    features = replace(OLD, kinds=WIDER[what])
    network = make_network(replace(SMALL, features=features, members=2).network(classes=3)).eval()
    begin_with(network, model, features=features)
    for new, old in zip(network.members, model.network.members, strict=True):
        new.classify.load_state_dict(old.classify.state_dict())
    positions = torch.randn(4, 12, 1, 25, 3, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected, found = (
            net(frame_features(positions, spec)) for net, spec in ((model.network, OLD), (network, features))
        )
    for one, other in zip(found[:4], expected[:4], strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("features", "changes", "said"),
    [
        (replace(OLD, kinds=("relative",)), {}, "other features"),
        (replace(OLD, rate_hz=30), {}, "other features"),
        (replace(OLD, joints=(0, 1, 2)), {}, "other features"),
        (OLD, {"hidden": 20}, "other sizes"),
        (OLD, {"members": 1}, "other parts"),
    ],
)
def test_what_does_not_fit_is_refused(features: FeatureSpec, changes: dict[str, int], said: str) -> None:
    recipe = replace(SMALL, **{"features": features, "members": 2, **changes})  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=f"The model 'old' has {said}"):
        begin_with(make_network(recipe.network(classes=3)), known(), features=features)


def test_own_actions_of_one_person_see_the_hips_move_as_well() -> None:
    everyday, two = (load_model(name, device="cpu").config for name in ("everyday", "sbu-interactions"))
    assert tuned("everyday", everyday).features.kinds == (*everyday.features.kinds, "drift")
    assert tuned("sbu-interactions", two).features == two.features
    network = build_network(tuned("everyday", everyday), classes=4, seed=0)
    assert (network.spec.channels, network.spec.classes) == (12, 4)
    features = replace(everyday.features, kinds=(*everyday.features.kinds, "drift"))
    again = replace(everyday, features=features, network=replace(everyday.network, channels=12))
    assert tuned("mine", again).features == features
