"""Heat: linear, fixed in range, the same for colour and radius, and honest about what is above it or not seen."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explain.heat import (
    NOT_SEEN_RGB,
    TIMES_UNIFORM,
    HeatScale,
    Palette,
    heat_colours_rgb,
    heat_gradient_rgb,
    heat_radii,
    palette_rgb,
    scale_of,
)


def lightness(colours_rgb: np.ndarray) -> np.ndarray:
    """Relative luminance (ITU-R BT.709) of (..., 3) RGB bytes."""
    linear = (colours_rgb / 255.0) ** 2.2
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def test_the_scale_is_linear_and_clipped() -> None:
    fraction = TIMES_UNIFORM.fraction(np.array([-1.0, 0.0, 1.0, 2.0, 4.0, 25.0, np.nan]))
    np.testing.assert_allclose(fraction, [0, 0, 0.25, 0.5, 1, 1, np.nan])


@pytest.mark.parametrize("palette", list(Palette))
def test_colours_grow_lighter_with_attention(palette: Palette) -> None:
    scale = replace(TIMES_UNIFORM, palette=palette)
    shades = lightness(heat_colours_rgb(np.linspace(0, 4, 50), scale))
    assert (np.diff(shades) > 0).all()
    np.testing.assert_array_equal(heat_gradient_rgb(256, palette), palette_rgb(palette))


@pytest.mark.parametrize(("most", "high"), [(0.3, 2), (1.9, 2), (2.0, 2), (2.1, 5), (5.5, 10), (21, 50)])
def test_a_range_on_request_holds_everything_and_is_named(most: float, high: float) -> None:
    scale = scale_of(np.array([0.1, most, np.nan]), of="this clip")
    assert scale.high == high
    assert scale.ticks[0] == 0
    assert scale.ticks[-1] == high
    assert scale.note == "range of this clip"
    assert TIMES_UNIFORM.note == ""


def test_what_is_above_the_range_looks_like_its_end_and_is_labelled_so() -> None:
    assert (heat_colours_rgb(np.array([4.0])) == heat_colours_rgb(np.array([25.0]))).all()
    assert [TIMES_UNIFORM.label(tick) for tick in TIMES_UNIFORM.ticks] == ["0", "1", "2", "3", "≥4"]


def test_a_joint_that_is_not_seen_is_grey_and_small() -> None:
    heat = np.array([np.nan, 0.0])
    assert tuple(heat_colours_rgb(heat)[0]) == NOT_SEEN_RGB
    assert heat_radii(heat, largest=10)[0] == heat_radii(heat, largest=10)[1]


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.5, 50))
def test_more_attention_is_never_smaller(first: float, second: float, largest: float) -> None:
    small, large = heat_radii(np.sort(np.array([first, second])), largest=largest)
    assert 0 < small <= large <= largest


def test_equal_steps_of_attention_are_equal_steps_of_radius() -> None:
    steps = np.diff(heat_radii(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), largest=8.0))
    np.testing.assert_allclose(steps, steps[0])


def test_the_legend_shows_the_colours_of_the_joints() -> None:
    gradient_rgb = heat_gradient_rgb(5)
    np.testing.assert_array_equal(gradient_rgb, heat_colours_rgb(np.linspace(0, 4, 5)))


def test_any_shape_is_kept_and_the_table_stays_as_it_is() -> None:
    heat = np.full((2, 3), np.nan)
    assert heat_colours_rgb(heat).shape == (2, 3, 3)
    assert (heat_colours_rgb(np.zeros(1)) != NOT_SEEN_RGB).any()


@pytest.mark.parametrize(("value", "fraction"), [(1.0, 0.0), (2.0, 0.5), (9.0, 1.0)])
def test_a_scale_need_not_start_at_zero(value: float, fraction: float) -> None:
    scale = HeatScale(low=1.0, high=3.0, unit="s", ticks=(1.0, 3.0))
    assert float(scale.fraction(np.array([value]))[0]) == fraction
