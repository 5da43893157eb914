"""The sounds that are shipped: made by the script that lies here, short, soft and without clicks."""

import io
import wave

import numpy as np
import pytest

from tests.bench.sounds import SOUNDS, as_wav, sounds


@pytest.mark.parametrize("name", ["tick", "go", "done"])
def test_a_sound_is_what_the_script_makes(name: str) -> None:
    content = (SOUNDS / f"{name}.wav").read_bytes()
    assert content == as_wav(sounds()[name])
    assert len(content) < 20_000
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44_100)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768
    assert 0.05 < len(samples) / 44_100 < 0.25
    assert 0.1 < np.abs(samples).max() < 0.5
    assert samples[0] == samples[-1] == 0
    assert np.abs(np.diff(samples)).max() < 0.08, "a step would be a click"


def test_nothing_else_lies_there() -> None:
    assert {path.stem for path in SOUNDS.iterdir()} == set(sounds())
