"""The paper figure: what is drawn is what the network said, nothing overlaps, all can be read, nothing is empty."""

import itertools
import json
import re
from dataclasses import replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from core.explain.explained import GATE_SENTENCE, Explained, explain_clip
from core.explain.figure import FigureOptions, paper_figure, png, svg
from core.explain.figure_curves import likeliest, shown
from core.explain.fitting import fitted, width_in, wrapped
from core.explain.heat import SMALLEST_RADIUS, TIMES_UNIFORM, Palette, heat_colours_rgb, scale_of
from core.explain.inks import INKS, READABLE, VISIBLE, Theme, contrast
from core.explain.key_frames import key_frames
from core.explain.occlusion import occlude, rank_text
from core.model.sta_lstm import Variant
from core.skeleton.layouts import KINECT_25
from tests.explaining import joined, moving, small_model, without

NASTY = "draw </script><img src=x onerror=alert(1)> & \"circle\" $x^2$ counter-clockwise 'with' the left hand"
SVG = "{http://www.w3.org/2000/svg}"


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def boxes(figure: Figure) -> list[tuple[str, Any]]:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # names of axes find their place only then
    hidden = {
        tick.label1
        for axes in figure.axes
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for tick in axis.get_major_ticks()
        if not axes.axison or not min(limits) <= tick.get_loc() <= max(limits)
    }
    drawn = [text for text in texts(figure) if text.get_visible() and text not in hidden]
    return [(text.get_text(), text.get_window_extent()) for text in drawn]


def drawn_data(content: bytes) -> dict[str, Any]:
    found = ElementTree.fromstring(content).find(f"{SVG}desc[@id='jointlight-data']")
    assert found is not None
    assert found.text is not None
    data: dict[str, Any] = json.loads(found.text)
    return data


def element(content: bytes, name: str) -> ElementTree.Element:
    found = ElementTree.fromstring(content).find(f".//*[@id='{name}']")
    assert found is not None, name
    return found


def points(path: ElementTree.Element) -> np.ndarray:
    """All points of a path, (N, 2)."""
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", path.attrib["d"])]
    return np.array(numbers).reshape(-1, 2)


def read_curve(content: bytes, name: str, axes: dict[str, list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a curve, from where it is drawn."""
    paths = element(content, name).findall(f"{SVG}path")
    x, y = np.concatenate([points(path) for path in paths]).T

    def back(values: np.ndarray, drawn: list[float], meant: list[float]) -> np.ndarray:
        return np.asarray(meant[0] + (values - drawn[0]) / (drawn[1] - drawn[0]) * (meant[1] - meant[0]))

    return back(x, axes["x_pt"], axes["x"]), back(y, axes["y_pt"], axes["y"])


@pytest.fixture(scope="module")
def explained() -> Explained:
    return explain_clip(small_model(kept=0.95), moving(80))


@pytest.mark.parametrize("persons", [1, 2])
def test_the_curves_of_an_svg_are_the_numbers_of_the_network(persons: int) -> None:
    model = small_model(persons=persons, kept=0.95)
    said = explain_clip(model, moving(80, persons=persons))
    content = svg(paper_figure(said), said)
    axes = drawn_data(content)["axes"]
    times_s, beta = read_curve(content, "beta", axes["axes-beta"])
    np.testing.assert_allclose(times_s, said.times_s, atol=1e-4)
    np.testing.assert_allclose(beta, said.beta, atol=1e-4)
    for number, action in enumerate(likeliest(said)):
        _, percent = read_curve(content, f"scores-{number}", axes["axes-scores"])
        np.testing.assert_allclose(percent / 100, said.probabilities[:, action], atol=1e-5)


@pytest.mark.parametrize("palette", list(Palette))
def test_the_discs_of_an_svg_are_alpha_in_colour_and_radius(explained: Explained, palette: Palette) -> None:
    options = FigureOptions(key_frames=3, scale=replace(TIMES_UNIFORM, palette=palette))
    content = svg(paper_figure(explained, options), explained, options)
    frames = options.chosen(explained)
    assert len(frames) == 3
    for number, frame in enumerate(frames, start=1):
        radii, heats = [], []
        for place, joint in enumerate(explained.joints):
            path = element(content, f"key{number}-person1-{KINECT_25.joints[joint]}").find(f"{SVG}path")
            assert path is not None
            colour = re.search(r"fill: (#[0-9a-f]{6})", path.attrib["style"])
            assert colour is not None
            heat = explained.heat[frame, place]
            expected = heat_colours_rgb(np.array([heat]), options.scale)[0]
            assert bytes.fromhex(colour[1][1:]) == bytes(expected.tolist())
            radii.append(np.ptp(points(path)[:, 0]) / 2)
            heats.append(heat)
        share = np.clip(np.array(heats) / 4, 0, 1)
        largest = np.array(radii) / (SMALLEST_RADIUS + (1 - SMALLEST_RADIUS) * share)
        np.testing.assert_allclose(largest, largest[0], rtol=1e-3)


def test_the_numbers_lie_in_the_svg(explained: Explained) -> None:
    options = FigureOptions(key_frames=4)
    data = drawn_data(svg(paper_figure(explained, options), explained, options))
    np.testing.assert_array_equal(np.array(data["beta"], np.float32), explained.beta)
    np.testing.assert_array_equal(np.array(data["counted"], np.float32), explained.counted)
    for key in data["key_frames"]:
        np.testing.assert_array_equal(np.array(key["alpha"], np.float32), explained.alpha[key["frame"]])
        assert key["beta"] == explained.beta[key["frame"]]
    for action, values in data["probabilities"].items():
        np.testing.assert_allclose(values, explained.probabilities[:, explained.actions.index(action)])
    assert data["K"] == 21


def test_the_same_figure_gives_the_same_bytes(explained: Explained) -> None:
    first, second = (svg(paper_figure(explained), explained) for _ in range(2))
    assert first == second
    assert b"<text" in first, "text stays text"


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("persons", [1, 2])
def test_no_text_overlaps_another_or_leaves_the_figure(theme: Theme, persons: int) -> None:
    actions = (NASTY, "x" * 200, "exchanging objects", "no action")
    model = small_model(persons=persons, actions=actions)
    said = explain_clip(model, moving(80, persons=persons))
    options = FigureOptions(theme=theme, clip="c" * 150, scale=scale_of(said.heat, of="this clip"))
    figure = paper_figure(said, options, occlusion=occlude(model, said))
    found = boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    for text, box in found:
        assert box.x0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= height + 1, text
    for (first, one), (second, other) in itertools.combinations(found, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 1 or down <= 1.5, (first, second)


def test_names_are_text_and_nothing_else() -> None:
    said = explain_clip(small_model(actions=(NASTY, "b\x00\x0bc", "日本語", "no action")), moving(60))
    options = FigureOptions(title=f"{NASTY}\x01", clip="<b>&.npz")
    content = svg(paper_figure(said, options), said, options)
    root = ElementTree.fromstring(content)
    kinds = {found.tag.rpartition("}")[2] for found in root.iter()}
    assert not kinds & {"script", "img", "foreignObject", "b", "a"}
    pictures = [found.attrib["{http://www.w3.org/1999/xlink}href"] for found in root.iter(f"{SVG}image")]
    assert all(one.startswith("data:image/png;base64,") for one in pictures), "the colours of the legend"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == NASTY
    assert b"http" not in re.sub(rb'xmlns(:\w+)?="[^"]+"|http://www.w3.org/[^" ]+|http://purl.org/[^" ]+', b"", content)
    png(paper_figure(said, options))


def test_a_legend_with_numbers_is_always_there(explained: Explained) -> None:
    said = words(paper_figure(explained))
    for part in ("joint attention", "× uniform  (1 = 1/21)", "0", "1", "2", "3", "≥4", "guessed", "not used"):
        assert part in said.split("\n") or part in said, part
    assert GATE_SENTENCE in said
    fitted_scale = FigureOptions(scale=scale_of(explained.heat, of="this clip"))
    assert "range of this clip" in words(paper_figure(explained, fitted_scale))


def test_the_rank_correlation_stands_beside_attention(explained: Explained) -> None:
    found = occlude(small_model(kept=0.95), explained)
    assert found.joints_rank is not None
    assert f"joints {rank_text(found.joints_rank)}" in words(paper_figure(explained, occlusion=found))


@pytest.mark.parametrize("variant", list(Variant))
def test_a_gate_that_is_missing_is_said_in_place(variant: Variant) -> None:
    model = small_model(variant)
    said = explain_clip(model, moving(60))
    figure = paper_figure(said, occlusion=occlude(model, said))
    text = words(figure).replace("\n", " ")
    assert ("no joint gate: all joints weigh alike" in text) == (not variant.spatial)
    assert ("no frame gate: all frames weigh alike" in text) == (not variant.temporal)
    content = svg(figure, said)
    assert len(read_curve(content, "beta", drawn_data(content)["axes"]["axes-beta"])[0]) == len(said)


@pytest.mark.parametrize("frames", [1, 2, 4])
def test_hardly_any_frames_make_no_empty_chart(frames: int) -> None:
    said = explain_clip(small_model(), moving(frames))
    content = svg(paper_figure(said), said)
    assert element(content, "beta").find(f".//{SVG}use") is not None, "a point is marked"
    with Image.open(BytesIO(png(paper_figure(said)))) as picture:
        assert len(np.unique(np.asarray(picture.convert("L")))) > 20


def test_gaps_break_the_curves_and_who_is_away_is_not_drawn() -> None:
    sequence = joined(without(moving(60, persons=2), slice(10, 50), person=1), moving(50, persons=2), gap_s=2)
    said = explain_clip(small_model(persons=2), sequence)
    options = FigureOptions(key_frames=12)
    content = svg(paper_figure(said, options), said, options)
    assert element(content, "beta").find(f"{SVG}path").attrib["d"].count("M") == 2  # type: ignore[union-attr]
    for number, frame in enumerate(options.chosen(said), start=1):
        there = said.clip.there[frame, 1]
        assert (f'"key{number}-person2-Head"' in content.decode()) == there
    assert not said.clip.there[options.chosen(said)].all()


def test_a_guessed_joint_is_hollow_and_an_unused_one_is_grey(explained: Explained) -> None:
    sequence = moving(60)
    confidence = sequence.confidence.copy()
    confidence[:, 0, 11] = 0.1
    said = explain_clip(small_model(), replace(sequence, confidence=confidence))
    content = svg(paper_figure(said), said)

    def style(joint: str) -> str:
        path = element(content, f"key1-person1-{joint}").find(f"{SVG}path")
        assert path is not None
        return path.attrib["style"]

    assert "fill: none" in style("HandRight")
    assert "fill: none" not in style("HandLeft")
    assert INKS[Theme.LIGHT].unused in style("ThumbLeft")


def test_of_a_long_clip_the_surroundings_of_the_answer_are_drawn() -> None:
    said = explain_clip(small_model(window_frames=20), moving(1200))
    part = shown(said)
    assert part.start <= said.span.start
    assert said.span.stop <= part.stop
    assert said.times_s[part.stop - 1] - said.times_s[part.start] == pytest.approx(12, abs=0.1)
    assert "11.9 s of 39.9 s, around the answer" in words(paper_figure(said))


def test_a_png_has_the_pixels_for_print(explained: Explained) -> None:
    with Image.open(BytesIO(png(paper_figure(explained)))) as picture:
        assert picture.size[0] == 2000
        assert round(float(picture.info["dpi"][0])) == 200


@pytest.mark.parametrize("theme", list(Theme))
def test_text_can_be_read_and_lines_be_seen(theme: Theme) -> None:
    inks = INKS[theme]
    for colour in (inks.ink, inks.quiet):
        assert contrast(colour, inks.ground) >= READABLE
    for colour in (inks.bone, inks.unused, inks.beta, *inks.lines):
        assert contrast(colour, inks.ground) >= VISIBLE
    assert len(inks.lines) == len(inks.dashes) == len(set(inks.dashes))
    figure = paper_figure(explain_clip(small_model(), moving(40)), FigureOptions(theme=theme))
    colours = {text.get_color() for text in texts(figure)}
    assert colours <= {inks.ink, inks.quiet}


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


def test_key_frames_have_the_highest_beta_and_lie_apart() -> None:
    beta = np.zeros(60)
    beta[[10, 11, 12, 40]] = [3, 4, 3, 2]
    assert key_frames(beta, 2) == [11, 40] or key_frames(beta, 2) == [11, 12]
    wide = np.exp(-((np.arange(60) - 30) ** 2) / 400)
    chosen = key_frames(wide, 4)
    assert 30 in chosen
    assert min(np.diff(chosen)) >= 5
    assert key_frames(np.ones(10), 3) == [1, 4, 8]
    assert key_frames(wide, 100) == list(range(60))
    assert key_frames(wide[:1], 6) == [0]
    assert key_frames(wide, 0) == []
    within = key_frames(wide, 3, within=slice(40, 50))
    assert all(40 <= frame < 50 for frame in within)
    assert len(within) == 3


@pytest.mark.parametrize("count", range(1, 12))
def test_as_many_key_frames_as_wished(count: int) -> None:
    random = np.random.default_rng(count)
    for frames in (count, count + 1, 3 * count, 200):
        chosen = key_frames(random.gamma(0.3, size=frames), count)
        assert len(set(chosen)) == count
        assert chosen == sorted(chosen)


def test_text_is_cut_and_broken_to_fit() -> None:
    assert fitted("short", 5, size_pt=9) == "short"
    cut = fitted("word " * 80, 2, size_pt=9)
    assert cut.endswith("…")
    assert width_in(cut, size_pt=9) <= 2
    rows = wrapped("exchanging very many objects with a long name", 1, size_pt=9, lines=2).split("\n")
    assert len(rows) == 2
    assert all(width_in(row, size_pt=9) <= 1 for row in rows)
    assert wrapped("one", 1, size_pt=9, lines=3) == "one"
    assert width_in("日本", size_pt=36) == pytest.approx(1)
