"""Checking a library: every inconsistency by file and field, and nothing is changed."""

import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import DataError, SourceError
from core.library.backups import BACKUPS
from core.library.edits import ordered
from core.library.growing import POSES_PART, RESERVE, TIMES
from core.library.journal import JOURNAL, unsaved
from core.library.library import LIBRARY, POSES, RECORDING, RECORDINGS, SEGMENTS, Entry, Library, Problem
from core.library.records import State
from core.skeleton.sequence import load_sequence
from core.sources.video import VideoFile

_SLACK_S = 0.5  # that a segment may go past the end, and joints past the film


def problems_of(library: Library) -> Iterator[Problem]:
    """Everything that does not fit, recording by recording."""
    entries, unreadable = library.entries()
    yield from unreadable
    known = set(library.actions)
    persons = set(library.document.persons)
    by_content: dict[str, str] = {}
    for entry in entries:
        yield from _of_recording(entry, by_content)
        if entry.recording.person not in persons:
            yield _problem(entry, RECORDING, "person", f"'{entry.recording.person}' is not in {LIBRARY}")
        for number, segment in enumerate(entry.segments):
            field = f"segments.{number}"
            if segment.action not in known:
                yield _problem(entry, SEGMENTS, f"{field}.action", f"'{segment.action}' is not in {LIBRARY}")
            if segment.end_s > entry.recording.duration_s + _SLACK_S:
                yield _problem(
                    entry, SEGMENTS, f"{field}.end_s",
                    f"{segment.end_s:.2f} s, but the recording ends at {entry.recording.duration_s:.2f} s",
                )  # fmt: skip


def _of_recording(entry: Entry, by_content: dict[str, str]) -> Iterator[Problem]:
    recording = entry.recording
    if recording.state is State.RECORDING:
        yield _problem(entry, RECORDING, "state", "it was never finished: open the library to repair it")
    if recording.sha256 in by_content:
        yield _problem(entry, RECORDING, "sha256", f"the same as {by_content[recording.sha256]}")
    if recording.sha256:
        by_content[recording.sha256] = entry.name
    yield from _of_joints(entry)
    yield from _of_film(entry)
    if unsaved(entry.folder, saved=ordered(entry.segments)) is not None:
        yield _problem(entry, JOURNAL, "", "it holds labels that were not saved: open the library to bring them back")
    expected = {RECORDING, SEGMENTS, POSES, POSES_PART, RESERVE, TIMES, JOURNAL, BACKUPS, recording.video}
    for place in sorted(os.listdir(entry.folder)):  # noqa: PTH208  # names are all that is asked for
        if place not in expected:
            yield _problem(entry, place, "", "no file of a recording")


def _of_joints(entry: Entry) -> Iterator[Problem]:
    if not entry.poses.exists():
        if entry.segments:
            yield _problem(entry, POSES, "", "there are segments and no joints to learn from: nobody was found")
        return
    try:
        sequence = load_sequence(entry.poses)
    except DataError as error:
        yield _problem(entry, POSES, "", str(error))
        return
    field, absurd = sequence.absurdity()
    if absurd:
        yield _problem(entry, POSES, field, absurd)
    persons = sequence.positions_m.shape[1]
    if persons != entry.recording.persons:
        yield _problem(entry, POSES, "positions", f"{persons} persons, {entry.recording.persons} are expected")
    if float(sequence.times_s[-1]) > entry.recording.duration_s + _SLACK_S:
        yield _problem(entry, POSES, "times_s", "they go past the end of the recording")


def _of_film(entry: Entry) -> Iterator[Problem]:
    film = entry.film
    if film is None:
        return
    if film.is_symlink() or not film.is_file():
        yield _problem(entry, film.name, "", "the film is missing")
        return
    source = VideoFile(film, real_time=False)
    try:
        source.open()
    except SourceError as error:
        yield _problem(entry, film.name, "", str(error))
    finally:
        source.close()


def _problem(entry: Entry, file: str, field: str, text: str) -> Problem:
    return Problem(file=str(Path(RECORDINGS) / entry.name / file), field=field, problem=text)
