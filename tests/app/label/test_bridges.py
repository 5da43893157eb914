"""The threads behind the label page: a film that is sought in, and tasks that are done one after the other."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bridges.film import FilmBridge, Seek
from app.bridges.tasks import Tasks
from core.errors import DataError, SourceError
from core.sources.seeking import SeekableFilm, Shot
from tests.app.label.recordings import number_of


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[FilmBridge]:
    bridge = FilmBridge()
    yield bridge
    assert bridge.close(20)


def number(bridge: FilmBridge) -> int:
    shot = bridge.latest()
    return -1 if shot is None else number_of(shot.picture_bgr)


def test_the_newest_wish_wins(qtbot: QtBot, bridge: FilmBridge, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release, asked = threading.Event(), list[float]()
    at = SeekableFilm.at

    def slow(seekable: SeekableFilm, time_s: float, *, is_rough: bool = False) -> Shot:
        asked.append(time_s)
        assert release.wait(20)
        return at(seekable, time_s, is_rough=is_rough)

    monkeypatch.setattr(SeekableFilm, "at", slow)
    bridge.open(film)
    qtbot.waitUntil(lambda: asked == [0.0])
    for time_s in (1.01, 2.01, 3.01):
        last = bridge.want(time_s)
    release.set()
    qtbot.waitUntil(lambda: number(bridge) == 90)
    assert asked == [0.0, 3.01]
    assert bridge.answered == last


def test_pictures_that_nobody_fetched_do_not_queue_up(qtbot: QtBot, bridge: FilmBridge, film: Path) -> None:
    shown: list[int] = []
    bridge.shown.connect(lambda: shown.append(number(bridge)))
    bridge.open(film)
    done = 0.0
    for time_s in (1.01, 2.01, 3.01, 4.01):  # the window is busy meanwhile
        bridge.want(time_s)
        while done != time_s:
            with bridge._condition:
                coming = bridge._coming
            done = 0.0 if coming is None else coming.wish.time_s
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [120]


def test_a_rough_answer_becomes_the_very_picture_where_nothing_else_is_wished(
    qtbot: QtBot, bridge: FilmBridge, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.seeking._ROUGH_S", 0.0)
    bridge.open(film)
    qtbot.waitUntil(lambda: number(bridge) == 0)
    rough: list[bool] = []
    bridge.shown.connect(lambda: rough.append((shot := bridge.latest()) is not None and shot.is_rough))
    bridge.want(5.51, is_rough=True)
    qtbot.waitUntil(lambda: number(bridge) == 165)
    assert rough == [True, False]


def test_steps_say_which_wish_they_answer(qtbot: QtBot, bridge: FilmBridge, film: Path) -> None:
    bridge.open(film)
    qtbot.waitUntil(lambda: number(bridge) == 0)
    for seek, expected in ((Seek.AFTER, 31), (Seek.BEFORE, 29), (Seek.AT, 30)):
        wish = bridge.want(1.01, seek=seek)
        qtbot.waitUntil(lambda wish=wish: bridge.answered == wish)  # type: ignore[misc]
        assert number(bridge) == expected


def test_a_film_is_let_go_so_that_it_can_be_moved(
    qtbot: QtBot, bridge: FilmBridge, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[SeekableFilm] = []
    close = SeekableFilm.close

    def note(seekable: SeekableFilm) -> None:
        closed.append(seekable)
        close(seekable)

    monkeypatch.setattr(SeekableFilm, "close", note)
    assert bridge.wait_until_free(0.0)  # nothing was opened
    bridge.open(film)
    qtbot.waitUntil(lambda: number(bridge) == 0)
    assert not bridge.wait_until_free(0.0)
    bridge.open(None)
    assert bridge.wait_until_free(20)
    assert len(closed) == 1
    assert bridge.latest() is None
    bridge.want(1.0)  # there is none to be wished from
    bridge.open(film)
    qtbot.waitUntil(lambda: number(bridge) == 0)


def test_what_cannot_be_opened_fails_once_and_the_next_film_is_shown(
    qtbot: QtBot, bridge: FilmBridge, film: Path, tmp_path: Path
) -> None:
    failed: list[object] = []
    bridge.failed.connect(failed.append)
    bridge.open(tmp_path / "gone.mkv")
    qtbot.waitUntil(lambda: len(failed) == 1)
    for time_s in range(5):
        bridge.want(float(time_s))
    bridge.open(film)
    qtbot.waitUntil(lambda: number(bridge) == 0)
    assert len(failed) == 1
    assert isinstance(failed[0], SourceError)


def test_a_bug_while_reading_is_told_and_does_not_end_the_thread(
    qtbot: QtBot, bridge: FilmBridge, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[object] = []
    bridge.failed.connect(failed.append)
    bridge.open(film)
    qtbot.waitUntil(lambda: number(bridge) == 0)

    def breaks(*_: object, **__: object) -> Shot:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(SeekableFilm, "at", breaks)
        bridge.want(1.0)
        qtbot.waitUntil(lambda: len(failed) == 1)
    bridge.want(2.01)
    qtbot.waitUntil(lambda: number(bridge) == 60)


# Tasks


def test_tasks_are_done_in_order_and_none_is_lost(qtbot: QtBot) -> None:
    tasks, outcomes = Tasks("test"), list[object]()
    tasks.done.connect(outcomes.append)
    tasks.failed.connect(outcomes.append)
    error = DataError("This does not fit.")

    def fails() -> object:
        raise error

    for work in (lambda: 1, fails, lambda: 3):
        tasks.add(work)
    assert tasks.is_busy
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert outcomes == [1, error, 3]
    assert tasks.close(20)


def test_closing_waits_for_what_was_added_but_not_for_ever(qtbot: QtBot) -> None:
    tasks, release, done = Tasks("test"), threading.Event(), list[int]()
    tasks.add(lambda: release.wait(20))
    tasks.add(lambda: done.append(1))
    assert not tasks.close(0.01)
    release.set()
    assert tasks.close(20)
    assert done == [1]


def test_nothing_to_close(qtbot: QtBot) -> None:
    assert Tasks("test").close(0.0)
