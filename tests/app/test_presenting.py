"""The audience's window: it shows what the operator sees, in letters for the last row, and goes when it should."""

import time
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtGui import QFont, QPainter
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.lecture.audience import LEAST_PT, AudienceWindow
from app.lecture.programme import Programme, Step
from app.page_key import PageKey
from app.theme import CONTRAST, DARK, LIGHT, ThemeChoice, apply_theme, colours_for
from app.widgets.compare_panel import NO_ATTENTION
from app.widgets.now import NO_PICTURE, NOTHING_YET
from core.explain.inks import READABLE, contrast
from core.live.results import SessionState
from tests.app.fakes import RUNNING, make_result
from tests.app.lecturing import SHIFT, Room

pytestmark = pytest.mark.gui


def opened(room: Room, qtbot: QtBot) -> AudienceWindow:
    room.window.activateWindow()
    until_active(room.window)
    room.window.setFocus()
    room.key(Qt.Key.Key_F5)
    presenting = room.lecture.presenting
    assert presenting is not None
    audience = presenting.audience
    assert audience is not None
    qtbot.waitExposed(audience)
    assert room.window.is_checked(ActionKey.PRESENT)
    return audience


def until_active(window: QWidget) -> None:
    """Until keys go to it."""
    until_s = time.monotonic() + 10
    while not window.isActiveWindow():
        assert time.monotonic() < until_s
        QCoreApplication.processEvents()


def key_in(audience: AudienceWindow, key: Qt.Key) -> None:
    """A clicker, or a hand on the wrong window, which is the one that keys go to then."""
    audience.activateWindow()
    until_active(audience)
    QTest.keyClick(audience, key)  # type: ignore[call-overload]  # see tests.app.hands


def on_own(room: Room, key: Qt.Key) -> None:
    """On the operator's window."""
    room.window.activateWindow()
    until_active(room.window)
    room.window.setFocus()
    room.key(key)


def test_the_audience_sees_what_the_operator_sees(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    audience, page, control = opened(room, qtbot), room.lecture.page, room.lecture.control
    assert audience.title.text() == "clap"
    control.player.seek(0.4)
    assert audience.video.result is page.video.result
    assert audience.now.text == page.now.text
    assert audience.chart.data is not None
    assert audience.chart.data.explained is control.explained
    assert audience.chart._time_s == pytest.approx(0.4)
    room.key(Qt.Key.Key_C, SHIFT)
    assert audience.video.display.scale.palette is control.view.palette
    assert audience.legend.scale == page.legend.scale
    control.set_stretch((0.2, 0.5))
    assert audience.video.display.chip == "Mean of 0.20 to 0.50 s"
    assert audience.chart._stretch == (0.2, 0.5)
    room.key(Qt.Key.Key_H)
    assert not audience.video.display.has_heat
    control.asking.compare_with(NO_ATTENTION)
    room.wait_for_comparison(NO_ATTENTION)
    assert audience.second.isVisible()
    assert "without attention" in audience.title.text()
    control.asking.leave()
    assert not audience.second.isVisible()
    audience.close()


def test_moving_through_a_clip_does_not_draw_the_audiences_curves_anew(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    audience = opened(room, qtbot)
    audience.grab()
    layer = audience.chart._layer
    assert layer is not None
    for time_s in (0.1, 0.3, 0.6):
        room.lecture.control.player.seek(time_s)
    assert audience.chart._layer is layer
    audience.close()


def test_it_follows_to_the_live_page_and_back(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    audience = opened(room, qtbot)
    room.window.show_page(PageKey.LIVE)
    assert audience.chart.data is None
    qtbot.waitUntil(lambda: audience.video.height() > 0.9 * audience.height())
    room.window.page.show_status(RUNNING)
    room.window.page.show_result(make_result(3, action="clap"))
    room.window.page.video.grab()
    assert audience.video.result is room.window.page.video.result
    assert audience.now.text.headline == "Clap"
    room.window.show_page(PageKey.LECTURE)
    assert audience.chart.data is not None
    assert audience.now.text == room.lecture.page.now.text
    qtbot.waitUntil(lambda: audience.chart.height() > 0.3 * audience.height())
    audience.close()


def test_an_old_picture_does_not_look_like_a_live_one_to_the_audience_either(qtbot: QtBot, room: Room) -> None:
    window = room.enter().window
    page = window.page
    window.show_page(PageKey.LIVE)
    audience = opened(room, qtbot)
    page.show_status(RUNNING)
    page.show_result(make_result(1, action="clap"))
    page.video.grab()
    assert audience.now.text.headline == "Clap"
    on_own(room, Qt.Key.Key_Space)
    assert audience.video.display.chip == "Frozen"
    on_own(room, Qt.Key.Key_Space)
    assert audience.video.display.chip == ""
    page.show_status(replace(RUNNING, state=SessionState.LOST, message="It was unplugged."))
    assert page.stage.is_dimmed
    assert audience.video.display.is_dimmed
    assert audience.now.text == page.now.text == NO_PICTURE
    page.show_status(RUNNING)
    assert audience.now.text.headline == "Clap"
    page.reset()
    assert audience.video.result is None
    assert audience.now.text == NOTHING_YET
    page.show_result(make_result(2, action="wave"))
    window.show_page(PageKey.LABEL)
    assert audience.video.display.is_dimmed, "what goes on before the camera is not seen any more"
    assert audience.now.text == NO_PICTURE
    audience.close()


def test_a_clip_that_is_closed_goes_from_the_audience_too(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    audience = opened(room, qtbot)
    assert audience.video.result is not None
    room.lecture.control.open_clip(None, "")
    assert audience.video.result is None
    audience.close()


def test_esc_on_either_window_and_f5_close_it(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    presenting = room.lecture.presenting
    assert presenting is not None
    for how in (
        lambda audience: key_in(audience, Qt.Key.Key_Escape),
        lambda audience: key_in(audience, Qt.Key.Key_F5),
        lambda _audience: on_own(room, Qt.Key.Key_Escape),
        lambda _audience: on_own(room, Qt.Key.Key_F5),
        lambda audience: audience.close(),
    ):
        how(opened(room, qtbot))
        assert presenting.audience is None
        assert not room.window.is_checked(ActionKey.PRESENT)
    assert room.window.isVisible()


def test_it_goes_with_the_main_window(qtbot: QtBot, room: Room) -> None:
    room.enter()
    opened(room, qtbot)
    room.window.close()
    assert room.lecture.presenting is not None
    assert room.lecture.presenting.audience is None  # and conftest looks for what is left


def test_arrow_keys_step_through_the_programme_before_an_audience(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    folder, control = room.folder, room.lecture.control
    room.lecture._set(
        Programme(steps=tuple(Step(clip=f"{folder}#{room.names[2]}", time_s=time_s) for time_s in (0.2, 0.4, 0.6)))
    )
    audience = opened(room, qtbot)
    for key, place in (
        (Qt.Key.Key_Right, 0),
        (Qt.Key.Key_PageDown, 1),
        (Qt.Key.Key_Down, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_PageUp, 0),
    ):
        key_in(audience, key)
        assert room.lecture.programme.place == place
        assert control.player.time_s == pytest.approx((0.2, 0.4, 0.6)[place])
    for key, place in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 2), (Qt.Key.Key_Up, 1)):
        on_own(room, key)
        assert room.lecture.programme.place == place, "on the operator's window too"
    key_in(audience, Qt.Key.Key_Space)
    assert control.player.playback.is_playing
    key_in(audience, Qt.Key.Key_Space)
    audience.close()
    control.player.seek(0.4)
    on_own(room, Qt.Key.Key_Right)
    assert room.lecture.programme.place == 1
    assert control.player.time_s == pytest.approx(0.4 + 1 / 30, abs=0.01), "without an audience it is a picture again"


def test_all_text_at_1080p_has_twenty_points_and_more(
    qtbot: QtBot, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read off the painters themselves."""
    room.enter().show(room.names[2])
    audience = opened(room, qtbot)
    audience.resize(1920, 1080)
    room.lecture.control.set_stretch((0.2, 0.5))
    used: set[float] = set()
    draw = QPainter.drawText

    def noted(painter: QPainter, *arguments: object) -> object:
        used.add(round(painter.font().pointSizeF(), 1))
        return draw(painter, *arguments)  # type: ignore[call-overload]  # passed on

    with monkeypatch.context() as patch:
        patch.setattr(QPainter, "drawText", noted)
        audience.video.point_out((0, 4))
        audience.chart._redraw()
        audience.grab()
    used.add(round(audience.title.font().pointSizeF(), 1))
    used |= {round(card.heading.font().pointSizeF(), 1) for card in audience._cards}
    assert len(used) > 3
    assert min(used) >= LEAST_PT
    audience.close()


def test_small_windows_fit_and_have_smaller_letters(qtbot: QtBot, room: Room) -> None:
    room.enter().show(room.names[2])
    audience = opened(room, qtbot)
    audience.resize(1920, 1080)
    large = audience.title.font().pointSizeF()
    audience.resize(1280, 720)
    assert (audience.width(), audience.height()) == (1280, 720)
    assert audience.title.font().pointSizeF() == pytest.approx(large * 720 / 1080, rel=0.02)
    audience.show_title("a very long name of a recording " * 10)
    assert "…" in audience.title.text()
    assert audience.minimumSizeHint().width() < 1280
    audience.close()


@pytest.mark.parametrize("colours", [DARK, LIGHT, CONTRAST], ids=["dark", "light", "contrast"])
def test_text_is_read_in_every_theme(colours: object) -> None:
    assert colours in (DARK, LIGHT, CONTRAST)
    chosen = next(one for one in (DARK, LIGHT, CONTRAST) if one is colours)
    for ink in (chosen.text, chosen.muted):
        for ground in (chosen.window, chosen.card):
            assert contrast(ink, ground) >= READABLE
    assert contrast(chosen.on_accent, chosen.accent) >= READABLE
    if chosen is CONTRAST:  # WCAG 2.2, AAA
        assert min(contrast(ink, chosen.card) for ink in (chosen.text, chosen.muted, chosen.accent)) >= 7
        assert min(contrast(ink, chosen.card) for ink in chosen.series) >= 7


def test_the_theme_of_high_contrast_is_known_by_its_palette(qapp: QApplication) -> None:
    for choice, colours in ((ThemeChoice.CONTRAST, CONTRAST), (ThemeChoice.DARK, DARK), (ThemeChoice.LIGHT, LIGHT)):
        apply_theme(qapp, choice)
        assert colours_for(qapp.palette()) is colours


def test_nobody_has_to_look_at_an_empty_chart(qtbot: QtBot, room: Room) -> None:
    room.enter()
    audience = opened(room, qtbot)
    assert not audience.chart.isVisible()
    assert audience.now.text == NOTHING_YET
    room.show(room.names[2])
    assert audience.chart.isVisible()
    assert np.isfinite(audience.chart.axis.duration_s)
    assert QFont(audience.now.font()).pointSizeF() > 8
    audience.close()
