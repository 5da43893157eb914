"""Reports of trainings on own recordings: read back with care, looked at from each side; and the rules of advice."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.paths import BUNDLED_MODELS
from core.training.own_advice import advice_of
from core.training.own_report import (
    JudgedClip,
    LearningPoint,
    OwnReport,
    cell,
    f1_of,
    read_report,
    within_bytes,
    worst_first,
)


def judged(number: int, action: str, said: str, truth: float) -> JudgedClip:
    return JudgedClip(
        clip=f"take_{number}@0.00", recording=f"take_{number}", start_s=0.0, end_s=2.0, person="Anna", action=action,
        said=said, confidence=truth if action == said else 1 - truth, probability_of_truth=truth,
    )  # fmt: skip


CLIPS = (
    judged(1, "wave", "wave", 0.9), judged(2, "wave", "jump", 0.4), judged(3, "wave", "jump", 0.1),
    judged(4, "jump", "jump", 0.35),
)  # fmt: skip
REPORT = OwnReport(
    actions=("wave", "jump", "fly"),
    persons=("Anna", "Ben"),
    split="Anna tests, the other 1 train",
    trained_clips={"wave": 5, "jump": 3, "fly": 1},
    accuracy=0.5,
    macro_f1=0.5,
    f1={"wave": 0.5, "jump": 0.5, "fly": 0.0},
    confusion=((1, 2, 0), (0, 1, 0), (0, 0, 0)),
    seconds=12.5,
    clips=CLIPS,
    warnings=("Few takes.",),
)


def written(folder: Path, **changes: Any) -> Path:
    folder.mkdir(exist_ok=True)
    document = {**json.loads(json.dumps(asdict(REPORT))), "command": "jointlight train", **changes}
    (folder / "metrics.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_a_report_is_read_from_among_the_other_figures(tmp_path: Path) -> None:
    assert read_report(written(tmp_path / "model")) == REPORT


def test_models_that_were_not_trained_on_a_library_have_none(tmp_path: Path) -> None:
    assert read_report(tmp_path / "none") is None
    assert read_report(BUNDLED_MODELS / "everyday") is None
    (tmp_path / "metrics.json").write_text("[]")
    assert read_report(tmp_path) is None


CLIP = json.loads(json.dumps(asdict(CLIPS[0])))
DAMAGED: dict[str, dict[str, Any]] = {
    "a path": {"clips": [{**CLIP, "recording": "../../etc"}]},
    "a hidden recording": {"clips": [{**CLIP, "recording": ".x"}]},
    "no length": {"clips": [{**CLIP, "end_s": 0.0}]},
    "endless": {"clips": [{**CLIP, "end_s": 1e9}]},
    "more than all": {"clips": [{**CLIP, "confidence": 1.5}]},
    "no probability": {"clips": [{**CLIP, "probability_of_truth": float("nan")}]},
    "another action": {"clips": [{**CLIP, "said": "swim"}]},
    "a person without a name": {"clips": [{**CLIP, "person": ""}]},
    "text for a number": {"clips": [{**CLIP, "start_s": "0"}]},
    "no list": {"clips": 5},
    "no matrix": {"confusion": [[1, 2], [3, 4]]},
    "less than nothing": {"confusion": [[1, -2, 0], [0, 1, 0], [0, 0, 0]]},
    "more clips than can be counted": {"confusion": [[2**70, 2, 0], [0, 1, 0], [0, 0, 0]]},
    "more clips left out than can be counted": {"clips_omitted": 2**70},
    "an action twice": {"actions": ["wave", "wave", "fly"]},
    "an action that cannot be seen": {"actions": ["wave", "jump", "\x07"]},
    "another F1": {"f1": {"wave": 0.5}},
    "an accuracy that is none": {"accuracy": 7},
    "no seconds": {"seconds": float("inf")},
    "a curve without an end": {"learning_curve": [{"takes": {"wave": 1}, "accuracy": 1, "macro_f1": 1, "f1": {}}] * 50},
    "a curve of others": {"learning_curve": [{"takes": {"swim": 1}, "accuracy": 1, "macro_f1": 1, "f1": {}}]},
    "a long speech": {"advice": ["x" * 30_000]},
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_report_that_lies_is_refused_by_name(tmp_path: Path, what: str) -> None:
    with pytest.raises(DataError, match=r"metrics\.json"):
        read_report(written(tmp_path, **DAMAGED[what]))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"clips": []}', b" " * (17 * 2**20)])
def test_files_that_are_no_report_end_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metrics.json").write_bytes(content)
    with pytest.raises(DataError, match=r"metrics\.json"):
        read_report(tmp_path)


def test_the_worst_come_first_and_each_cell_has_its_clips() -> None:
    assert [one.recording for one in worst_first(CLIPS)] == ["take_3", "take_2", "take_4", "take_1"]
    assert [one.recording for one in cell(REPORT, "wave", "jump")] == ["take_3", "take_2"]
    assert cell(REPORT, "fly", "wave") == ()
    assert f1_of(REPORT) == {"wave": 0.5, "jump": 0.5, "fly": None}
    assert REPORT.tested_clips == {"wave": 3, "jump": 1, "fly": 0}


@given(st.lists(st.text(max_size=50), max_size=20), st.integers(0, 2000))
def test_as_many_rows_are_kept_as_fit(names: list[str], most: int) -> None:
    rows = [{"name": name} for name in names]
    kept = within_bytes(rows, most=most)
    assert kept == rows[: len(kept)]
    assert len(json.dumps({"clips": kept}, indent=2, ensure_ascii=False).encode()) <= most + 30
    assert len(within_bytes(rows, most=10**6)) == len(rows)


# --- advice ---


def point(takes: int, wave: float, jump: float) -> LearningPoint:
    f1 = {"wave": wave, "jump": jump}
    mean = (wave + jump) / 2
    return LearningPoint(takes=dict.fromkeys(f1, takes), accuracy=mean, macro_f1=mean, f1=f1)


def said(*points: LearningPoint, matrix: list[list[int]] | None = None) -> str:
    return " ".join(advice_of(("wave", "jump"), np.array(matrix or [[10, 0], [0, 10]]), points))


ADVICE: dict[str, tuple[Callable[[], str], str]] = {
    "it rose": (
        lambda: said(point(2, 0.5, 1), point(4, 0.6, 1), point(8, 0.8, 1)),
        "'wave': F1 rose from 60 to 80 % when takes doubled from 4 to 8: record more.",
    ),
    "it did not": (
        lambda: said(point(4, 0.58, 1), point(8, 0.6, 1)),
        "'wave': F1 went from 58 to 60 % when takes doubled from 4 to 8: more takes like these hardly help.",
    ),
    "not doubled": (lambda: said(point(2, 0.5, 1), point(3, 0.8, 1)), "when takes grew from 2 to 3"),
    "all rose": (
        lambda: said(point(4, 0.6, 0.9), point(8, 0.8, 0.9)),
        "Accuracy went from 75 to 85 % when clips doubled from 8 to 16: more takes are likely to help.",
    ),
    "none rose": (lambda: said(point(4, 0.8, 0.8), point(8, 0.8, 0.8)), "other persons, places and manners may"),
    "all is known": (lambda: said(point(4, 0.98, 1), point(8, 1, 1)), "these takes are enough."),
    "few tests": (
        lambda: said(point(4, 0.5, 1), point(8, 1, 1), matrix=[[2, 0], [0, 9]]),
        "Tested on so few clips that their F1 says little, record more of them: wave (2).",
    ),
    "mixed up": (
        lambda: said(matrix=[[5, 3], [1, 9]]),
        "'wave' is taken for 'jump' in 3 of 8 clips: look at those, and record takes in which the two differ more.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ADVICE)
def test_advice(what: str) -> None:
    make, expected = ADVICE[what]
    assert expected in make()


def test_what_one_clip_alone_has_changed_is_not_called_a_rise() -> None:
    assert "rose" not in said(point(4, 0.5, 1), point(8, 0.62, 1), matrix=[[4, 4], [0, 9]])
    assert "rose" in said(point(40, 0.5, 1), point(80, 0.62, 1), matrix=[[40, 40], [0, 9]])


def test_without_a_curve_and_mistakes_there_is_nothing_to_advise() -> None:
    assert said() == said(point(8, 0.5, 0.5)) == ""
    assert "'jump'" not in said(point(4, 0.5, 0.97), point(8, 0.8, 0.97)), "it is known well"
    assert said(matrix=[[9, 1], [0, 10]]) == ""


def test_the_most_that_is_advised_can_be_read_again(tmp_path: Path) -> None:
    names = tuple(f"{'手' * 190} {number}" for number in range(200))
    before, after = (
        LearningPoint(takes=dict.fromkeys(names, takes), accuracy=0.5, macro_f1=0.5, f1=dict.fromkeys(names, 0.5))
        for takes in (2, 4)
    )
    advice = advice_of(names, np.full((200, 200), 3), (before, after))
    assert 10 < len(advice) < 20
    written(tmp_path, advice=advice)
    report = read_report(tmp_path)
    assert report is not None
    assert report.advice == advice
