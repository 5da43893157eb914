"""Sources that benches of recording measure on, and what can be read from a film again."""

from pathlib import Path

from core.bench.film import film
from core.sources.video import VideoFile

FILM_S, FILM_HZ, FILM_PX = 12.0, 30.0, (1920, 1080)


def sources(folder: Path) -> dict[str, str]:
    """Names with what `open_choice` reads: the performer, a film, and one faster than the pose network is."""
    usual, fast = folder / "film.mp4", folder / "fast.mp4"
    film(usual, size_px=FILM_PX, seconds=FILM_S, rate_hz=FILM_HZ)
    film(fast, size_px=FILM_PX, seconds=FILM_S / 2, rate_hz=2 * FILM_HZ)
    return {
        "performer 640x480, 30 Hz": "performer",
        "film 1920x1080, 30 Hz": str(usual),
        "film 1920x1080, 60 Hz": str(fast),
    }


def readable_frames(path: Path) -> int:
    """How many frames can be decoded."""
    source, frames = VideoFile(path, real_time=False), 0
    source.open()
    try:
        while source.read() is not None:
            frames += 1
    finally:
        source.close()
    return frames
