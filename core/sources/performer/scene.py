"""Scene: the light, the room and the sensor of a performer's picture, as data."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np

from core.sources.performer.furnish import furnished
from core.sources.performer.room import Room

Tint = tuple[float, float, float]  # factors of blue, green and red

_WHITE: Final[Tint] = (1.0, 1.0, 1.0)
_NEUTRAL_K: Final = 5000.0
_DIM_SHARE, _DUSKY_SHARE = 0.18, 0.25  # of all rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One lamp or window that may be tinted, light from everywhere, and some more from above."""

    direction: tuple[float, float, float] = (0.38, 0.55, -0.74)  # towards it, camera axes, any length
    direct: float = 0.52
    ambient: float = 0.46
    sky: float = 0.10
    direct_bgr: Tint = _WHITE
    ambient_bgr: Tint = _WHITE
    rim_darkening: float = 0.22
    shadow: float = 0.34  # how much of the light a foot takes from the floor it stands on


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """What lens, sensor and its processing make of the light. The default leaves the picture alone."""

    gain_bgr: Tint = _WHITE  # exposure and white balance
    contrast: float = 1.0  # about middle grey
    gamma: float = 1.0  # above 1 lifts the shadows
    vignette: float = 0.0  # share of the light that the corners lose
    blur_px: float = 0.0  # of defocus, standard deviation at 640 pixels of width
    noise: float = 0.0  # standard deviation in levels of 255
    grain_px: float = 0.6  # how coarse the noise is
    jpeg_quality: int | None = None  # 1..100; None: no compression
    seed: int = 0  # of the noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All of a picture but persons and camera. `Scene()` is a bright plain room seen by a clean sensor."""

    light: Light = field(default_factory=Light)
    room: Room | None = None  # None: the plain room of background.py
    sensor: Sensor = field(default_factory=Sensor)

    @classmethod
    def varied(cls, seed: int) -> Self:
        """Another light, room and sensor, always the same for a seed: from a sunny room to a really dim one."""
        random = np.random.default_rng([seed, 2])
        exposure, kelvin = _exposure(random), float(random.uniform(2700, 6500))
        sensor = _sensor(random, exposure=exposure, kelvin=kelvin, seed=seed)
        return cls(light=_light(random, kelvin=kelvin), room=furnished(random), sensor=sensor)


def tint_of(kelvin: float) -> Tint:
    """Blue, green and red of light of a colour temperature beside that of 5000 K, about equally bright.

    A rough fit of the black body's colour between 2500 and 9000 K, weakened as eyes and cameras do.
    """
    warm = float(np.log(_NEUTRAL_K / kelvin))
    return float(np.exp(-0.55 * warm)), float(np.exp(-0.02 * warm)), float(np.exp(0.26 * warm))


def _exposure(random: np.random.Generator) -> float:
    """How bright the picture is after the camera did what it could."""
    kind = random.random()
    if kind < _DIM_SHARE:
        return float(random.uniform(0.33, 0.52))
    if kind < _DIM_SHARE + _DUSKY_SHARE:
        return float(random.uniform(0.5, 0.8))
    return float(random.uniform(0.85, 1.06))


def _light(random: np.random.Generator, *, kelvin: float) -> Light:
    around, up = random.uniform(-1.25, 1.25), random.uniform(0.15, 1.1)  # radians from the camera's side
    direct = float(random.uniform(0.2, 0.75))
    return Light(
        direction=(float(np.sin(around) * np.cos(up)), float(np.sin(up)), float(-np.cos(around) * np.cos(up))),
        direct=direct,
        ambient=float(random.uniform(0.84, 0.98) - direct * 0.78),
        sky=float(random.uniform(0.04, 0.16)),
        direct_bgr=tint_of(kelvin),
        ambient_bgr=tint_of(float(kelvin * random.uniform(0.85, 1.2))),
        rim_darkening=float(random.uniform(0.1, 0.3)),
        shadow=float(random.uniform(0.15, 0.45)),
    )


def _sensor(random: np.random.Generator, *, exposure: float, kelvin: float, seed: int) -> Sensor:
    darkness = float(np.clip((1.0 - exposure) / 0.75, 0, 1))
    # White balance takes back most of the lamp's colour, or a little more than that.
    balance = tint_of(_NEUTRAL_K * float((_NEUTRAL_K / kelvin) ** random.uniform(0.5, 1.08)))
    blue, green, red = (part * exposure for part in balance)
    return Sensor(
        gain_bgr=(blue, green, red),
        contrast=float(random.uniform(0.85, 1.18)),
        gamma=float(random.uniform(0.88, 1.15)),
        vignette=float(random.uniform(0.0, 0.35)),
        blur_px=float(random.uniform(0.5, 1.2)),
        noise=float(random.uniform(0.6, 2.5) + random.uniform(2.5, 6.5) * darkness**1.5),
        grain_px=float(random.uniform(0.4, 0.8) + 0.4 * darkness),
        jpeg_quality=None if random.random() < 0.4 else int(random.integers(45, 92)),
        seed=seed,
    )
