"""Recipes: how a network is trained, as data."""

from dataclasses import dataclass, field

from core.datasets.augment import AugmentSpec
from core.errors import DataError
from core.model.loss import LossSpec
from core.skeleton.features import FeatureSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the weights besides the data and the seed."""

    epochs: int = 70
    batch: int = 48
    rate: float = 2e-3  # peak of the one-cycle schedule
    weight_decay: float = 0.02
    clip_norm: float = 1.0
    hidden: int = 128
    layers: int = 2
    gate_hidden: int = 64
    dropout: float = 0.5
    window_s: float = 3.0
    features: FeatureSpec = field(default_factory=FeatureSpec)
    augment: AugmentSpec = field(default_factory=AugmentSpec)
    loss: LossSpec = field(default_factory=LossSpec)


RECIPES = {"everyday": Recipe()}


def recipe_named(name: str) -> Recipe:
    """The recipe of that name. Raises DataError that lists the known names."""
    try:
        return RECIPES[name]
    except KeyError:
        raise DataError(f"Unknown preset '{name}': known are {', '.join(RECIPES)}.") from None
