"""A clip as pictures, one after the other: the film or a body on dark ground, the overlay, and the curves below."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.explain.curve_strip import draw_strip, pages
from core.explain.explained import Explained
from core.explain.figure_body import flat
from core.explain.film import Film
from core.explain.heat import TIMES_UNIFORM, HeatScale
from core.explain.inks import INKS, Theme, rgb
from core.explain.overlay import annotated_size, draw_overlay, resized
from core.live.results import Decision, LiveResult, StageTimes
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.sources.source import Frame, Picture
from core.sources.video import VideoFile

_STAGE_PX: Final = (1280, 720)  # of a clip without a film
_STRIP_OF_HEIGHT: Final = 0.34
_LEAST_STRIP_PX: Final = 170
_FREE: Final = (0.10, 0.14)  # of the stage's height, above and below the bodies
_SIDES: Final = 0.30  # of its width, for panels
_LEAST_M: Final = 0.5  # of a body, so that one of a single point is not blown up
_TINY_S: Final = 1e-6
_GONE_PERIODS: Final = 2.01  # of the grid: what `Explained.frame_at` takes for a gap, and a little


class Shown(NamedTuple):
    """One picture of a clip."""

    time_s: float  # as `Explained.times_s`
    picture_bgr: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What can be chosen about the pictures."""

    scale: HeatScale = TIMES_UNIFORM
    theme: Theme = Theme.DARK  # of the curves


AS_IT_COMES: Final = Look()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which pictures are drawn: those between two times (of `Explained.times_s`), and so far from each other."""

    start_s: float = -math.inf
    end_s: float = math.inf
    apart_s: float = 0.0


ALL: Final = Chosen()


def clip_pictures(
    explained: Explained, film: Film | None = None, look: Look = AS_IT_COMES, *, chosen: Chosen = ALL
) -> Iterator[Shown]:
    """The pictures of a clip: those of its film from the clip's first frame to its last, else one a frame of the grid.

    Attention and answer of a picture are what the network said last until then; between two of its frames nothing is
    made up. Raises SourceError where the film cannot be read.
    """
    strips = _Strips(explained, look.theme)
    last_s = -math.inf
    pictures = _on_a_stage(explained) if film is None else _of_the_film(explained, film)
    try:
        for frame, points_px in pictures:
            time_s = frame.time_s - float(explained.clip.times_s[0])
            if time_s > chosen.end_s + _TINY_S:
                return
            if time_s < chosen.start_s - _TINY_S or time_s - last_s < chosen.apart_s - _TINY_S:
                continue
            last_s = time_s
            yield Shown(time_s, _picture(explained, frame, points_px, strips, look))
    finally:
        pictures.close()


def _picture(
    explained: Explained, frame: Frame, points_px: NDArray[np.float32], strips: "_Strips", look: Look
) -> Picture:
    """A frame with its overlay, and the curves below."""
    height_px, width_px = frame.picture_bgr.shape[:2]
    size_px = annotated_size(width_px, height_px)
    picture_bgr = resized(frame.picture_bgr, size_px)
    zoom = max(1.0, size_px[1] / height_px)
    draw_overlay(picture_bgr, result_at(explained, frame, points_px), zoom=zoom, scale=look.scale)
    time_s = frame.time_s - float(explained.clip.times_s[0])
    return np.concatenate([picture_bgr, strips.at(time_s, width_px=size_px[0], height_px=size_px[1])])


def picture_count(explained: Explained, film: Film | None) -> int | None:
    """How many pictures there will be, as far as that can be told beforehand."""
    if film is None:
        return len(explained) + len(explained.clip.starts) - 1
    source = VideoFile(film.path, real_time=False)
    try:
        rate_hz = source.open().rate_hz
    finally:
        source.close()
    return round(explained.duration_s * rate_hz) + 1 if rate_hz else None


class _Strips:
    """Draws each page of curves once."""

    def __init__(self, explained: Explained, theme: Theme) -> None:
        self._explained, self._theme = explained, theme
        self._pages = pages(explained)
        self._ends_s = [float(explained.times_s[part.stop - 1]) for part in self._pages]
        self._page = -1

    def at(self, time_s: float, *, width_px: int, height_px: int) -> Picture:
        """The strip at a time of the clip, under a picture of that size."""
        page = min(int(np.searchsorted(self._ends_s, time_s - 1e-6)), len(self._pages) - 1)
        if page != self._page:
            high = max(round(_STRIP_OF_HEIGHT * height_px), _LEAST_STRIP_PX) // 2 * 2
            part = self._pages[page]
            self._strip = draw_strip(self._explained, part, width_px=width_px, height_px=high, theme=self._theme)
            self._page = page
        return self._strip.at(time_s)


def _of_the_film(explained: Explained, film: Film) -> Generator[tuple[Frame, NDArray[np.float32]], None, None]:
    """The frames of a film that belong to the clip, with the joints in them."""
    first_s, last_s = explained.clip.times_s[[0, -1]].tolist()
    source = VideoFile(film.path, real_time=False)
    source.open()
    try:
        while (frame := source.read()) is not None and frame.time_s <= last_s + 1 / explained.rate_hz:
            if frame.time_s >= first_s - _TINY_S:
                yield frame, film.at(frame.time_s)
    finally:
        source.close()


def result_at(explained: Explained, frame: Frame, points_px: NDArray[np.float32]) -> LiveResult:
    """What is drawn on a frame, as the live overlay takes it; joints (P, 25, 2), NaN for who is not there."""
    place = explained.frame_at(frame.time_s)
    there = np.isfinite(points_px).all(axis=(1, 2))
    persons = np.flatnonzero(there)
    if place is None:
        confidence = np.zeros((len(persons), len(KINECT_25)), np.float32)
    else:
        confidence = explained.clip.seen[place, persons].astype(np.float32)
    seats: list[int | None] = [None] * explained.persons
    for number, person in enumerate(persons.tolist()):
        seats[person] = number
    return LiveResult(
        frame=frame,
        pose=Pose(
            layout=KINECT_25,
            positions_m=np.zeros((len(persons), len(KINECT_25), 3), np.float32),
            positions_px=points_px[persons],
            confidence=confidence,
        ),
        prediction=None if place is None else explained.prediction(place),
        decision=Decision(action=None, confidence=0.0, since_s=0.0) if place is None else explained.said[place],
        times=StageTimes(),
        looked_at=tuple(seats),
    )


def _on_a_stage(explained: Explained) -> Generator[tuple[Frame, NDArray[np.float32]], None, None]:
    """The frames of the grid: bodies on plain ground, all in one scale."""
    width_px, height_px = _STAGE_PX
    red, green, blue = rgb(INKS[Theme.DARK].ground)  # light letters stand on it
    ground_bgr = np.full((height_px, width_px, 3), (blue, green, red), np.uint8)
    planes = np.stack([flat(explained, frame) for frame in range(len(explained))])  # (T, P, 25, 2)
    low, high = np.nanpercentile(planes[..., 1], (0.5, 99.5)).tolist()
    half = float(np.nanpercentile(np.abs(planes[..., 0]), 99.5))
    free_px = height_px * (1 - sum(_FREE)), width_px * (1 - 2 * _SIDES)
    per_m = min(free_px[0] / max(high - low, _LEAST_M), free_px[1] / max(2 * half, _LEAST_M))
    centre_px = np.array([width_px / 2, height_px * (0.5 + (_FREE[0] - _FREE[1]) / 2)])
    points_px = (planes - (0, (high + low) / 2)) * (per_m, -per_m) + centre_px
    nobody_px = np.full(points_px.shape[1:], np.nan, np.float32)
    ends = {stretch.stop - 1 for stretch in explained.clip.stretches()[:-1]}
    for number, time_s in enumerate(explained.clip.times_s.tolist()):
        frame = Frame(picture_bgr=ground_bgr, time_s=time_s, arrived_s=0.0, number=number)
        yield frame, points_px[number].astype(np.float32)
        if number in ends:  # in a gap nobody stands there, and nothing is said
            yield replace(frame, time_s=time_s + _GONE_PERIODS / explained.rate_hz), nobody_px
