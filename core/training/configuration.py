"""From a recipe and a network to the config.json that runs it."""

from core.model.committee import Network
from core.model.folder import ModelConfig
from core.training.recipes import Recipe


def model_config(
    recipe: Recipe, network: Network, *, actions: tuple[str, ...], title: str, background: str = ""
) -> ModelConfig:
    """The config of a network that was trained by a recipe."""
    return ModelConfig(
        title=title,
        layout="kinect25",
        features=recipe.features,
        network=network.spec,
        window_frames=round(recipe.window_s * recipe.features.rate_hz),
        actions=actions,
        background=background,
    )
