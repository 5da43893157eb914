"""One `.skeleton` file of NTU RGB+D: parsed, noise removed, at most two persons followed.

The text: the frame count; then for each frame the body count; for each body a line (its number and nine others), the
joint count (25) and 25 lines of 12 values (x y z in metres, depth x y, colour x y, orientation w x y z, tracking
state).

A sensor sees bodies in furniture, gives a body a new number after losing it, and keeps on numbers for people who pass.
What is kept does not depend on the action (which a live camera does not know):

1. With more than one body, those of at most 11 frames go, then those that are mostly wider than tall (a frame is, if
   its joints spread by more than 0.8 of their height sideways; a body is, if 69.754 % of its frames are). These are
   the limits of the widely used public preparation of this data set.
2. The body that moves most is the main actor. Others are taken by how much they move: as the same person under a new
   number, if they begin where the lost one was, else as the second person; further ones go.
3. Frames before the first and after the last person are cut off. Where a person is away in between, the last pose
   is held (before the first one, the first) with confidence 0.

Confidence of a joint is 1 where it was tracked, 0.5 where the sensor inferred it, 0 where it was not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.raw_files import read_text, sequence_at_rate, single
from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence

RATE_HZ = 30.0
_MAX_FRAMES = 10_000  # the longest of the set has 300
_MAX_BODIES = 6  # of the sensor
_MAX_NUMBERS = 100  # different bodies in a file
_FAR_M = 1e6  # no joint: refused later, but still a number that can be squared
_JOINTS = len(KINECT_25)
_VALUES = 12  # in a joint's line
_CONFIDENCE = np.array([0, 0.5, 1], dtype=np.float32)  # by tracking state

_NOISE_FRAMES = 11
_WIDE = 0.8
_WIDE_SHARE = 0.69754
# The same person under a new number begins this near to where the old one ended.
_SEAM_M = 0.5
_SEAM_M_PER_FRAME = 2.0 / RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A body that the sensor followed under one number, or several such joined."""

    frames: NDArray[np.intp]  # (n,) increasing
    positions_m: NDArray[np.float32]  # (n, 25, 3)
    confidence: NDArray[np.float32]  # (n, 25)

    @property
    def motion_m2(self) -> float:
        """How much it moves: summed squared distance of the joints from their mean places, over the joints' number."""
        return float(self.positions_m.var(axis=0).sum(axis=-1).mean() * len(self.frames))


def read_skeleton(path: Path) -> SkeletonSequence:
    """The persons of a file, (T, 1 or 2, 25, 3), the one who moves most first. Raises DataError naming the file."""
    try:
        bodies = parse_bodies(read_text(path, name=path.name))
    except DataError as error:
        text = str(error)
        raise DataError(text if text.startswith(path.name) else f"{path.name}: {text}") from error
    if not bodies:
        raise DataError(f"{path.name}: there is no body in it.")
    persons = follow_persons(without_noise(bodies))
    first = min(int(person.frames[0]) for person in persons)
    last = max(int(person.frames[-1]) for person in persons)
    held = [_held(person, first=first, last=last) for person in persons]
    return sequence_at_rate(
        KINECT_25,
        np.stack([positions for positions, _ in held], axis=1),  # (T, P, 25, 3)
        rate_hz=RATE_HZ,
        name=path.name,
        confidence=np.stack([confidence for _, confidence in held], axis=1),
    )


def parse_bodies(text: str) -> list[Body]:
    """The bodies of a file's text, in the order in which they appear. Frames whose joints are no numbers are left out.

    Raises DataError with what is wrong and where.
    """
    lines = text.splitlines()
    at = 0

    def count(what: str, limit: int) -> int:
        nonlocal at
        if at >= len(lines):
            raise DataError(f"it ends at line {at}, where {what} should be.")
        try:
            value = int(lines[at])
        except ValueError as error:
            raise DataError(f"line {at + 1} should be {what}, not '{lines[at][:40]}'.") from error
        if not 0 <= value <= limit:
            raise DataError(f"line {at + 1}: {what} is {value}, expected 0 to {limit}.")
        at += 1
        return value

    rows: list[str] = []
    seen: dict[str, list[tuple[int, int]]] = {}  # body number -> (frame, place in rows); a float would round the number
    for frame in range(count("the number of frames", _MAX_FRAMES)):
        for _ in range(count("the number of bodies", _MAX_BODIES)):
            number = lines[at].split(maxsplit=1)[0] if at < len(lines) and lines[at].strip() else ""
            at += 1
            if count("the number of joints", _JOINTS) != _JOINTS:
                raise DataError(f"line {at}: a body has other than {_JOINTS} joints.")
            if at + _JOINTS > len(lines):
                raise DataError(f"it ends at line {len(lines)}, within a body.")
            if seen.get(number, [(-1, 0)])[-1][0] == frame:
                raise DataError(f"line {at}: body {number} is twice in one frame.")
            seen.setdefault(number, []).append((frame, len(rows) // _JOINTS))
            rows.extend(lines[at : at + _JOINTS])
            at += _JOINTS
            if len(seen) > _MAX_NUMBERS:
                raise DataError(f"it holds more than {_MAX_NUMBERS} different bodies.")
    values = _joint_values(rows)
    return [body for places in seen.values() if (body := _body(np.array(places), values)) is not None]


def _joint_values(rows: list[str]) -> NDArray[np.float64]:
    """x, y, z and tracking state, (bodies, 25, 4), of the lines of all joints."""
    words = " ".join(rows).split()
    if len(words) != len(rows) * _VALUES:
        raise DataError(f"its joints do not all have {_VALUES} values.")
    try:
        columns = [np.array(words[column::_VALUES], dtype=np.float64) for column in (0, 1, 2, _VALUES - 1)]
    except ValueError as error:
        raise DataError(f"a joint is not a number ({error}).") from error
    return np.stack(columns, axis=-1).reshape(-1, _JOINTS, 4)


def _body(places: NDArray[np.intp], values: NDArray[np.float64]) -> Body | None:
    """The body whose joints are at places (n, 2: frame, row); None where no frame of it has numbers."""
    of_body = values[places[:, 1]]  # (n, 25, 4)
    good = np.isfinite(of_body).all(axis=(1, 2))
    if not good.any():
        return None
    state = of_body[good, :, 3].clip(0, len(_CONFIDENCE) - 1).astype(np.intp)
    positions = single(of_body[good, :, :3].clip(-_FAR_M, _FAR_M))
    return Body(frames=places[good, 0], positions_m=positions, confidence=_CONFIDENCE[state])


def without_noise(bodies: Sequence[Body]) -> list[Body]:
    """Bodies that last and stand upright; a step that would leave nobody is not taken."""
    lasting = [body for body in bodies if len(body.frames) > _NOISE_FRAMES] or list(bodies)
    if len(lasting) == 1:
        return lasting
    return [body for body in lasting if _wide_share(body) < _WIDE_SHARE] or lasting


def _wide_share(body: Body) -> float:
    spread = np.ptp(body.positions_m, axis=1)  # (n, 3)
    return float(np.mean(spread[:, 0] > _WIDE * spread[:, 1]))


def follow_persons(bodies: Sequence[Body]) -> list[Body]:
    """At most two persons, the one who moves most first, with the bodies that are the same person joined."""
    persons: list[Body] = []
    for body in sorted(bodies, key=lambda body: body.motion_m2, reverse=True):
        same = [(gap, place) for place, person in enumerate(persons) if (gap := _seam(person, body)) is not None]
        if same:
            place = min(same)[1]
            persons[place] = _joined(persons[place], body)
        elif len(persons) < 2:
            persons.append(body)
    return persons


def _seam(person: Body, body: Body) -> float | None:
    """Distance in metres over which the person would have jumped to be this body too; None where it cannot be."""
    if np.intersect1d(person.frames, body.frames).size:
        return None
    after = np.searchsorted(person.frames, body.frames)  # (m,)
    near = np.stack([after - 1, after]).clip(0, len(person.frames) - 1)  # (2, m) the person's frames around the body's
    apart = np.abs(person.frames[near] - body.frames)
    side, theirs = np.unravel_index(int(apart.argmin()), apart.shape)
    jump_m = float(np.linalg.norm(person.positions_m[near[side, theirs], 0] - body.positions_m[theirs, 0]))
    return jump_m if jump_m <= _SEAM_M + _SEAM_M_PER_FRAME * float(apart[side, theirs]) else None


def _joined(first: Body, second: Body) -> Body:
    frames = np.concatenate([first.frames, second.frames])
    order = frames.argsort()
    return Body(
        frames=frames[order],
        positions_m=np.concatenate([first.positions_m, second.positions_m])[order],
        confidence=np.concatenate([first.confidence, second.confidence])[order],
    )


def _held(person: Body, *, first: int, last: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions (T, 25, 3) and confidence (T, 25) of all frames; where the person is away, held and 0."""
    frames = np.arange(first, last + 1)
    at = (np.searchsorted(person.frames, frames, side="right") - 1).clip(0)
    present = person.frames[at] == frames
    return person.positions_m[at], person.confidence[at] * present[:, None].astype(np.float32)
