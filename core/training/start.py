"""A network that starts with the weights of another one, and may see more than that one did."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

import torch
from torch import Tensor

from core.errors import ModelError
from core.model.committee import Network
from core.model.folder import ActionModel
from core.skeleton.features import FeatureSpec

_FROM_INPUT: Final = (".main.0.weight_ih_l0", ".lstm.weight_ih_l0", ".from_input.weight")  # (..., K * C)


def begin_with(network: Network, known: ActionModel, *, features: FeatureSpec) -> None:
    """Give a fresh network the weights of a model, all but the classifier.

    It may see kinds of features that the model does not: they count for nothing at first, so that it says what the
    model says until it has learnt what they are good for.

    Raises ModelError where the two have other sizes, or the model sees what the network does not.
    """
    old = known.config.features
    if replace(old, kinds=features.kinds) != features or not set(old.kinds) <= set(features.kinds):
        raise ModelError(f"The model '{known.name}' has other features than the recipe.")
    state, before = network.state_dict(), known.network.state_dict()
    kept = {name for name in state if not _is_classifier(name)}
    if kept != {name for name in before if not _is_classifier(name)}:
        raise ModelError(f"The model '{known.name}' has other parts than the recipe.")
    columns = _columns(old.kinds, features)
    for name in kept:
        weights = before[name]
        if f".{name}".endswith(_FROM_INPUT):
            inputs = features.rows * features.channels
            weights = weights.new_zeros(len(weights), inputs).index_copy(1, columns, weights)
        if weights.shape != state[name].shape:
            raise ModelError(f"The model '{known.name}' has other sizes than the recipe ({name}).")
        state[name] = weights
    network.load_state_dict(state)


def _is_classifier(name: str) -> bool:
    return ".classify." in f".{name}"


def _columns(kinds: Sequence[str], features: FeatureSpec) -> Tensor:
    """Where the inputs of features of some kinds lie among those of all: joint after joint, kind after kind."""
    sizes = [replace(features, kinds=(kind,)).channels for kind in features.kinds]
    ends = dict(zip(features.kinds, accumulate(sizes), strict=True))
    size = dict(zip(features.kinds, sizes, strict=True))
    channels = torch.tensor([channel for kind in kinds for channel in range(ends[kind] - size[kind], ends[kind])])
    return (torch.arange(features.rows)[:, None] * features.channels + channels).flatten()
