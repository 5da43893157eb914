"""The replay page as a file: numbers are read back within what it states, text stays text, and it stays small."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from core.explain.explained import Explained, explain_clip
from core.explain.heat import Palette, palette_rgb, scale_of
from core.explain.inks import Theme
from core.explain.occlusion import occlude, rank_text
from core.explain.replay_data import PageTexts, page_part, unpacked
from core.explain.replay_html import replay_page
from core.model.sta_lstm import Variant
from tests.explaining import joined, moving, small_model, without

NASTY = "</script><img src=x onerror=alert(1)><!--{{data}} & \"draw\" 'circle'"


class Parsed(HTMLParser):
    """The elements of a page, its scripts and styles, and its texts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.contents: dict[str, list[str]] = {}
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags and data.strip():
            self.contents.setdefault(self.tags[-1], []).append(data)

    @property
    def data(self) -> dict[str, Any]:
        """What lies in the first script, which is no code."""
        found: dict[str, Any] = json.loads(self.contents["script"][0])
        return found


def page(explained: Explained, **texts: str) -> Parsed:
    return Parsed(replay_page(explained, PageTexts(**texts))[0])


@pytest.fixture(scope="module")
def explained() -> Explained:
    return explain_clip(small_model(persons=2, kept=0.95), moving(80, persons=2))


def test_every_number_is_read_back_within_what_the_page_states(explained: Explained) -> None:
    data = page(explained).data
    numbers = data["numbers"]
    exact: dict[str, np.ndarray] = {
        "times_s": explained.times_s,
        "beta": explained.beta,
        "counted": explained.counted,
        "seen": explained.clip.seen,
    }
    for name, values in exact.items():
        np.testing.assert_array_equal(unpacked(numbers[name]), values.astype(np.float64).ravel())
    rounded: dict[str, np.ndarray] = {
        "alpha": explained.alpha,
        "probabilities": explained.probabilities,
        "positions_m": explained.clip.positions_m,
    }
    for name, values in rounded.items():
        off = np.abs(unpacked(numbers[name]) - values.astype(np.float64).ravel()).max()
        assert off <= numbers[name]["step"] / 2 * (1 + 1e-6)
    stated = re.search(r"alpha within ([\de.-]+) \(", data["precision"])
    assert stated is not None
    assert float(stated[1]) == pytest.approx(numbers["alpha"]["step"] / 2, rel=0.5)
    assert numbers["alpha"]["step"] * len(data["names"]) < 1e-3, "a thousandth of uniform"
    said = [data["said_names"][int(place)] for place in unpacked(numbers["said"])]
    assert said == [one.action or "no action" for one in explained.said]


def test_the_colours_are_those_of_the_pictures(explained: Explained) -> None:
    scale = replace(scale_of(explained.heat, of="this clip"), palette=Palette.CIVIDIS)
    data = Parsed(replay_page(explained, scale=scale)[0]).data
    np.testing.assert_array_equal(unpacked(data["numbers"]["colours"]), palette_rgb(Palette.CIVIDIS).ravel())
    assert data["scale"]["high"] == scale.high
    assert data["scale"]["note"] == "range of this clip"


def test_text_stays_text() -> None:
    model = small_model(actions=(NASTY, "b", "c", "no action"))
    said = explain_clip(model, moving(60))
    content, _ = replay_page(said, PageTexts(title=NASTY, clip=NASTY), occlusion=occlude(model, said))
    parsed = Parsed(content)
    assert parsed.data["actions"][0] == parsed.data["title"] == NASTY
    assert parsed.tags.count("script") == 2
    assert "img" not in parsed.tags
    assert not [name for _, name, _ in parsed.attributes if name.startswith("on")]
    assert "".join(parsed.contents["title"]).strip() == NASTY
    assert content.count(b"<script") == 2
    assert content.lower().count(b"</script") == 2


def test_the_page_allows_nothing_but_itself(explained: Explained) -> None:
    parsed = page(explained)
    policy = next(value for _, _, value in parsed.attributes if value and "default-src" in value)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert set(rules) == {"default-src", "style-src", "script-src", "img-src", "base-uri", "form-action"}
    for kind, tag, place in (("style-src", "style", 0), ("script-src", "script", 1)):
        text = parsed.contents[tag][place]
        expected = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{expected}'"
    links = [value for _, name, value in parsed.attributes if name in ("src", "href", "action", "srcset")]
    assert links == ["data:,"]
    script = parsed.contents["script"][1]
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "eval(", "innerHTML", "document.write", "Storage"):
        assert word not in script
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")


def test_ten_seconds_stay_small() -> None:
    model = small_model(persons=2)
    explained = explain_clip(model, moving(300, persons=2))
    content, note = replay_page(explained, occlusion=occlude(model, explained))
    assert note == ""
    assert len(content) < 500_000


def test_of_an_hour_the_time_around_the_answer_is_kept_and_told() -> None:
    model = small_model(window_frames=20)
    short = moving(300, rate_hz=15)
    long = replace(
        short,
        positions_m=np.concatenate([short.positions_m] * 50),
        confidence=np.concatenate([short.confidence] * 50),
        times_s=np.arange(15_000) / 15,
    )
    explained = explain_clip(model, long)
    content, note = replay_page(explained)
    assert re.fullmatch(r"The page holds 10:00 min of 16:40 min, from .* on, around the answer\.", note)
    assert len(content) < 4_000_000
    part, _ = page_part(explained)
    data = Parsed(content).data
    assert data["frames"] == part.stop - part.start == 9001  # both ends
    assert data["note"] == note
    assert (data["first_frame"], data["all_frames"]) == (part.start, 15_000)
    at_the_end, _ = page_part(replace(explained, answer=14_999))
    assert at_the_end.stop == 15_000, "the answer's own frame too"
    times_s = unpacked(data["numbers"]["times_s"])
    np.testing.assert_allclose(times_s, explained.times_s[part])
    span = explained.span
    assert data["span"] == [span.start - part.start, span.stop - part.start]


def test_stretches_spans_and_groups_are_told() -> None:
    sequence = joined(without(moving(60, persons=2), slice(10, 50), person=1), moving(50, persons=2), gap_s=2)
    explained = explain_clip(small_model(persons=2), sequence)
    data = page(explained, clip="two.npz").data
    assert data["starts"] == list(explained.clip.starts)
    assert data["span"] == [explained.span.start, explained.span.stop]
    assert sorted(place for group in data["groups"] for place in group) == list(range(42))
    assert data["title"] == "two.npz"
    assert data["whole"].startswith("surest from ")


@pytest.mark.parametrize("variant", list(Variant))
def test_a_gate_that_is_missing_is_said(variant: Variant) -> None:
    data = page(explain_clip(small_model(variant), moving(40))).data
    assert ("no joint gate" in data["matrix_note"]) == (not variant.spatial)
    assert ("no frame gate" in data["beta_note"]) == (not variant.temporal)


def test_the_occlusion_check_stands_beside_attention(explained: Explained) -> None:
    found = occlude(small_model(persons=2, kept=0.95), explained)
    data = Parsed(replay_page(explained, occlusion=found)[0]).data["occlusion"]
    rows = {row["name"]: row for row in data["rows"]}
    assert len(rows) == len(data["rows"]) == 42 + 10
    hand = explained.joint_names().index("person 2 right hand")
    row = rows["person 2 right hand"]
    assert row["change"] == pytest.approx(found.joints.probability[hand])
    assert row["heat"] == pytest.approx(explained.mean_alpha[hand] * 42)
    assert found.joints_rank is not None
    assert f"joints {rank_text(found.joints_rank)}" in data["text"]
    assert page(explained).data["occlusion"] is None


@pytest.mark.parametrize("theme", [None, *Theme])
def test_light_and_dark(explained: Explained, theme: Theme | None) -> None:
    parsed = Parsed(replay_page(explained, theme=theme)[0])
    chosen = [value for tag, name, value in parsed.attributes if (tag, name) == ("html", "data-theme")]
    assert chosen == ([] if theme is None else [theme.value])
    assert "prefers-color-scheme: dark" in parsed.contents["style"][0]


def test_a_name_that_is_no_text_does_not_break_the_page(explained: Explained) -> None:
    content, _ = replay_page(explained, PageTexts(clip="half\udc80file\x00.npz"))
    assert Parsed(content).data["title"] == "half\udc80file\x00.npz"
