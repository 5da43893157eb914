"""Sensor: tone, defocus, noise and compression of a picture, cheap enough for every frame."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.opencv import cv2
from core.sources.performer.scene import Sensor
from core.sources.source import Picture

Floats = NDArray[np.float32]

_ROLL_PX: Final = 64  # a noise tile is this much larger than the picture, to be moved about
_STEPS: Final = (37, 23)  # coprime to it: every place is used once before one comes again
_REFERENCE_PX: Final = 640  # width at which blur and grain are given


class SensorChain:
    """What one sensor does to pictures of one size."""

    def __init__(self, sensor: Sensor, size_px: tuple[int, int]) -> None:
        width, height = size_px
        scale = width / _REFERENCE_PX
        self._tones = None if _is_neutral(sensor) else _tone_table(sensor)
        self._blur_px = sensor.blur_px * scale
        self._noise = _noise_tile(sensor, (height + _ROLL_PX, width + _ROLL_PX), scale) if sensor.noise > 0 else None
        self._quality = sensor.jpeg_quality
        self.falloff = _falloff(sensor, size_px) if sensor.vignette > 0 else None  # (H, W) light that arrives, or all
        self.blurs = sensor.blur_px > 0  # whether `finished` blurs the whole picture

    def toned(self, colours: Picture) -> Picture:
        """Exposure, white balance and contrast of colours (..., 3)."""
        if self._tones is None:
            return colours
        flat = cv2.LUT(colours.reshape(-1, 1, 3), self._tones) if colours.size else colours
        toned: Picture = flat.reshape(colours.shape).astype(np.uint8, copy=False)
        return toned

    def finished(self, picture: Picture, number: int) -> Picture:
        """The picture (H, W, 3) as it leaves the camera: out of focus, noisy, compressed. The same for a number."""
        if self.blurs:
            picture = cv2.GaussianBlur(picture, (0, 0), self._blur_px).astype(np.uint8, copy=False)
        if self._noise is not None:
            height, width = picture.shape[:2]
            row, column = (number * _STEPS[0] + 11) % _ROLL_PX, (number * number * _STEPS[1] + 5 * number) % _ROLL_PX
            grain = self._noise[row : row + height, column : column + width]
            picture = cv2.addWeighted(picture, 1, grain, 1, -128).astype(np.uint8, copy=False)
        if self._quality is not None:
            picture = _compressed(picture, self._quality)
        return picture


def _is_neutral(sensor: Sensor) -> bool:
    return sensor.gain_bgr == (1, 1, 1) and sensor.contrast == sensor.gamma == 1


def _tone_table(sensor: Sensor) -> NDArray[np.uint8]:
    """Table (256, 1, 3) for cv2.LUT."""
    light = np.arange(256)[:, None] / 255 * np.array(sensor.gain_bgr)  # (256, 3)
    light = np.where(light > 0.8, 0.8 + 0.25 * np.tanh((light - 0.8) / 0.25), light)  # highlights clip softly
    middle = 0.5 * min(float(np.mean(sensor.gain_bgr)), 1.0)
    toned = middle + (light ** (1 / sensor.gamma) - middle) * sensor.contrast
    table: NDArray[np.uint8] = np.clip(toned * 255, 0, 255).round().astype(np.uint8)[:, None]
    return table


def _noise_tile(sensor: Sensor, size: tuple[int, int], scale: float) -> NDArray[np.uint8]:
    """Noise about 128, (rows, columns, 3): grain of brightness, and coarser blotches of colour."""
    random = np.random.default_rng([sensor.seed, 3])
    grain = _smooth(random.standard_normal(size, dtype=np.float32), sensor.grain_px * scale)
    colour = _smooth(random.standard_normal((*size, 3), dtype=np.float32), 1.8 * sensor.grain_px * scale)
    noise = (0.85 * grain[..., None] + 0.55 * colour * np.array([1.25, 0.8, 1.05])) * sensor.noise
    tile: NDArray[np.uint8] = np.clip(noise + 128.5, 0, 255).astype(np.uint8)
    return tile


def _smooth(noise: Floats, sigma_px: float) -> Floats:
    """Noise blurred and brought back to a standard deviation of 1."""
    blurred = cv2.GaussianBlur(noise, (0, 0), max(sigma_px, 0.2)).astype(np.float32)
    smooth: Floats = blurred / blurred.std()
    return smooth


def _falloff(sensor: Sensor, size_px: tuple[int, int]) -> Floats:
    """Share of the light (H, W) that arrives: all in the middle, less towards the corners."""
    width, height = size_px
    x, y = (np.arange(width) + 0.5) / width * 2 - 1, (np.arange(height) + 0.5) / height * 2 - 1
    far = (x[None, :] ** 2 + y[:, None] ** 2) / 2
    return (1 - sensor.vignette * far**1.3).astype(np.float32)


def _compressed(picture: Picture, quality: int) -> Picture:
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert unpacked is not None  # it was packed a moment ago
    return unpacked.astype(np.uint8, copy=False)
