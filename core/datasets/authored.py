"""What the performer can act, as labelled sequences: many bodies and manners, and those who do nothing.

They are added to a recorded data set, always for training, so that a network knows the actions of the demo and has an
answer for rest, transitions and movements without a name.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from core.datasets.dataset import Dataset, Sample
from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.aimless import Aimless, Manner
from core.sources.performer.body import Body
from core.sources.performer.motion import IDLE, authored_motions
from core.sources.performer.programme import Act, Performance, Programme
from core.sources.performer.style import Style

NO_ACTION: Final = "no action"
RATE_HZ: Final = 30.0
TAKES: Final = 16  # of each action
REST_TAKES: Final = 40  # of each manner of doing nothing
_REST_S: Final = (3.0, 6.0)
_ACTED_S: Final = (1.0, 3.5)  # so long an action is repeated
FIRST_SEED: Final = 1_000_000  # bodies and styles from here on are for training; tests take lower ones


def with_performer(dataset: Dataset, *, takes: int = TAKES, rest_takes: int = REST_TAKES) -> Dataset:
    """The data set with what the performer acts added to its training part, and "no action" as its last action.

    Actions of the performer that the data set does not have come before that. Raises DataError for a data set of two
    persons, and for one that calls an action of its own "no action".
    """
    if dataset.persons > 1:
        raise DataError(f"{dataset.name} holds two persons; what the performer acts is of one.")
    if NO_ACTION in dataset.actions:
        raise DataError(f"{dataset.name} has an action '{NO_ACTION}' of its own: rename it to add the performer's.")
    acted = [action for action in authored_motions() if action != IDLE]
    actions = (*dataset.actions, *(action for action in acted if action not in dataset.actions), NO_ACTION)
    samples = [
        _sample(performance, action, take, actions=actions)
        for action in acted
        for take, performance in enumerate(acted_takes(action, first_seed=FIRST_SEED, takes=takes))
    ]
    samples += [
        _sample(performance, NO_ACTION, take, actions=actions, name=manner)
        for manner in Manner
        for take, performance in enumerate(resting_takes(manner, first_seed=FIRST_SEED, takes=rest_takes))
    ]
    return replace(
        dataset,
        actions=actions,
        samples=(*dataset.samples, *samples),
        background=NO_ACTION,
        terms=f"{dataset.terms}; and authored motion that comes with Jointlight",
        in_mirror=_in_mirror(dataset, actions),
    )


def _in_mirror(dataset: Dataset, actions: tuple[str, ...]) -> tuple[int, ...]:
    """What was known of the recorded actions; of the others each take has a side of its own already."""
    recorded = dataset.in_mirror
    return (*recorded, *[-1] * (len(actions) - len(recorded))) if recorded else ()


def acted_takes(action: str, *, first_seed: int, takes: int) -> Iterator[Performance]:
    """An action by another body in another style for each seed; every other one by the other side where it has one."""
    motion = authored_motions()[action]
    for seed in range(first_seed, first_seed + takes):
        style = Style.varied(seed)
        if motion.survives_mirror and seed % 2:
            style = replace(style, other_side=True)
        seconds = float(np.random.default_rng([seed, 2]).uniform(*_ACTED_S))
        yield Programme([Act(action=action, seconds=seconds, style=style)], body=Body.varied(seed), seed=seed)


def resting_takes(manner: Manner, *, first_seed: int, takes: int) -> Iterator[Performance]:
    """Nothing, done in that manner, by another body for each seed."""
    for seed in range(first_seed, first_seed + takes):
        seconds = float(np.random.default_rng([seed, 3]).uniform(*_REST_S))
        yield Aimless(manner, seconds=seconds, body=Body.varied(seed), seed=seed)


def _sample(performance: Performance, action: str, take: int, *, actions: tuple[str, ...], name: str = "") -> Sample:
    return Sample(
        name=f"performer {name or action} {take}",
        sequence=performed(performance),
        label=actions.index(action),
        person=FIRST_SEED + take,
        authored=True,
    )


def performed(performance: Performance) -> SkeletonSequence:
    """A performance as a sequence of its true joints at 30 Hz, in room axes."""
    times_s = np.arange(max(2, round(performance.duration_s * RATE_HZ))) / RATE_HZ
    positions = np.stack([performance.joints(time_s) for time_s in times_s.tolist()])  # (T, P, 25, 3)
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=positions,
        confidence=np.ones(positions.shape[:3], dtype=np.float32),
        times_s=times_s,
    )
