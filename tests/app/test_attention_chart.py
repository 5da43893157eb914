"""The chart: what is drawn are the network's own numbers, and everything lies on one time axis."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.theme import colours_for
from app.widgets.attention_chart import AttentionChart
from app.widgets.chart_data import ChartData
from app.widgets.chart_painter import ChartPlan, thinned
from app.widgets.chart_rows import leaders, matrix_rows, mean_heat
from app.widgets.history import round_up
from core.explain.explained import Explained, explain_clip
from core.explain.heat import TIMES_UNIFORM, Palette, heat_colours_rgb, scale_of
from core.model.sta_lstm import Variant
from tests.app.hands import point_at, wheel
from tests.app.lecturing import ALT, drag, pixels_rgb
from tests.explaining import joined, moving, small_model


@pytest.fixture(scope="module")
def clip() -> Explained:
    """Two stretches with a gap between them."""
    return explain_clip(small_model(), joined(moving(30), moving(24, seed=2), gap_s=2.5))


def shown(qtbot: QtBot, explained: Explained, *, size_px: tuple[int, int] = (900, 480), **more: Any) -> AttentionChart:
    chart = AttentionChart()
    qtbot.addWidget(chart)
    chart.resize(*size_px)
    chart.show_data(ChartData(explained=explained, **more), duration_s=float(explained.clip.times_s[-1]) + 0.1)
    with qtbot.waitExposed(chart):
        chart.show()
    return chart


def plan_of(chart: AttentionChart, explained: Explained) -> ChartPlan:
    return ChartPlan.of(chart.width(), chart.height(), rows=len(matrix_rows(explained)), text_factor=1.0)


@pytest.mark.parametrize("palette", Palette)
def test_each_cell_of_the_matrix_has_the_colour_of_its_number(qtbot: QtBot, clip: Explained, palette: Palette) -> None:
    scale = scale_of(clip.heat, of="this clip", palette=palette)
    chart = shown(qtbot, clip, scale=scale)
    chart.show_stretch((0.2, 0.6))  # a brush must not change what a colour means
    image = pixels_rgb(chart.grab().toImage())
    plan, checked = plan_of(chart, clip), 0
    for frame in range(2, len(clip) - 1):
        time_s = (clip.clip.times_s[frame] + clip.clip.times_s[min(frame + 1, len(clip) - 1)]) / 2
        if clip.frame_at(float(time_s)) != frame:
            continue
        x = int(chart.axis.to_px(float(time_s)))
        if min(abs(x - chart.axis.to_px(edge_s)) for edge_s in (0.0, 0.2, 0.6)) < 3:
            continue
        for place, row in enumerate(matrix_rows(clip)):
            y = int(plan.matrix[0] + (place + 0.6) * plan.row_px)
            wanted = heat_colours_rgb(clip.heat[frame, row.place : row.place + 1], scale)[0]
            assert image[y, x].tolist() == wanted.tolist(), (frame, row.name)
            checked += 1
    assert checked > 400


def test_with_a_range_of_each_frame_the_highest_joint_of_each_is_as_bright(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip, scale=TIMES_UNIFORM, is_of_each_frame=True)
    image, plan = pixels_rgb(chart.grab().toImage()), plan_of(chart, clip)
    frame = 10
    x = int(chart.axis.to_px(float(clip.clip.times_s[frame]) + 0.02))
    own = scale_of(clip.heat[frame], of="this frame")
    for place, row in enumerate(matrix_rows(clip)):
        y = int(plan.matrix[0] + (place + 0.6) * plan.row_px)
        wanted = heat_colours_rgb(clip.heat[frame, row.place : row.place + 1], own)[0].astype(int)
        assert np.abs(image[y, x].astype(int) - wanted).max() <= 3  # one step of 256 colours


def test_a_gap_is_empty(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    image, plan = pixels_rgb(chart.grab().toImage()), plan_of(chart, clip)
    first, second = clip.clip.stretches()
    middle_s = float(clip.clip.times_s[first.stop - 1] + clip.clip.times_s[second.start]) / 2
    assert clip.frame_at(middle_s) is None
    raised = QColor(colours_for(chart.palette()).raised)
    pixel = image[int(plan.matrix[0] + 0.6 * plan.row_px), int(chart.axis.to_px(middle_s))]
    assert pixel.tolist() == [raised.red(), raised.green(), raised.blue()]
    assert "nobody was seen" in chart.words_at(middle_s)


def curve_heights(image: Any, colour: str, x: int, top: float, bottom: float) -> list[int]:
    """Rows in which a column holds (about) a colour."""
    wanted = np.array([QColor(colour).red(), QColor(colour).green(), QColor(colour).blue()])
    column = image[int(top) - 1 : int(bottom) + 2, x].astype(int)
    return [int(top) - 1 + int(y) for y in np.flatnonzero(np.abs(column - wanted).max(axis=1) < 40)]


def test_curves_go_through_the_networks_numbers(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip, size_px=(900, 640))
    image, plan, colours = pixels_rgb(chart.grab().toImage()), plan_of(chart, clip), colours_for(chart.palette())
    top, bottom = plan.scores
    best = leaders(clip, 4)[0]
    frames = [frame for frame in range(3, len(clip) - 1) if frame not in clip.clip.starts]
    shares = clip.probabilities[:, best], clip.beta / round_up(float(clip.beta.max()))
    parts = zip((plan.scores, plan.beta), (colours.series[0], colours.accent), shares, strict=True)
    for (top, bottom), colour, share in parts:
        found = 0
        for frame in frames:
            x = round(chart.axis.to_px(float(clip.clip.times_s[frame])))
            heights = curve_heights(image, colour, x, top, bottom)
            if heights:  # another curve may lie over it, and where it is steep its colour is mixed
                y = bottom - float(share[frame]) * (bottom - top)
                assert min(abs(height - y) for height in heights) <= 4
                found += 1
        assert found > len(frames) / 2


def test_rows_are_grouped_by_limb_and_named_for_each_person() -> None:
    one = matrix_rows(explain_clip(small_model(), moving(20)))
    assert sorted(row.place for row in one) == list(range(21))
    limbs = [row.limb for row in one if row.is_first]
    assert limbs == ["head, trunk", "left arm", "right arm", "left leg", "right leg"]
    assert [row.limb for row in one] == [limb for limb in limbs for row in one if row.limb == limb]
    two = matrix_rows(explain_clip(small_model(persons=2), moving(20, persons=2)))
    assert sorted(row.place for row in two) == list(range(42))
    assert {row.limb.split()[0] for row in two} == {"1", "2"}
    assert two[-1].person == 1
    assert two[-1].name.startswith("2 ")


def test_the_pointer_points_out_a_joint_and_says_its_numbers(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    plan, rows = plan_of(chart, clip), matrix_rows(clip)
    pointed: list[object] = []
    chart.pointed.connect(pointed.append)
    time_s = float(clip.clip.times_s[8]) + 0.01
    point_at(chart, chart.axis.to_px(time_s), plan.matrix[0] + 4.5 * plan.row_px)
    assert pointed == [(rows[4].person, rows[4].joint)]
    words = chart.words_at(time_s, rows[4])
    assert f"{clip.heat[8, rows[4].place]:.2f} × uniform" in words
    assert f"β {clip.beta[8]:.2f}" in words
    assert clip.actions[int(clip.probabilities[8].argmax())] in words
    chart.grab()


def test_dragging_goes_through_the_clip_and_with_shift_chooses_a_stretch(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    sought: list[tuple[float, bool]] = []
    brushed: list[tuple[float, float] | None] = []
    chart.sought.connect(lambda time_s, is_final: sought.append((time_s, is_final)))
    chart.brushed.connect(brushed.append)
    left, right = chart.axis.to_px(0.2), chart.axis.to_px(0.6)
    drag(chart, (left, 40), (right, 40))
    assert [is_final for _, is_final in sought][-2:] == [False, True]
    assert sought[-1][0] == pytest.approx(0.6, abs=0.01)
    assert brushed == []
    drag(chart, (right, 40), (left, 40), has_shift=True)
    assert brushed[-1] == pytest.approx((0.2, 0.6), abs=0.01)
    drag(chart, (left, 40), (left + 1, 40), has_shift=True)
    assert brushed[-1] is None, "a click takes the stretch back"


def test_keys_go_through_the_joints_and_move_them(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    rows = matrix_rows(clip)
    pointed: list[object] = []
    nudged: list[object] = []
    chart.pointed.connect(pointed.append)
    chart.nudged.connect(lambda joint, by_m: nudged.append((joint, by_m)))
    chart.setFocus()
    for key, modifier in (
        (Qt.Key.Key_Down, None),
        (Qt.Key.Key_Down, None),
        (Qt.Key.Key_Up, None),
        (Qt.Key.Key_Up, ALT),
    ):
        QTest.keyClick(chart, key, modifier or Qt.KeyboardModifier.NoModifier)  # type: ignore[call-overload]
    first, second = ((row.person, row.joint) for row in rows[:2])
    assert pointed == [first, second, first]
    assert nudged == [(first, (0.0, 0.05))]
    assert rows[0].name in chart.accessibleDescription()
    chart.grab()


def test_the_wheel_zooms_about_the_pointer(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    before, place = chart.axis, QPointF(500, 100)
    time_s = before.to_s(place.x())
    wheel(chart, place, 120)
    notch_s = chart.axis.span_s
    assert notch_s < before.span_s
    assert chart.axis.to_s(place.x()) == pytest.approx(time_s)
    wheel(chart, place, 0)  # as touch pads send them when the fingers rest
    assert chart.axis.span_s == notch_s
    wheel(chart, place, -120)
    assert chart.axis.span_s == pytest.approx(before.span_s)
    for _ in range(8):
        wheel(chart, place, 15)
    assert chart.axis.span_s == pytest.approx(notch_s), "eight small turns are one notch"
    wheel(chart, place, 0, across=-120)
    assert chart.axis.span_s == pytest.approx(notch_s)
    assert chart.axis.to_s(place.x()) > time_s


def test_it_zooms_about_the_play_head_where_that_is_seen(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    before = chart.axis
    chart.show_time(0.8, follows=False)
    chart.zoom(0.5)
    assert chart.axis.span_s == pytest.approx(before.span_s / 2)
    assert chart.axis.to_px(0.8) == pytest.approx(before.to_px(0.8))
    chart.show_range(2.0, 3.0)
    chart.zoom(0.8)
    assert (chart.axis.start_s, chart.axis.end_s) == pytest.approx((2.1, 2.9)), "about the middle where it is not"
    chart.show_range(0.5, 1.1)
    assert (chart.axis.start_s, chart.axis.end_s) == pytest.approx((0.5, 1.1))
    chart.fit()
    assert chart.axis == before


def test_the_same_data_again_costs_nothing(qtbot: QtBot, clip: Explained) -> None:
    chart = shown(qtbot, clip)
    chart.grab()
    layer = chart._layer  # nobody outside sees it; drawing it is what takes long
    assert layer is not None
    chart.show_data(ChartData(explained=clip), duration_s=chart.axis.duration_s)
    assert chart._layer is layer
    chart.show_data(ChartData(explained=clip, is_of_each_frame=True), duration_s=chart.axis.duration_s)
    assert chart._layer is None


def test_without_data_it_says_why(qtbot: QtBot) -> None:
    chart = AttentionChart()
    qtbot.addWidget(chart)
    chart.resize(400, 240)
    empty = pixels_rgb(chart.grab().toImage())
    chart.show_text("Nobody is in this clip")
    assert not np.array_equal(pixels_rgb(chart.grab().toImage()), empty)
    assert chart.accessibleDescription() == "Nobody is in this clip"


@pytest.mark.parametrize("variant", [Variant.LSTM, Variant.TA])
def test_a_network_without_a_joint_gate_says_so_over_the_matrix(qtbot: QtBot, variant: Variant) -> None:
    plain, gated = (explain_clip(small_model(one), moving(40)) for one in (variant, Variant.STA))
    assert not plain.weighs_joints
    uniform = replace(gated, alpha=plain.alpha, beta=plain.beta, logits=plain.logits)
    with_words = pixels_rgb(shown(qtbot, plain).grab().toImage())
    without_words = pixels_rgb(shown(qtbot, uniform).grab().toImage())
    assert not np.array_equal(with_words, without_words)


def test_a_mean_over_a_stretch_is_the_mean_of_alpha(clip: Explained) -> None:
    inside = (clip.clip.times_s >= 0.2) & (clip.clip.times_s <= 0.7)
    mean = mean_heat(clip, 0.2, 0.7)
    assert mean is not None
    np.testing.assert_allclose(mean, clip.alpha[inside].mean(axis=0) * 21, rtol=1e-5)
    assert mean_heat(clip, 100.0, 200.0) is None


def test_a_thinned_curve_keeps_its_peaks() -> None:
    values = np.zeros(100_000)
    values[[4, 51_234, 99_998]] = 1.0, -3.0, 2.0
    kept = thinned(values, np.arange(100_000), most=800)
    assert len(kept) <= 900
    assert {0, 4, 51_234, 99_998, 99_999} <= set(kept.tolist())
    assert np.all(np.diff(kept) > 0)
    few = np.arange(5)
    assert thinned(values, few, most=800) is few
