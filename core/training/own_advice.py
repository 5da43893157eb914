"""What to say to somebody who has trained on own recordings: what the test can tell, and what to record next.

Rules of thumb, as pure functions of counts and figures; each result is a sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import SplitBy
from core.datasets.from_library import LibraryClips
from core.training.own_report import LearningPoint

FEW_TAKES: Final = 5
_FEW_TESTS: Final = 3  # clips of an action, by which its F1 says little
_KNOWN: Final = 0.95  # F1 or accuracy at which nothing more is asked for
_RISE: Final = 0.1  # of an F1 that says something, if more than one clip is behind it
_RISE_OF_ALL: Final = 0.03  # of the accuracy
_MIXED_UP: Final = 0.25  # share of an action's clips that are taken for one other
_MOST_NAMED: Final = 5
_MOST_ADVISED: Final = 10  # actions, the worst ones


# --- what the test can tell ---


def warnings_of(clips: LibraryClips, split: str) -> tuple[str, ...]:
    """What is to be known about the clips, and about a test by that split."""
    return (
        *_about_the_split(clips, split),
        *_about_takes(clips, split),
        *_about_persons(clips),
        *_about_what_is_left_out(clips.dataset.skipped),
    )


def _about_the_split(clips: LibraryClips, split: str) -> list[str]:
    chosen = clips.dataset.split_named(split)
    if chosen.by is SplitBy.PERSON:
        return []
    if len(clips.persons) == 1:
        return [
            f"All clips are of one person, so the test is by takes ({chosen.text}): it says how well that person is "
            "known again, and nothing about others. Record two or more persons to learn that."
        ]
    return [
        f"The test is by takes ({chosen.text}), since whoever is left out, some action has no clip to learn from: it "
        "says nothing about persons who were not recorded. Let two or more persons do every action."
    ]


def _about_takes(clips: LibraryClips, split: str) -> list[str]:
    dataset = clips.dataset
    chosen = dataset.split_named(split)
    counts = [sum(sample.label == label for sample in dataset.samples) for label in range(len(dataset.actions))]
    tested = {sample.label for sample in dataset.samples if not chosen.trains(sample)}
    said = [f"No clip yet, so not learnt: {_listed(clips.unused)}."] if clips.unused else []
    untested = [action for label, action in enumerate(dataset.actions) if label not in tested]
    if untested:
        said.append(
            f"Learnt and not tested, as no clip is left for that: {_listed(untested)}. How well these are named is not "
            "known; record more takes of them, by more persons."
        )
    few = [f"{action} ({count})" for action, count in zip(dataset.actions, counts, strict=True) if count < FEW_TAKES]
    if few:
        said.append(f"Few takes, record more of them: {_listed(few)}.")
    return said


def _about_persons(clips: LibraryClips) -> list[str]:
    """Who did not do every action, where there are several persons."""
    actions = clips.dataset.actions
    done: dict[str, set[str]] = {person: set() for person in clips.persons}
    for place in clips.places:
        done[place.person].add(place.segment.action)
    lacking = [
        f"{person} (not {_listed([action for action in actions if action not in did])})"
        for person, did in done.items()
        if len(did) < len(actions)
    ]
    return [f"Not everybody did every action: {_listed(lacking)}."] if len(done) > 1 and lacking else []


def _about_what_is_left_out(skipped: Sequence[str]) -> list[str]:
    more = [f"Left out as well: {len(skipped) - _MOST_NAMED} more."] if len(skipped) > _MOST_NAMED else []
    return [*(f"Left out: {reason.rstrip('.')}." for reason in skipped[:_MOST_NAMED]), *more]


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


# --- what to record next ---


def advice_of(
    actions: Sequence[str], confusion: NDArray[np.int64], learning_curve: Sequence[LearningPoint]
) -> tuple[str, ...]:
    """What would help most, from what was mixed up (A, A) and from what more takes have brought so far."""
    tested = dict(zip(actions, confusion.sum(axis=1).tolist(), strict=True))
    return (*_from_the_curve(learning_curve, tested), *_from_what_is_mixed_up(actions, confusion))


def _from_the_curve(points: Sequence[LearningPoint], tested: Mapping[str, int]) -> list[str]:
    if len(points) < 2:
        return []
    before, after = points[-2:]
    sentences = [_of_all(before, after)]
    worst_first = sorted(after.f1, key=lambda action: (after.f1[action], action))
    enough = [action for action in worst_first if tested[action] >= _FEW_TESTS]
    for action in enough[:_MOST_ADVISED]:
        sentences += _of_one(action, before, after, tested=tested[action])
    few = [f"{action} ({tested[action]})" for action in worst_first if tested[action] < _FEW_TESTS]
    if few:
        sentences.append(f"Tested on so few clips that their F1 says little, record more of them: {_listed(few)}.")
    return sentences


def _of_all(before: LearningPoint, after: LearningPoint) -> str:
    when = _when(before.clips, after.clips, what="clips")
    rose = f"Accuracy went from {_per_cent(before.accuracy, after.accuracy)} {when}"
    if after.accuracy - before.accuracy >= _RISE_OF_ALL:
        return f"{rose}: more takes are likely to help."
    if after.accuracy >= _KNOWN:
        return f"{rose}: these takes are enough."
    return f"{rose}: more takes like these hardly help; other persons, places and manners may."


def _of_one(action: str, before: LearningPoint, after: LearningPoint, *, tested: int) -> list[str]:
    first, last = before.f1.get(action, 0.0), after.f1[action]
    if last >= _KNOWN or before.takes.get(action, 0) == after.takes[action]:
        return []
    when = _when(before.takes.get(action, 0), after.takes[action], what="takes")
    if last - first >= _RISE and (last - first) * tested > 1:
        return [f"'{action}': F1 rose from {_per_cent(first, last)} {when}: record more."]
    return [f"'{action}': F1 went from {_per_cent(first, last)} {when}: more takes like these hardly help."]


def _when(before: int, after: int, *, what: str) -> str:
    return f"when {what} {'doubled' if after == 2 * before else 'grew'} from {before} to {after}"


def _per_cent(*shares: float) -> str:
    return f"{' to '.join(f'{100 * share:.0f}' for share in shares)} %"


def _from_what_is_mixed_up(actions: Sequence[str], confusion: NDArray[np.int64]) -> list[str]:
    """The pairs of actions that are taken for each other most often, at least two clips of each."""
    found = []
    for true, row in enumerate(confusion.tolist()):
        for said, count in enumerate(row):
            if said != true and count >= 2 and count >= _MIXED_UP * sum(row):
                found.append((-count, true, said, sum(row)))
    return [
        f"'{actions[true]}' is taken for '{actions[said]}' in {-count} of {total} clips: look at those, and record "
        "takes in which the two differ more."
        for count, true, said, total in sorted(found)[:_MOST_NAMED]
    ]
