"""The sounds of a count-down: `python tests/bench/sounds.py` writes assets/sounds again, bit by bit the same.

It lies here since the program never makes them: as the pictures of the README, they are made once and shipped.
"""

import io
import sys
import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SOUNDS: Final = Path(__file__).resolve().parent.parent.parent / "assets" / "sounds"
RATE_HZ: Final = 44_100
LOUDNESS: Final = 0.35  # of the most that 16 bits hold
ATTACK_S: Final = 0.006  # a tone that begins at once is a click
RELEASE_S: Final = 0.03

Samples = NDArray[np.float64]


def tone(hz: float, seconds: float, *, decay_s: float) -> Samples:
    """A soft tone with a little of its octave, which dies away and begins and ends at nothing."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave_ = np.sin(2 * np.pi * hz * time_s) + 0.2 * np.sin(4 * np.pi * hz * time_s)
    into = np.clip(time_s / ATTACK_S, 0, 1)
    out_of = np.clip((time_s[-1] - time_s) / RELEASE_S, 0, 1)
    fade = 0.5 - 0.5 * np.cos(np.pi * np.minimum(into, out_of))
    samples: Samples = wave_ / 1.2 * fade * np.exp(-time_s / decay_s)
    return samples


def sounds() -> dict[str, Samples]:
    """All of them by name: a second of the count-down, the take begins, the take is over."""
    falling = [tone(660.0, 0.10, decay_s=0.08), tone(495.0, 0.12, decay_s=0.08)]
    return {
        "tick": tone(660.0, 0.08, decay_s=0.04),
        "go": tone(990.0, 0.22, decay_s=0.12),
        "done": np.concatenate(falling),
    }


def as_wav(samples: Samples) -> bytes:
    """Mono, 16 bits."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.round(samples * LOUDNESS * 32767).astype("<i2").tobytes())
    return content.getvalue()


def main() -> None:
    """Write the files."""
    SOUNDS.mkdir(parents=True, exist_ok=True)
    for name, samples in sounds().items():
        content = as_wav(samples)
        (SOUNDS / f"{name}.wav").write_bytes(content)
        sys.stdout.write(f"{name}.wav: {len(samples) / RATE_HZ:.2f} s, {len(content)} bytes\n")


if __name__ == "__main__":
    main()
