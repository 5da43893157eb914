"""The replay page in a real browser, from disk: it opens, plays, scrubs, says nothing and asks for nothing."""

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.explain import replay_data
from core.explain.explained import Explained, explain_clip
from core.explain.heat import TIMES_UNIFORM, heat_colours_rgb
from core.explain.inks import INKS, Theme, rgb
from core.explain.occlusion import occlude
from core.explain.replay_data import PageTexts
from core.explain.replay_html import replay_page
from core.model.sta_lstm import Variant
from tests.browser import Page, browser_page, find_browser
from tests.explaining import joined, moving, small_model, without

NASTY = "</script><img src=x onerror=\"document.title='broken'\"> & draw"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One browser for all tests of this file; CI must have one."""
    program = find_browser()
    if program is None:
        if os.environ.get("CI"):
            raise AssertionError("CI needs a browser: install chromium")
        pytest.skip("needs a browser (chromium or Chrome)")
    with browser_page(program, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(autouse=True)
def _quiet(browser: Page) -> Iterator[None]:
    """No page complains, and none asks for anything but itself."""
    browser.complaints.clear()
    browser.requests.clear()
    yield
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith(("file:///", "data:,"))] == []
    assert {url.rpartition("/")[2] for url in browser.requests if url.startswith("file:")} <= {"clip.html"}


def opened(
    browser: Page, folder: Path, explained: Explained, *, width: int = 1280, height: int = 720, is_dark: bool = False,
    **texts: str,
) -> Page:  # fmt: skip
    path = folder / "clip.html"
    path.write_bytes(replay_page(explained, PageTexts(**texts))[0])
    browser.open(path, width=width, height=height, is_dark=is_dark)
    return browser


def shown_frame(page: Page) -> int:
    return int(page.run("document.querySelector('#numbers').dataset.frame"))


def scrub(page: Page, frame: int) -> None:
    """Move the slider, as a hand would."""
    slider = "document.querySelector('#scrub')"
    page.run(f"{slider}.value = {frame}; {slider}.dispatchEvent(new Event('input'))")
    page.drawn()


def shown_alpha(page: Page) -> np.ndarray:
    """Alpha of the shown frame, joint by joint, as the page writes it."""
    cells = page.run(
        "Object.fromEntries([...document.querySelectorAll('#numbers tbody tr')]"
        ".map((row) => [row.dataset.place, [row.cells[1].textContent, row.cells[2].textContent]]))"
    )
    return np.array([[float(text) for text in cells[str(place)]] for place in range(len(cells))]).T


@pytest.fixture(scope="module")
def explained() -> Explained:
    return explain_clip(small_model(kept=0.95), moving(120))


def test_it_opens_plays_and_pauses(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained, clip="clip.npz")
    assert page.text("#title") == "clip.npz"
    assert shown_frame(page) == 0
    page.click(*(page.box("#play")[side] + 5 for side in "xy"))
    page.until("Number(document.querySelector('#numbers').dataset.frame) >= 10")
    page.press(" ", code="Space", text=" ")
    first = shown_frame(page)
    page.drawn()
    assert shown_frame(page) == first >= 10
    assert page.run("document.querySelector('#play').getAttribute('aria-label')") == "Play"
    picture = page.picture(tmp_path / "page.png")
    with Image.open(picture) as image:
        assert image.size == (1280, 720)
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 200


def test_frames_are_reached_by_keyboard_and_have_the_numbers_of_the_network(
    browser: Page, tmp_path: Path, explained: Explained
) -> None:
    page = opened(browser, tmp_path, explained)
    steps = [("End", False, 59), ("ArrowLeft", False, 58), ("ArrowLeft", True, 43), ("Home", False, 0)]
    steps += [("ArrowLeft", False, 0), ("ArrowRight", False, 1), ("ArrowRight", True, 16)]
    for key, shift, frame in steps:
        page.press(key, shift=shift)
        assert shown_frame(page) == frame, key
        alpha, heat = shown_alpha(page)
        np.testing.assert_allclose(alpha, explained.alpha[frame], atol=1e-5)
        np.testing.assert_allclose(heat, explained.heat[frame], atol=1e-3)
        beta = float(page.run("document.querySelector('#numbers').dataset.beta"))
        assert beta == pytest.approx(float(explained.beta[frame]), abs=1e-6)
        best = int(explained.logits[frame].argmax())
        assert page.text("#answer-name") == explained.actions[best]
        assert page.text("#answer-percent") == f"{100 * explained.probabilities[frame, best]:.0f} %"
        assert page.run("document.querySelector('#scrub').value") == str(frame)


def test_the_scrubber_and_the_charts_lead_to_a_frame(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained)
    page.run(
        "(() => { const s = document.querySelector('#scrub'); s.value = 31; s.dispatchEvent(new Event('input')); })()"
    )
    page.drawn()
    assert shown_frame(page) == 31
    assert "frame 32 of 60" in page.text("#time")
    assert page.run("document.querySelector('#scrub').getAttribute('aria-valuetext')").startswith("2.07 s, ")
    box = page.box("#beta")
    page.click(box["x"] + 0.5 * box["width"], box["y"] + 20)
    assert 20 < shown_frame(page) < 40


def test_the_matrix_has_the_colours_of_the_numbers(browser: Page, tmp_path: Path, explained: Explained) -> None:
    """Where the pointer is, the tip says joint, time and number, and the cell there has that number's colour."""
    page = opened(browser, tmp_path, explained)
    box = page.box("#matrix")
    names = explained.joint_names()
    found = 0
    for across, down in [(0.3, 0.05), (0.45, 0.2), (0.6, 0.33), (0.75, 0.5), (0.35, 0.62), (0.5, 0.78), (0.8, 0.9)]:
        x, y = box["x"] + round(across * box["width"]), box["y"] + round(down * box["height"])
        page.mouse("mouseMoved", x, y)
        tip = re.fullmatch(r"([\d.]+) s: (.+) ([\d.]+) × uniform", page.text("#tip"))
        if tip is None:  # between two limbs
            continue
        frame = explained.frame_at(float(explained.clip.times_s[0]) + float(tip[1]) + 0.01)
        assert frame is not None
        heat = explained.heat[frame, names.index(tip[2])]
        assert float(tip[3]) == pytest.approx(heat, abs=0.006)
        page.mouse("mouseMoved", box["x"] + 5, y)  # the line of the pointer goes elsewhere
        with Image.open(page.picture(tmp_path / "page.png")) as image:
            pixel = np.asarray(image.convert("RGB"))[int(y), int(x)].astype(int)
        expected = heat_colours_rgb(np.array([heat]), TIMES_UNIFORM)[0]
        off = np.abs(pixel - expected.astype(int))
        if off.max() > 12:  # on the seam between two cells both show
            continue
        found += 1
    assert found >= 4


def test_hovering_marks_joint_and_moment_everywhere(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained)
    before = {name: page.run(f"document.querySelector('#{name}').toDataURL()") for name in ("body", "scores", "beta")}
    box = page.box("#matrix")
    page.mouse("mouseMoved", box["x"] + 0.6 * box["width"], box["y"] + 0.03 * box["height"])
    assert "head" in page.text("#tip")
    for name, picture in before.items():
        assert page.run(f"document.querySelector('#{name}').toDataURL()") != picture, name
    page.mouse("mouseMoved", 5, 5)
    assert page.run("document.querySelector('#tip').hidden")


def test_the_body_turns_and_grows(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained)

    def drawn() -> str:
        said: str = page.run("document.querySelector('#body').toDataURL()")
        return said

    front, box = drawn(), page.box("#body")
    x, y = box["x"] + 200, box["y"] + 200
    page.mouse("mousePressed", x, y, pressed=True)
    page.mouse("mouseMoved", x + 120, y + 10, pressed=True)
    page.mouse("mouseReleased", x + 120, y + 10)
    turned = drawn()
    page.mouse("mouseWheel", x, y, wheel=-300)
    grown = drawn()
    page.press("1")
    page.mouse("mouseMoved", 5, 5)
    assert len({front, turned, grown}) == 3
    assert drawn() == front
    page.press("2")
    side = drawn()
    page.press("ArrowRight", alt=True)
    assert len({front, side, drawn()}) == 3
    page.press("1")
    page.press("h")
    assert drawn() != front
    assert "heat is off" in page.text("#legend")


def test_the_range_is_named_in_the_legend(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained)
    assert "≥4" in page.text("#legend")
    assert "joint attention, × uniform (1 = 1/21)" in page.text("#legend")
    for choice in ("clip", "frame"):
        page.run(
            f"(() => {{ const s = document.querySelector('#scale'); s.value = '{choice}'; "
            "s.dispatchEvent(new Event('change')); })()"
        )
        page.drawn()
        assert f"range of this {choice}" in page.text("#legend")


def test_speed_and_loop(browser: Page, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, explain_clip(small_model(), moving(20)))
    for _ in range(9):
        page.press("ArrowUp")
    assert page.run("document.querySelector('#speed').value") == "2"
    page.press("l")
    page.press(" ", code="Space", text=" ")
    page.until("document.querySelector('#play').getAttribute('aria-label') === 'Play'")
    assert shown_frame(page) == 9, "without the loop it ends at the last frame"
    for _ in range(9):
        page.press("ArrowDown")
    assert page.run("document.querySelector('#speed').value") == "0.1"


def test_a_gap_is_shown_as_one(browser: Page, tmp_path: Path) -> None:
    sequence = joined(without(moving(60, persons=2), slice(10, 30), person=1), moving(30, persons=2), gap_s=2)
    explained = explain_clip(small_model(persons=2), sequence)
    page = opened(browser, tmp_path, explained)
    page.run(
        "(() => { const s = document.querySelector('#scrub'); s.value = 29; s.dispatchEvent(new Event('input')); })()"
    )
    page.press(" ", code="Space", text=" ")
    page.until("!document.querySelector('#nobody').hidden")
    assert page.text("#answer-name") == "nobody in view"
    page.until("document.querySelector('#nobody').hidden")
    page.press(" ", code="Space", text=" ")


def test_a_page_of_a_part_counts_as_the_clip_does(
    browser: Page, tmp_path: Path, explained: Explained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_data, "MOST_S", 2.0)
    part = replay_data.page_part(explained)[0]
    assert 0 < part.stop - part.start < len(explained)
    page = opened(browser, tmp_path, explained)
    for key, frame in (("Home", part.start), ("End", part.stop - 1)):
        page.press(key)
        time_s = explained.times_s[frame]
        assert page.text("#time") == (
            f"{time_s:.2f} s of {explained.duration_s:.2f} s · frame {frame + 1} of {len(explained)}"
        )
        assert page.text("#numbers-what").startswith(f"Frame {frame + 1} at {time_s:.2f} s")


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_hardly_any_frames_and_no_gates(browser: Page, tmp_path: Path, frames: int) -> None:
    page = opened(browser, tmp_path, explain_clip(small_model(Variant.LSTM), moving(frames)))
    page.press(" ", code="Space", text=" ")
    page.press(" ", code="Space", text=" ")
    page.press("End")
    assert shown_frame(page) == (frames - 1) // 2
    assert "no joint gate" in page.text("#matrix-note")
    assert "no frame gate" in page.text("#beta-note")
    assert set(shown_alpha(page)[1].tolist()) == {1.0}


def test_text_stays_text(browser: Page, tmp_path: Path) -> None:
    model = small_model(actions=(NASTY, "b", "c", "no action"))
    explained = explain_clip(model, moving(60))
    page = opened(browser, tmp_path, explained, title=NASTY, clip=NASTY)
    assert page.text("#title") == NASTY
    assert page.run("document.title") == NASTY
    assert page.run("document.images.length") == 0
    assert NASTY in page.run("[...document.querySelectorAll('#chips .name')].map((one) => one.textContent)")


def test_the_policy_of_the_page_lets_nothing_in(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained)
    done = page.run(
        "new Promise((done) => { const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
        "document.body.append(s); fetch('https://example.org/').then(() => done('sent'), () => done('refused')); })"
    )
    assert done == "refused"
    assert page.run("window.broken") is None
    assert len(page.complaints) >= 2, "the browser says what it refused"
    assert all("Content Security Policy" in one for one in page.complaints)
    page.complaints.clear()
    page.requests[:] = [
        url for url in page.requests if "example.org" not in url
    ]  # asked for, and refused before it left


SIZES = [(1280, 720), (1920, 1080), (390, 844)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("is_dark", [False, True])
def test_it_fits_the_screen_in_light_and_dark(
    browser: Page, tmp_path: Path, width: int, height: int, is_dark: bool
) -> None:
    model = small_model(persons=2, actions=("exchanging objects with a very long name indeed", "b", "c", "no action"))
    explained = explain_clip(model, moving(60, persons=2))
    path = tmp_path / "clip.html"
    path.write_bytes(replay_page(explained, PageTexts(clip="c" * 120), occlusion=occlude(model, explained))[0])
    browser.open(path, width=width, height=height, is_dark=is_dark, touch=width < 500)
    assert browser.run("document.documentElement.scrollWidth") <= width, "nothing sticks out to the side"
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    red, green, blue = rgb(INKS[Theme.DARK if is_dark else Theme.LIGHT].ground)
    assert ground == f"rgb({red}, {green}, {blue})"
    boxes = [browser.box(f"#{name}") for name in ("scores", "beta", "matrix")]
    assert len({(box["x"], box["width"]) for box in boxes}) == 1, "one axis of time"
    assert all(box["height"] > 40 for box in boxes)
    for upper, lower in itertools.pairwise(boxes):
        assert upper["y"] + upper["height"] <= lower["y"]
    cut = browser.run(
        "[...document.querySelectorAll('nav button, nav select, nav label')].filter((one) => one.offsetParent && "
        "(one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().left < 0)).length"
    )
    assert cut == 0


def test_every_control_has_a_name(browser: Page, tmp_path: Path, explained: Explained) -> None:
    page = opened(browser, tmp_path, explained)
    nameless = page.run(
        "[...document.querySelectorAll('button, input, select, canvas')].filter((one) => "
        "!(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).map((one) => one.id)"
    )
    assert nameless == []
    assert page.run("document.documentElement.lang") == "en"
