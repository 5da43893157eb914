"""Augmentation in time: other tempos, and windows as a live stream has them."""

import math
from typing import Final

import torch
from torch import Generator, Tensor

from core.datasets.augment_spec import AugmentSpec
from core.datasets.clip_batch import ClipBatch

_LEAST_SEEN: Final = 0.6  # of the clip, or of the window filled by it
# Of windows of a stream, as shares of a window or of a clip.
_STARTED: Final = 0.25  # of a clip has been seen when it counts as that action
_NOT_YET: Final = 0.08  # of a clip has been seen at most when it does not count as one yet
_STILL: Final = 0.08  # of a window that a clip's end may lie back when it still counts
_OVER: Final = 0.18  # of a window that a clip's end lies back at least when nothing counts any more
_REST_SEEN: Final = 0.3  # of a window that is filled by somebody who does nothing
_GAP: Final = (0.08, 0.5)  # of a window between two clips


class _Played:
    """The tempo of each clip, and which rows are windows."""

    def __init__(self, lengths: Tensor, spec: AugmentSpec, generator: Generator) -> None:
        self._generator, self._batch, self._device = generator, len(lengths), lengths.device
        self.speed = torch.exp(self.draw(-spec.tempo, spec.tempo))
        self.frames = (lengths / self.speed).floor().clamp_min(2)  # of the clip at this tempo
        self.as_window = self.draw(0, 1) < spec.window_share

    def draw(self, low: float, high: float) -> Tensor:
        """A number for each row (B,)."""
        return low + (high - low) * torch.rand(self._batch, generator=self._generator, device=self._device)


def cut_in_time(
    positions: Tensor, lengths: Tensor, *, window: int, spec: AugmentSpec, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Play each clip at another tempo, whole or as a window of it that may begin before or end after the clip.

    Outside the clip the person stands still in its first or last pose. A clip may be too long to be seen whole, then
    it is a part of it. Args: positions (B, T, P, 25, 3), lengths (B,).
    Returns positions (B, 1 + T', P, 25, 3) and true lengths (B,). The frame in front is the one before the window, from
    which its first frame gets a velocity as it does live.
    """
    played = _Played(lengths, spec, generator)
    # A window sees at least 60 % of itself or of the clip filled with the action.
    seen = _LEAST_SEEN * torch.minimum(played.frames, torch.full_like(played.frames, window))
    start = (seen - window) + played.draw(0, 1) * (played.frames - seen - (seen - window))
    at, new_lengths = _frames(played, start, window=window, spec=spec)
    last = (lengths - 1)[:, None].float()
    at = (at * played.speed[:, None]).clamp_min(0).minimum(last)  # (B, 1 + T') place in the clip
    if spec.warp:
        at = last * _warp(at / last.clamp_min(1), by=spec.warp, generator=generator)
    return _sample_frames(positions, at), new_lengths


def _frames(played: _Played, start: Tensor, *, window: int, spec: AugmentSpec) -> tuple[Tensor, Tensor]:
    """Frames of the played clips (B, 1 + T') that are taken, and how many (B,); `start` is where a window begins."""
    whole, begin = played.frames, torch.zeros_like(start)
    if spec.longest_windows:
        whole = played.frames.clamp_max(round(spec.longest_windows * window))
        begin = ((played.frames - whole) * played.draw(0, 1)).floor()
    lengths = torch.where(played.as_window, torch.full_like(whole, window), whole).long()
    first = torch.where(played.as_window, start, begin)
    frames = torch.arange(-1, int(lengths.max()), device=start.device)
    return first[:, None] + frames, lengths


def cut_from_stream(
    batch: ClipBatch, *, window: int, spec: AugmentSpec, background: int, generator: Generator
) -> ClipBatch:
    """As `cut_in_time`, but windows are cut from a stream, and the label is what is done at a window's end.

    In a stream one clip follows another with a little rest or none between them, and after a clip the person stands
    still in its last pose. A window that ends early in a clip, or some time after it, shows nothing yet or no more:
    its label becomes `background`, the class of those who do nothing. Between "not yet" and "now" nothing is cut.
    """
    played = _Played(batch.lengths, spec, generator)
    kind = played.draw(0, 1)  # which end a window has: early, late, or in the clip
    is_rest = batch.labels == background
    early = (kind < 0.08) & ~is_rest
    late = (kind > 0.75) & ~is_rest
    frames = played.frames
    low = torch.where(is_rest, frames.clamp_max(_REST_SEEN * window), _STARTED * frames)
    low = torch.where(early, torch.zeros_like(low), torch.where(late, frames + _OVER * window, low))
    high = torch.where(is_rest, frames, frames + _STILL * window)
    high = torch.where(early, _NOT_YET * frames, torch.where(late, frames + window, high))
    end = low + played.draw(0, 1) * (high - low)
    at, lengths = _frames(played, (end - window).round(), window=window, spec=spec)
    last = (batch.lengths - 1)[:, None].float()
    inside = (at * played.speed[:, None]).clamp_min(0).minimum(last)
    if spec.warp:
        inside = last * _warp(inside / last.clamp_min(1), by=spec.warp, generator=generator)
    positions = _sample_frames(batch.positions_m, inside)
    follows = played.as_window & (played.draw(0, 1) < spec.streams)
    positions = _after_another(batch, positions, at, played, follows, window=window)
    is_over = played.as_window & (early | late)
    labels = torch.where(is_over, torch.full_like(batch.labels, background), batch.labels)
    return batch._replace(positions_m=positions, lengths=lengths, labels=labels)


def _after_another(
    batch: ClipBatch, positions: Tensor, at: Tensor, played: _Played, follows: Tensor, *, window: int
) -> Tensor:
    """What lies before a clip becomes the end of another one, from which the person passes over in the gap.

    Args:
        batch: the clips.
        positions: (B, T', P, 25, 3) cut from them.
        at: (B, T') frames of the played clip; below 0 before it begins.
        played: their tempos.
        follows: (B,) for which clips there is another one before.
        window: frames.
    """
    other = played.draw(0, 1).argsort()  # row of the clip before
    gap = window * played.draw(*_GAP)[:, None]
    last = (batch.lengths[other] - 1)[:, None].float()
    before = (last + (at + gap) * played.speed[:, None]).clamp_min(0).minimum(last)
    earlier = _sample_frames(batch.positions_m[other], before)
    join = batch.positions_m[other, batch.lengths[other] - 1]  # (B, P, 25, 3)
    earlier = earlier + (batch.positions_m[:, :1] - join[:, None])[..., :1, :].mean(dim=2, keepdim=True)
    share = ((at + gap) / gap).clamp(0, 1)
    share = share * share * (3 - 2 * share)  # begins and ends at rest
    passing = earlier.lerp(positions, share[..., None, None, None])
    is_before = follows[:, None] & (at < 0)
    return torch.where(is_before[..., None, None, None], passing, positions)


_WAVES: Final = 3  # half waves over a clip


def _warp(place: Tensor, *, by: float, generator: Generator) -> Tensor:
    """Places in a clip (B, T), 0 to 1, as they are when it runs now faster and now slower by up to a share `by`.

    The ends stay where they are. Time warping as an augmentation of series: Um et al., ICMI 2017 (there by splines).
    """
    waves = math.pi * torch.arange(1, _WAVES + 1, device=place.device)[:, None]  # (N, 1)
    size = torch.randn(len(place), _WAVES, 1, generator=generator, device=place.device)
    ahead = (size * torch.sin(waves * place[:, None]) / waves).sum(dim=1)  # (B, T), 0 at both ends
    changes = (size * torch.cos(waves * torch.linspace(0, 1, 64, device=place.device))).sum(dim=1)  # of the tempo
    return place + by * ahead / changes.abs().amax(dim=1, keepdim=True).clamp_min(1e-3)


def _sample_frames(positions: Tensor, at: Tensor) -> Tensor:
    """Positions (B, T, P, 25, 3) at fractional frames (B, T'), linearly."""
    before = at.floor().long()
    after = (before + 1).clamp_max(positions.shape[1] - 1)
    start = positions.shape[1] * torch.arange(len(positions), device=positions.device)[:, None]
    frames = positions.flatten(0, 1)  # (B * T, P, 25, 3): one index is much faster than two
    first, second = (frames.index_select(0, (start + place).flatten()) for place in (before, after))
    share = (at - before).flatten()[:, None, None, None]
    return first.lerp(second, share).reshape(*at.shape, *positions.shape[2:])  # (B, T', P, 25, 3)
