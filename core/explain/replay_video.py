"""A clip as a video or as a GIF: overlay, legend and curves in every picture."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from PIL import Image

from core.errors import SourceError
from core.explain.clip_part import minutes_text
from core.explain.clip_pictures import AS_IT_COMES, Chosen, Look, clip_pictures, picture_count
from core.explain.explained import Explained
from core.explain.film import Film
from core.explain.heat import NOT_SEEN_RGB, heat_gradient_rgb
from core.explain.inks import INKS, rgb
from core.files import replacing
from core.opencv import cv2
from core.sources.source import Picture
from core.sources.video_writer import VideoWriter

GIF_MOST_S: Final = 12.0
GIF_RATE_HZ: Final = 10.0
GIF_WIDTH_PX: Final = 640
GIF_MOST_BYTES: Final = 10_000_000
_GIF_LEAST_WIDTH_PX: Final = 320
_SMALLER: Final = 0.8
_GIF_COLOURS: Final = 160
_GIF_HEAT_COLOURS: Final = 80
_GIF_LOOKED_AT: Final = 6  # pictures whose colours make the palette
_AROUND_S: Final = 1.0  # before the frames of the answer

_NO_PICTURE: Final = "The film ends before this clip begins: choose another part, or write a page or a figure of it."

Progress: TypeAlias = Callable[[int, int | None], None]  # pictures done, of how many


def write_video(
    path: Path,
    explained: Explained,
    *,
    film: Film | None = None,
    look: Look = AS_IT_COMES,
    progress: Progress | None = None,
) -> int:
    """An MP4, MKV or MOV with the times of the film, or of the model's grid; returns how many pictures it has.

    Raises OutputError where it cannot be written and SourceError where the film cannot be read; then none is left.
    """
    writer: VideoWriter | None = None
    count, total = 0, picture_count(explained, film)
    try:
        for shown in clip_pictures(explained, film, look):
            if writer is None:
                height_px, width_px = shown.picture_bgr.shape[:2]
                rate_hz = (total or 1) / explained.duration_s if explained.duration_s else explained.rate_hz
                writer = VideoWriter(path, size_px=(width_px, height_px), rate_hz=rate_hz)
            writer.write(shown.picture_bgr, time_s=shown.time_s)
            count += 1
            if progress is not None:
                progress(count, total)
        if writer is None:
            raise SourceError(_NO_PICTURE)
        writer.close()
    except BaseException:  # Ctrl+C as well
        if writer is not None:
            writer.abort()
        raise
    return count


def write_gif(
    path: Path,
    explained: Explained,
    *,
    film: Film | None = None,
    look: Look = AS_IT_COMES,
    progress: Progress | None = None,
) -> str:
    """A GIF for a slide: at most 12 seconds, 640 pixels wide and about 10 MB; of a film ten pictures a second.

    Of a longer clip it shows the time around the answer; what would be larger is made smaller. Returns a sentence that
    says so, "" where all is there. Raises OutputError where it cannot be written and SourceError where the film cannot
    be read.
    """
    rate_hz = explained.rate_hz if film is None else min(GIF_RATE_HZ, explained.rate_hz)
    chosen, note = _gif_part(explained, 0.99 / rate_hz)
    total = round(min(explained.duration_s, GIF_MOST_S) * rate_hz) + 1
    pictures: list[Picture] = []
    times_s: list[float] = []
    for shown in clip_pictures(explained, film, look, chosen=chosen):
        pictures.append(_as_wide(shown.picture_bgr, GIF_WIDTH_PX))
        times_s.append(shown.time_s)
        if progress is not None:
            progress(len(pictures), max(total, len(pictures)))
    if not pictures:
        raise SourceError(_NO_PICTURE)
    content, width_px = _gif(pictures, times_s, look), GIF_WIDTH_PX
    while len(content) > GIF_MOST_BYTES and width_px > _GIF_LEAST_WIDTH_PX:
        width_px = round(_SMALLER * width_px)
        content = _gif([_as_wide(picture_bgr, width_px) for picture_bgr in pictures], times_s, look)
    with replacing(path) as stream:
        stream.write(content)
    return note


def _gif(pictures: Sequence[Picture], times_s: Sequence[float], look: Look) -> bytes:
    """Pictures with their times as a GIF that begins anew at its end, in one palette: several would flicker."""
    pictures_rgb = [Image.fromarray(picture_bgr[..., ::-1]) for picture_bgr in pictures]
    palette = _palette(pictures_rgb, look)
    # No dithering: its noise is twice the size.
    frames = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures_rgb]
    ends = np.round(100 * np.array([*times_s, times_s[-1] + 1 / GIF_RATE_HZ]))  # GIF counts in hundredths of a second
    durations_ms = np.maximum(10 * np.diff(ends), 20).astype(int).tolist()
    stream = io.BytesIO()
    frames[0].save(
        stream, format="GIF", save_all=True, append_images=frames[1:], duration=durations_ms, loop=0, optimize=False
    )
    return stream.getvalue()


def _palette(pictures_rgb: Sequence[Image.Image], look: Look) -> Image.Image:
    """The colours of some pictures, and those that mean something, which must not become others."""
    places = np.linspace(0, len(pictures_rgb) - 1, _GIF_LOOKED_AT).round().astype(int).tolist()
    some = np.concatenate([np.asarray(pictures_rgb[place]) for place in places])
    found = Image.fromarray(some).quantize(_GIF_COLOURS).getpalette() or []
    heat = heat_gradient_rgb(_GIF_HEAT_COLOURS, look.scale.palette).ravel().tolist()
    inks = INKS[look.theme]
    lines = [value for colour in (*inks.lines, inks.ground, inks.ink) for value in rgb(colour)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([*found[: 3 * _GIF_COLOURS], *heat, *lines, *NOT_SEEN_RGB])
    return palette


def _gif_part(explained: Explained, apart_s: float) -> tuple[Chosen, str]:
    """Which pictures a GIF has, so far apart, and what is to be said about it."""
    if explained.duration_s <= GIF_MOST_S:
        return Chosen(apart_s=apart_s), ""
    begin_s = float(explained.times_s[explained.span.start]) - _AROUND_S
    start_s = float(np.clip(begin_s, 0, explained.duration_s - GIF_MOST_S))
    note = (
        f"The GIF shows {minutes_text(GIF_MOST_S)} of {minutes_text(explained.duration_s)}, from "
        f"{minutes_text(start_s)} on, around the answer; a video or a page holds all of it."
    )
    return Chosen(start_s=start_s, end_s=start_s + GIF_MOST_S, apart_s=apart_s), note


def _as_wide(picture_bgr: Picture, most_px: int) -> Picture:
    height_px, width_px = picture_bgr.shape[:2]
    if width_px <= most_px:
        return picture_bgr
    size_px = (most_px, round(height_px * most_px / width_px))
    return np.asarray(cv2.resize(picture_bgr, size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)
