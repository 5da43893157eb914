"""Pictures of an evaluation: names never overlap, numbers are where they belong, what is missing is said in words."""

import io
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from core.skeleton.limbs import LIMBS, WORDS, in_words
from core.training.attention_picture import attention_figure
from core.training.metrics import reliability
from core.training.pictures import confusion_figure, early_recognition_figure, png, reliability_figure


def names(count: int) -> list[str]:
    return [
        f"action {place} of ${count}$ that has a rather long name"[: 12 + 3 * (place % 12)] for place in range(count)
    ]


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))


def overlaps(figure: Figure, labels: Sequence[Text]) -> list[str]:
    """Names that overlap the name before them."""
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]  # matplotlib has no types for it
    boxes = [(label.get_text(), label.get_window_extent(renderer)) for label in labels if label.get_text()]
    return [
        second
        for (_, before), (second, box) in itertools.pairwise(boxes)
        if min(before.x1, box.x1) - max(before.x0, box.x0) > 0.5
        and min(before.y1, box.y1) - max(before.y0, box.y0) > 0.5
    ]


def body_heats(axes: Axes) -> list[np.ndarray]:
    return [np.asarray(dots.get_facecolor()) for dots in axes.collections if isinstance(dots, PathCollection)]


@pytest.mark.parametrize("count", [2, 8, 27, 60, 120])
def test_names_of_a_confusion_matrix_never_overlap(count: int) -> None:
    confusion = np.diag(np.full(count, 276))
    figure = confusion_figure(confusion, names(count), title="some")
    axes = figure.axes[0]
    assert overlaps(figure, axes.get_xticklabels()) == []
    assert overlaps(figure, axes.get_yticklabels()) == []
    assert overlaps(figure, axes.texts) == []


def test_a_confusion_matrix_shows_counts_and_colours_by_row() -> None:
    confusion = np.array([[3, 1, 0], [0, 40, 0], [0, 0, 0]])
    figure = confusion_figure(confusion, ["a", "b", "never"], title="some")
    axes = figure.axes[0]
    assert {(int(text.get_position()[0]), int(text.get_position()[1])): text.get_text() for text in axes.texts} == {
        (0, 0): "3", (1, 0): "1", (1, 1): "40",
    }  # fmt: skip
    shares: NDArray[np.float64] = np.ma.filled(np.ma.asarray(axes.images[0].get_array()), np.nan)
    np.testing.assert_allclose(shares, np.array([[0.75, 0.25, 0], [0, 1, 0], [np.nan, np.nan, np.nan]]))
    assert "never (0)" in texts(figure)


@pytest.mark.parametrize(("count", "persons"), [(8, 2), (27, 1), (60, 2)])
def test_names_of_an_attention_matrix_never_overlap(count: int, persons: int) -> None:
    attention = np.random.default_rng(0).uniform(0, 3, (count, 25 * persons))
    figure = attention_figure(attention, names(count), joints=range(25), title="some")
    matrices = [axes for axes in figure.axes if axes.images]
    assert len(matrices) == len(LIMBS) * persons
    for axes in matrices:
        assert overlaps(figure, axes.get_xticklabels()) == []
        assert overlaps(figure, axes.get_yticklabels()) == []
    titles = [axes.title for axes in figure.axes if not axes.images and axes.collections and axes.get_title()]
    assert len(titles) == count
    assert overlaps(figure, titles) == []


def test_every_joint_has_the_same_colour_in_the_matrix_and_on_the_body() -> None:
    joints = (4, 0, 7, 19)  # in no order
    attention = np.array([[0.2, 0.6, 2.2, 1.0, 0.1, 0.5, 0.9, 1.7]])  # two persons
    figure = attention_figure(attention, ["wave"], joints=joints, title="some")
    cells = [
        np.asarray(cell) for axes in figure.axes for image in axes.images for cell in np.asarray(image.get_array())[0]
    ]
    body = next(axes for axes in figure.axes if axes.get_title() == "wave")
    dots = [colour for colours in body_heats(body) for colour in colours]
    assert len(cells) == len(dots) == 8

    def as_set(colours: Sequence[np.ndarray]) -> set[tuple[int, ...]]:
        return {tuple(round(255 * float(channel)) for channel in colour) for colour in colours}

    assert as_set(cells) == as_set(dots)
    assert len(as_set(cells)) == 8
    assert "person 2" in texts(figure)
    hand = next(axes for axes in figure.axes if axes.get_title() == "left\narm")
    assert [label.get_text() for label in hand.get_xticklabels()] == ["shoulder", "hand"]


def test_what_there_is_not_is_said_in_words() -> None:
    attention = np.ones((2, 3))
    assert "no joint gate" in texts(attention_figure(attention, "ab", joints=(0, 1, 2), title="some", weighs=False))
    attention[1] = np.nan
    assert "b (no clips)" in texts(attention_figure(attention, "ab", joints=(0, 1, 2), title="some"))
    attention_figure(np.full((2, 3), np.nan), "ab", joints=(0, 1, 2), title="some")


def test_curves_say_their_numbers_and_become_png_files() -> None:
    curve = early_recognition_figure([0.1 * tenths for tenths in range(1, 11)], classes=4, title="some $1")
    assert "guessing\namong 4" in texts(curve)
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(4), size=50)
    before = reliability(probabilities, random.integers(4, size=50))
    after = reliability(probabilities**2 / (probabilities**2).sum(axis=1, keepdims=True), random.integers(4, size=50))
    diagram = reliability_figure(before, calibrated=after, title="some")
    assert f"ECE {100 * before.ece:.1f} %" in texts(diagram)
    assert f"ECE {100 * after.ece:.1f} %" in texts(diagram)
    assert "fitted" not in texts(reliability_figure(before, title="some"))
    for figure in (curve, diagram):
        picture = Image.open(io.BytesIO(png(figure)))
        assert min(picture.size) > 300
        assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 20


def test_every_joint_has_a_limb_and_a_name_of_its_own() -> None:
    assert sorted(joint for joints in LIMBS.values() for joint in joints) == list(range(25)) == sorted(WORDS)
    assert len({in_words(joint) for joint in range(25)}) == 25
    assert (in_words(11), in_words(3)) == ("right hand", "head")
